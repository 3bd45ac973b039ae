//! Statements as DTS quotes them, and statements that try to be more than one.

use super::*;
use proptest::prelude::*;

fn texts(sql: &str, dialect: Dialect) -> Vec<&str> {
    tokenize(sql, dialect).tokens.iter().map(|it| it.text).collect()
}

#[test]
fn quotes_and_comments_follow_the_dialect() {
    let mysql = |sql| texts(sql, Dialect::MySql);
    assert_eq!(mysql("`a``b` 'it''s' 'x\\'y' \"s\""), ["`a``b`", "'it''s'", "'x\\'y'", "\"s\""]);
    assert_eq!(mysql("a --b\n-- c\n# d\n/* e ' */ f"), ["a", "-", "-", "b", "f"]);
    assert_eq!(mysql("/*!50001 VIEW */"), ["/*!50001", "VIEW", "*", "/"]);
    let postgresql = |sql| texts(sql, Dialect::PostgreSql);
    assert_eq!(postgresql("\"a\"\"b\" 'x\\' E'x\\'y'"), ["\"a\"\"b\"", "'x\\'", "E", "'x\\'y'"]);
    assert_eq!(postgresql("a --b\nc /* d /* e */ f */ g"), ["a", "c", "g"]);
    assert_eq!(postgresql("$$ it's $$ $f$ $$ $f$ $1"), ["$$ it's $$", "$f$ $$ $f$", "$1"]);
}

#[test]
fn an_open_quote_or_comment_is_told() {
    for (sql, dialect) in [
        ("DEFAULT 'x", Dialect::MySql),
        ("'x\\'", Dialect::MySql),
        ("`x", Dialect::MySql),
        ("/* x", Dialect::MySql),
        ("$$ x", Dialect::PostgreSql),
        ("$a$ x $b$", Dialect::PostgreSql),
        ("/* /* */", Dialect::PostgreSql),
        ("\"x", Dialect::PostgreSql),
    ] {
        assert!(!tokenize(sql, dialect).closed, "{sql}");
    }
    assert!(tokenize("'x\\'", Dialect::PostgreSql).closed);
}

#[test]
fn a_statement_says_what_it_creates() {
    let told =
        |sql| match statement_start(&tokenize(sql, detect_dialect(sql).unwrap_or(Dialect::MySql)).tokens) {
            StatementStart::Create { what, .. } => Some(what),
            _ => None,
        };
    assert_eq!(told("CREATE TABLE `a`.`view` (id int)"), Some(CreatedObject::Table));
    assert_eq!(
        told(
            "/* x */ CREATE ALGORITHM=UNDEFINED DEFINER=`table`@`%` SQL SECURITY DEFINER VIEW `v` AS select 1"
        ),
        Some(CreatedObject::View)
    );
    assert_eq!(told("create unique index i on t (a)"), Some(CreatedObject::Constraint));
    assert_eq!(told("CREATE OR REPLACE PACKAGE \"p\" IS END;"), Some(CreatedObject::Routine));
    assert_eq!(told("CREATE MATERIALIZED VIEW \"v\" AS SELECT 1"), Some(CreatedObject::View));
    let opening = |sql| statement_start(&tokenize(sql, Dialect::MySql).tokens);
    assert_eq!(opening("ALTER TABLE a ADD KEY (b)"), StatementStart::AlterTable);
    assert_eq!(
        opening("CONSTRAINT fk FOREIGN KEY (a) REFERENCES b (c)"),
        StatementStart::Fragment { with_add: false }
    );
    assert_eq!(opening("add unique key (a)"), StatementStart::Fragment { with_add: true });
    assert_eq!(opening("EXEC sp_x"), StatementStart::Other);
    assert_eq!(opening(""), StatementStart::Other);
}

#[test]
fn names_are_those_outside_strings_and_those_in_bodies() {
    let names =
        mentioned_names("CREATE FUNCTION \"b\".\"F\"() RETURNS t AS $$ SELECT 'no' FROM \"yes\" -- no2\n $$");
    for name in ["b", "f", "t", "yes"] {
        assert!(names.contains(name), "{name} in {names:?}");
    }
    assert!(!names.contains("no") && !names.contains("no2"), "{names:?}");
}

#[test]
fn the_dialect_is_seen_by_quotes_and_words() {
    assert_eq!(detect_dialect("CREATE TABLE `a` (b int)"), Some(Dialect::MySql));
    assert_eq!(detect_dialect("CREATE TABLE \"a\" (b int COMMENT '`')"), Some(Dialect::PostgreSql));
    assert_eq!(detect_dialect("CREATE TABLE a (b text DEFAULT 'x'::text)"), Some(Dialect::PostgreSql));
    assert_eq!(detect_dialect("CREATE TABLE a (b int)"), None);
}

proptest! {
    #[test]
    fn tokens_are_pieces_of_the_statement_in_order(sql in "[a-z`'\"$\\\\/*#; \n\\-(]{0,40}") {
        for dialect in [Dialect::MySql, Dialect::PostgreSql] {
            let mut at = 0;
            for token in tokenize(&sql, dialect).tokens {
                prop_assert!(at <= token.at && !token.text.is_empty());
                at = token.at + token.text.len();
                prop_assert_eq!(&sql[token.at..at], token.text);
                let _ = (token.name(), token.inside());
            }
        }
    }
}

#[test]
fn a_constraint_has_the_name_that_its_definition_gives() {
    let name = |sql| constraint_name(sql);
    assert_eq!(
        name("ALTER TABLE `t` ADD CONSTRAINT `fk a` FOREIGN KEY (a) REFERENCES b (c)"),
        Some("fk a".to_owned())
    );
    assert_eq!(name("ALTER TABLE ONLY t ADD CONSTRAINT t_pkey PRIMARY KEY (id)"), Some("t_pkey".to_owned()));
    assert_eq!(name("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i_a ON t (a)"), Some("i_a".to_owned()));
    assert_eq!(name("ADD UNIQUE KEY `uk` (`a`)"), Some("uk".to_owned()));
    for nameless in [
        "ADD PRIMARY KEY (id)",
        "ADD FOREIGN KEY (c)",
        "ADD KEY (a)",
        "ADD CHECK (a > 0)",
        "CREATE INDEX ON t (a)",
        "",
    ] {
        assert_eq!(name(nameless), None, "{nameless}");
    }
}
