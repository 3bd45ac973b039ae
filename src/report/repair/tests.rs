//! Scripts, and definitions and messages that try to be more than they are.

use super::definition::rerunnable_statement;
use super::statement::{SkipReason, Statement, Target};
use super::*;
use crate::report::sample;
use proptest::prelude::*;
use std::path::Path;

fn target(dialect: Dialect) -> Target<'static> {
    Target { dialect, database: "shop", source: "shop", parent: Some("orders") }
}

fn run(dialect: Dialect, ddl: &str) -> String {
    match rerunnable_statement(ddl, &target(dialect)) {
        Statement::Run(sql) => sql,
        Statement::Skipped(why) => panic!("{ddl} is set apart: {why:?}"),
    }
}

fn skipped(dialect: Dialect, ddl: &str) -> SkipReason {
    match rerunnable_statement(ddl, &target(dialect)) {
        Statement::Skipped(why) => why,
        Statement::Run(sql) => panic!("{ddl} is run: {sql}"),
    }
}

#[test]
fn mysql_gets_guards_and_delimiters() {
    let run = |ddl| run(Dialect::MySql, ddl);
    assert_eq!(run("CREATE TABLE `a` (b int) ;\n"), "CREATE TABLE IF NOT EXISTS `a` (b int);\n");
    assert_eq!(run("CREATE TABLE IF NOT EXISTS a (b int)"), "CREATE TABLE IF NOT EXISTS a (b int);\n");
    assert_eq!(
        run(
            "CREATE PROCEDURE p() BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; IF 1 THEN SELECT '//'; END IF; END;"
        ),
        "DELIMITER /=//\nCREATE PROCEDURE /*!80029 IF NOT EXISTS */ /*M!100103 IF NOT EXISTS */ p() BEGIN SELECT \
         CASE 1 WHEN 1 THEN 2 END; IF 1 THEN SELECT '//'; END IF; END\n/=//\nDELIMITER ;\n"
    );
    let index = run("CREATE UNIQUE INDEX `u'k` ON `o``s` (`a`) COMMENT 'x\\\\y'");
    assert!(
        index.contains("table_schema = 'shop' AND table_name = 'o`s' AND index_name = 'u''k'"),
        "{index}"
    );
    assert!(index.contains("'CREATE UNIQUE INDEX `u''k` ON `o``s` (`a`) COMMENT ''x\\\\\\\\y'''"), "{index}");
    let key = run("ALTER TABLE `eu`.`orders` ADD CONSTRAINT `fk` FOREIGN KEY (a) REFERENCES b (c)");
    assert!(
        key.contains(
            "table_constraints WHERE table_schema = 'eu' AND table_name = 'orders' AND constraint_name = 'fk'"
        ),
        "{key}"
    );
}

#[test]
fn a_constraint_without_its_table_gets_it() {
    let key = run(Dialect::MySql, "CONSTRAINT `fk` FOREIGN KEY (a) REFERENCES b (c)");
    assert!(key.contains("ALTER TABLE `orders` ADD CONSTRAINT `fk`"), "{key}");
    let key = run(Dialect::PostgreSql, "ADD PRIMARY KEY (a)");
    assert!(key.contains("ALTER TABLE \"orders\" ADD PRIMARY KEY (a)"), "{key}");
    assert!(key.contains("invalid_table_definition"), "{key}");
    assert_eq!(skipped(Dialect::MySql, "FOREIGN KEY (a) REFERENCES b (c)"), SkipReason::Unnamed);
    let nowhere = Target { dialect: Dialect::MySql, database: "shop", source: "shop", parent: None };
    assert_eq!(rerunnable_statement("KEY k (a)", &nowhere), Statement::Skipped(SkipReason::NoParent));
}

#[test]
fn what_names_the_sources_database_is_not_run_at_a_destination_of_another_name() {
    for (dialect, ddl, set_apart) in [
        (Dialect::MySql, "CREATE VIEW v AS SELECT * FROM `old`.t", true),
        (Dialect::MySql, "CREATE VIEW old.v AS SELECT 1", true),
        (Dialect::MySql, "CREATE VIEW v AS SELECT 'old.t', x.old FROM x", false),
        (Dialect::MySql, "CREATE VIEW new.v AS SELECT 1", false),
        (Dialect::PostgreSql, "CREATE VIEW \"old\".v AS SELECT 1", true),
        (Dialect::PostgreSql, "CREATE VIEW v AS SELECT x.old.y FROM x", false),
    ] {
        let target = Target { dialect, database: "new", source: "old", parent: None };
        let is_aside = rerunnable_statement(ddl, &target) == Statement::Skipped(SkipReason::Elsewhere);
        assert_eq!(is_aside, set_apart, "{ddl}");
        let target = Target { source: "new", ..target };
        assert!(matches!(rerunnable_statement(ddl, &target), Statement::Run(_)), "{ddl}");
    }
}

#[test]
fn postgresql_gets_a_block_whose_quotes_do_not_occur_inside() {
    let function = run(
        Dialect::PostgreSql,
        "CREATE FUNCTION f() RETURNS int AS $ddl$ SELECT '$run1$'; $ddl$ LANGUAGE sql;",
    );
    assert!(
        function.starts_with("DO $run2$\nDECLARE\n  ddl CONSTANT text := $ddl2$\nCREATE FUNCTION"),
        "{function}"
    );
    assert!(function.ends_with("END\n$run2$;\n"), "{function}");
}

#[test]
fn what_a_machine_must_not_run_is_set_apart() {
    use Dialect::{MySql, PostgreSql};
    for (dialect, ddl, why) in [
        (MySql, "CREATE TABLE a (b varchar(9) DEFAULT 'x", SkipReason::NotClosed),
        (PostgreSql, "CREATE FUNCTION f() AS $$ x", SkipReason::NotClosed),
        (MySql, "CREATE TABLE a (b int); DROP TABLE c", SkipReason::Several),
        (PostgreSql, "CREATE TABLE a (b int); DROP TABLE c", SkipReason::Several),
        (MySql, "CREATE PROCEDURE p() BEGIN END; DROP TABLE c", SkipReason::Uncertain),
        (MySql, "CREATE PROCEDURE p() SELECT 1 AS begin; DROP TABLE c", SkipReason::Uncertain),
        (MySql, "CREATE PROCEDURE p() BEGIN SELECT 1;", SkipReason::Uncertain),
        (MySql, "CREATE PROCEDURE p() BEGIN /*!80000 END; DROP TABLE c; */ END", SkipReason::Uncertain),
        (MySql, "CREATE PROCEDURE p()\nBEGIN SELECT 1 +\nsystem; END", SkipReason::Uncertain),
        (PostgreSql, "CREATE INDEX CONCURRENTLY i ON t (a) WHERE b = ':x'", SkipReason::Uncertain),
        (MySql, "CREATE VIEW v AS SELECT 1 \\! id", SkipReason::Command),
        (PostgreSql, "CREATE VIEW v AS SELECT 1 \\! id", SkipReason::Command),
        (MySql, "CREATE VIEW v AS SELECT 1\ndelimiter x", SkipReason::Command),
        (MySql, "CREATE TABLE `a\0` (b int)", SkipReason::Command),
        (MySql, "DROP TABLE a", SkipReason::NotDdl),
        (MySql, "source /etc/passwd", SkipReason::NotDdl),
        (PostgreSql, "EXEC sp_create_plan_guide", SkipReason::NotDdl),
        (PostgreSql, "CREATE INDEX ON t (a)", SkipReason::Unnamed),
        (PostgreSql, "ALTER TABLE t ADD CHECK (a > 0)", SkipReason::Unnamed),
        (MySql, " ; ", SkipReason::NoDefinition),
        (MySql, "-- nothing", SkipReason::NoDefinition),
    ] {
        assert_eq!(skipped(dialect, ddl), why, "{ddl}");
    }
}

#[test]
fn a_comment_at_the_end_swallows_nothing() {
    assert_eq!(
        run(Dialect::MySql, "/* a */ CREATE TABLE a (b int) -- c"),
        "CREATE TABLE IF NOT EXISTS a (b int);\n"
    );
}

#[test]
fn a_script_of_a_rich_history() {
    insta::assert_snapshot!(repair_scripts(&sample::rich(), FailureFilter::All, &sample::EN)[0].sql);
}

#[test]
fn what_is_repaired_leaves_a_script_that_says_so() {
    let mut analysis = sample::rich();
    for failure in &mut analysis.failures {
        failure.resolved_at_ms = Some(sample::START);
    }
    let open = repair_scripts(&analysis, FailureFilter::Open, &sample::EN);
    assert_eq!((open.len(), open[0].runnable, open[0].skipped), (1, 0, 0));
    assert!(open[0].sql.contains("Nothing is left to repair"), "{}", open[0].sql);
    assert!(open[0].sql.lines().all(|line| line.starts_with("--")), "{}", open[0].sql);
    assert!(repair_scripts(&analysis, FailureFilter::All, &sample::EN)[0].runnable > 0);
    let never = repair_scripts(&sample::empty(), FailureFilter::All, &sample::ZH);
    assert_eq!(never[0].file_name, "dtsi76118o3w92.sql");
    assert!(never[0].sql.contains("从未有语句失败"), "{}", never[0].sql);
}

#[test]
fn file_names_are_safe_and_differ() {
    let mut analysis = sample::rich();
    analysis.job.id = "../dtsi****".to_owned();
    for (at, failure) in analysis.failures.iter_mut().enumerate() {
        failure.key.destination_db = ["../../etc/passwd", "a/b", "a.b", "订单", "", "a\\b"][at].to_owned();
    }
    let mut names: Vec<_> = repair_scripts(&analysis, FailureFilter::All, &sample::EN)
        .into_iter()
        .map(|it| it.file_name)
        .collect();
    for name in &names {
        assert!(
            name.starts_with("___dtsi____.") && Path::new(name).extension() == Some("sql".as_ref()),
            "{name}"
        );
        assert!(!name.contains(['/', '\\', '\0']) && !name.contains(".."), "{name}");
    }
    names.dedup();
    assert_eq!(names.len(), 6);
}

/// The script without its comments and without what stands in quotes.
fn bare(sql: &str, dialect: Dialect) -> Vec<String> {
    ddl::tokenize(sql, dialect)
        .tokens
        .iter()
        .map(super::ddl::Token::word)
        .filter(|it| !it.is_empty())
        .collect()
}

proptest! {
    #[test]
    fn texts_from_outside_add_no_word_to_a_script(text in crate::report::untrusted_text::text()) {
        let attack = format!("{text}\nDROPPED '; DROPPED; -- \n*/ DROPPED `; DROPPED \"; DROPPED $$; DROPPED");
        let mut analysis = sample::rich();
        for failure in &mut analysis.failures {
            failure.error_message = Some(attack.clone());
            failure.key.object_name.clone_from(&attack);
            failure.key.destination_db.clone_from(&attack);
            failure.key.parent_name = Some(attack.clone());
        }
        analysis.job.id.clone_from(&attack);
        for script in repair_scripts(&analysis, FailureFilter::All, &sample::EN) {
            let words = bare(&script.sql, script.dialect);
            prop_assert!(!words.iter().any(|it| it == "DROPPED"), "{}", script.sql);
            prop_assert!(ddl::tokenize(&script.sql, script.dialect).closed);
        }
    }

    #[test]
    fn a_definition_is_run_whole_or_not_at_all(
        pieces in proptest::collection::vec(proptest::sample::select(&[
            "'", "\"", "`", "$$", "$ddl$", "$run$", ";", "\\", "\\!", "--", "-- ", "#", "/*", "*/", "\n", " ", "x",
            "BEGIN", "END", "DELIMITER", "(", ")", "//", "CASE", ",",
        ][..]), 0..12)
    ) {
        let ddl = format!("CREATE VIEW v AS SELECT {}", pieces.concat());
        for dialect in [Dialect::MySql, Dialect::PostgreSql] {
            if let Statement::Run(sql) = rerunnable_statement(&ddl, &target(dialect)) {
                // What follows stands outside of all quotes and comments.
                let followed = format!("{sql}MARK");
                let lexed = ddl::tokenize(&followed, dialect);
                prop_assert!(lexed.closed);
                prop_assert_eq!(lexed.tokens.last().map(|it| it.text), Some("MARK"), "{}", sql);
            }
        }
    }
}
