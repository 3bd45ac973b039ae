//! Whether a stored program of MySQL or MariaDB is surely a single statement.
//!
//! The clients send what stands between two delimiters in one packet, and the servers execute every statement of it.
//! MySQL cannot prepare `CREATE PROCEDURE`, `FUNCTION`, `TRIGGER` or `EVENT`, so no server rule protects these; all
//! other statements are prepared, which rejects a second one. `sqlparser` does not read the bodies of these dialects,
//! and another grammar than the server's proves nothing.
//!
//! This reads the structure of a program and accepts it only if every block certainly opens where it seems to.
//! `BEGIN`, `END` and `DO` are no reserved words: where one could be a name, the answer is no. Words that open or
//! part a construct here are reserved, or stand where the grammar allows no name. If a text breaks the grammar in
//! front of a semicolon, the server rejects it before it executes anything.

use crate::history::ddl::{self, Token, TokenKind};

/// Whether these tokens are one statement whose body begins at `CREATE … PROCEDURE | FUNCTION | TRIGGER | EVENT`.
/// `keyword` is the index of that word.
pub(super) fn is_single_program(tokens: &[Token<'_>], keyword: usize) -> bool {
    let Some(body) = body_start(tokens, keyword) else { return false };
    let mut reader =
        BodyReader { tokens, index: body, open: Vec::new(), brackets: 0, starts_statement: true };
    if !reader.starts_block() {
        // A body without a block ends at the first semicolon.
        return tokens.iter().all(|it| it.text != ";");
    }
    reader.read().is_some()
}

/// The index of the first token of the body; `None` if the head is none that is known.
fn body_start(tokens: &[Token<'_>], keyword: usize) -> Option<usize> {
    let mut head = Head { tokens, index: keyword + 1 };
    if head.skip_words(&["IF", "NOT", "EXISTS"]) == 1 {
        return None;
    }
    head.skip_name()?;
    match tokens.get(keyword)?.word().as_str() {
        "PROCEDURE" => head.skip_brackets()?,
        "FUNCTION" => {
            head.skip_brackets()?;
            head.skip_word("RETURNS")?;
            head.skip_type()?;
        }
        "TRIGGER" => {
            head.skip_any(&["BEFORE", "AFTER"])?;
            head.skip_any(&["INSERT", "UPDATE", "DELETE"])?;
            head.skip_word("ON")?;
            head.skip_name()?;
            head.skip_word("FOR")?;
            head.skip_word("EACH")?;
            head.skip_word("ROW")?;
            if head.skip_any(&["FOLLOWS", "PRECEDES"]).is_some() {
                head.skip_name()?;
            }
            return Some(head.index);
        }
        "EVENT" => {
            head.skip_schedule()?;
            return Some(head.index);
        }
        _ => return None,
    }
    head.skip_characteristics();
    Some(head.index)
}

/// A position in the head of a program.
struct Head<'a> {
    tokens: &'a [Token<'a>],
    index: usize,
}

impl Head<'_> {
    fn word(&self) -> String {
        self.tokens.get(self.index).map(Token::word).unwrap_or_default()
    }

    fn is_text(&self) -> bool {
        self.tokens.get(self.index).is_some_and(|it| it.kind == TokenKind::Text)
    }

    fn skip_word(&mut self, word: &str) -> Option<()> {
        (self.word() == word).then(|| self.index += 1)
    }

    fn skip_any(&mut self, words: &[&str]) -> Option<()> {
        words.contains(&self.word().as_str()).then(|| self.index += 1)
    }

    /// The number of these words that follow in this order: all or none, else 1.
    fn skip_words(&mut self, words: &[&str]) -> usize {
        let start = self.index;
        let found = words.iter().take_while(|word| self.skip_word(word).is_some()).count();
        if found != 0 && found != words.len() {
            self.index = start;
            return 1;
        }
        found
    }

    fn skip_name(&mut self) -> Option<()> {
        self.index = ddl::qualified_name(self.tokens, self.index)?.1;
        Some(())
    }

    fn skip_brackets(&mut self) -> Option<()> {
        let mut depth = 0_u32;
        for (index, token) in self.tokens.iter().enumerate().skip(self.index) {
            match token.text {
                "(" => depth += 1,
                ")" => depth -= 1,
                ";" => return None,
                _ if depth == 0 => return None,
                _ => {}
            }
            if depth == 0 {
                self.index = index + 1;
                return Some(());
            }
        }
        None
    }

    fn skip_type(&mut self) -> Option<()> {
        (!self.word().is_empty()).then(|| self.index += 1)?;
        loop {
            match self.word().as_str() {
                "UNSIGNED" | "SIGNED" | "ZEROFILL" | "BINARY" | "PRECISION" => self.index += 1,
                "CHARSET" | "COLLATE" => self.index += 2,
                "CHARACTER" => self.index += 3,
                _ if self.tokens.get(self.index).is_some_and(|it| it.text == "(") => self.skip_brackets()?,
                _ => return Some(()),
            }
        }
    }

    fn skip_characteristics(&mut self) {
        loop {
            let word = self.word();
            match word.as_str() {
                "COMMENT" => {
                    self.index += 1;
                    if !self.is_text() {
                        return;
                    }
                    self.index += 1;
                }
                "LANGUAGE" | "NOT" | "DETERMINISTIC" | "CONTAINS" | "NO" | "READS" | "MODIFIES" | "SQL"
                | "DATA" | "SECURITY" | "DEFINER" | "INVOKER" => self.index += 1,
                _ => return,
            }
        }
    }

    /// The clauses of an event up to and with its `DO`. Words of these clauses are keywords, numbers and texts only.
    fn skip_schedule(&mut self) -> Option<()> {
        const CLAUSES: [&str; 39] = [
            "ON",
            "SCHEDULE",
            "AT",
            "EVERY",
            "STARTS",
            "ENDS",
            "COMPLETION",
            "NOT",
            "PRESERVE",
            "ENABLE",
            "DISABLE",
            "SLAVE",
            "REPLICA",
            "COMMENT",
            "INTERVAL",
            "CURRENT_TIMESTAMP",
            "NOW",
            "TIMESTAMP",
            "YEAR",
            "QUARTER",
            "MONTH",
            "DAY",
            "HOUR",
            "MINUTE",
            "WEEK",
            "SECOND",
            "YEAR_MONTH",
            "DAY_HOUR",
            "DAY_MINUTE",
            "DAY_SECOND",
            "HOUR_MINUTE",
            "HOUR_SECOND",
            "MINUTE_SECOND",
            "CURDATE",
            "CURRENT_DATE",
            "SYSDATE",
            "DATE",
            "LOCALTIME",
            "LOCALTIMESTAMP",
        ];
        loop {
            let token = self.tokens.get(self.index)?;
            let word = token.word();
            self.index += 1;
            let is_number = token.kind == TokenKind::Word && token.text.bytes().all(|it| it.is_ascii_digit());
            let is_sign = matches!(token.text, "+" | "-" | "(" | ")");
            match word.as_str() {
                "DO" => return Some(()),
                _ if is_number || is_sign || token.kind == TokenKind::Text => {}
                word if CLAUSES.contains(&word) => {}
                _ => return None,
            }
        }
    }
}

/// A construct that is open in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Block,
    If,
    CaseStatement,
    CaseExpression,
    While { has_do: bool },
    Loop,
    Repeat,
}

/// Reads the structure of a body. Every step gives `None` where it is not certain.
struct BodyReader<'a> {
    tokens: &'a [Token<'a>],
    index: usize,
    open: Vec<Open>,
    /// Open brackets of the current statement.
    brackets: u32,
    /// Whether a statement begins at `index`.
    starts_statement: bool,
}

impl BodyReader<'_> {
    fn word_at(&self, index: usize) -> String {
        self.tokens.get(index).map(Token::word).unwrap_or_default()
    }

    fn text_at(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |it| it.text)
    }

    /// Whether a label and its colon stand here.
    fn is_label(&self) -> bool {
        let name = self.tokens.get(self.index).and_then(Token::name);
        let keyword = matches!(self.word_at(self.index).as_str(), "BEGIN" | "END");
        name.is_some()
            && !keyword
            && self.text_at(self.index + 1) == ":"
            && self.text_at(self.index + 2) != "="
    }

    fn starts_block(&self) -> bool {
        let start = if self.is_label() { self.index + 2 } else { self.index };
        self.word_at(start) == "BEGIN"
    }

    /// Reads to the end; `None` if this is not certainly a single statement.
    fn read(&mut self) -> Option<()> {
        while self.index < self.tokens.len() {
            if self.starts_statement {
                self.statement_start()?;
            } else {
                self.inside_statement()?;
            }
            // A label may stand before the first block.
            if self.open.is_empty() && !self.starts_statement {
                return (self.index == self.tokens.len()).then_some(());
            }
        }
        None
    }

    fn opens(&mut self, construct: Open, starts_statement: bool) {
        self.open.push(construct);
        self.starts_statement = starts_statement;
        self.index += 1;
    }

    fn goes_on(&mut self, starts_statement: bool) -> Option<()> {
        self.starts_statement = starts_statement;
        self.index += 1;
        Some(())
    }

    fn statement_start(&mut self) -> Option<()> {
        if self.is_label() {
            self.index += 2;
            return Some(());
        }
        let top = self.open.last().copied();
        match self.word_at(self.index).as_str() {
            "BEGIN" => self.opens(Open::Block, true),
            "IF" => self.opens(Open::If, false),
            "CASE" => self.opens(Open::CaseStatement, false),
            "WHILE" => self.opens(Open::While { has_do: false }, false),
            "LOOP" => self.opens(Open::Loop, true),
            "REPEAT" => self.opens(Open::Repeat, true),
            "END" => return self.end(),
            "ELSE" if matches!(top, Some(Open::If | Open::CaseStatement)) => return self.goes_on(true),
            "ELSEIF" if top == Some(Open::If) => return self.goes_on(false),
            "WHEN" if top == Some(Open::CaseStatement) => return self.goes_on(false),
            "UNTIL" if top == Some(Open::Repeat) => return self.goes_on(false),
            "ELSE" | "ELSEIF" | "WHEN" | "UNTIL" | "THEN" => return None,
            "DECLARE" => return self.declaration(),
            // An empty statement is none in these grammars.
            _ if self.text_at(self.index) == ";" => return None,
            _ => return self.goes_on(false),
        }
        Some(())
    }

    /// `END`, what it ends, and the label behind it.
    fn end(&mut self) -> Option<()> {
        let closed = self.open.pop()?;
        let following = self.word_at(self.index + 1);
        let expected = match closed {
            Open::If => "IF",
            Open::CaseStatement => "CASE",
            Open::While { has_do: true } => "WHILE",
            Open::Loop => "LOOP",
            Open::Repeat => "REPEAT",
            Open::Block => "",
            Open::While { has_do: false } | Open::CaseExpression => return None,
        };
        self.index += 1;
        if !expected.is_empty() {
            (following == expected).then(|| self.index += 1)?;
        } else if matches!(following.as_str(), "IF" | "CASE" | "WHILE" | "LOOP" | "REPEAT") {
            return None;
        }
        if self.tokens.get(self.index).is_some_and(|it| it.name().is_some()) {
            self.index += 1;
        }
        self.starts_statement = false;
        let at_end = self.index == self.tokens.len();
        (if self.open.is_empty() { at_end } else { self.text_at(self.index) == ";" }).then_some(())
    }

    /// A declaration. Only a handler whose conditions are reserved words or literals may have a block.
    fn declaration(&mut self) -> Option<()> {
        self.index += 1;
        let is_handler = matches!(self.word_at(self.index).as_str(), "CONTINUE" | "EXIT" | "UNDO")
            && self.word_at(self.index + 1) == "HANDLER"
            && self.word_at(self.index + 2) == "FOR";
        self.starts_statement = false;
        if !is_handler {
            return Some(());
        }
        self.index += 3;
        loop {
            let token = self.tokens.get(self.index)?;
            self.index += match token.word().as_str() {
                "SQLEXCEPTION" | "SQLWARNING" => 1,
                "NOT" if self.word_at(self.index + 1) == "FOUND" => 2,
                "SQLSTATE" if self.word_at(self.index + 1) == "VALUE" => 3,
                "SQLSTATE" => 2,
                _ if token.text.bytes().all(|it| it.is_ascii_digit()) => 1,
                // A condition with a name: its statement must be a simple one.
                _ => return Some(()),
            };
            if self.text_at(self.index) != "," {
                break;
            }
            self.index += 1;
        }
        if self.word_at(self.index) == "BEGIN" {
            self.opens(Open::Block, true);
        }
        Some(())
    }

    fn inside_statement(&mut self) -> Option<()> {
        let text = self.text_at(self.index);
        match text {
            "(" => self.brackets += 1,
            ")" => self.brackets = self.brackets.checked_sub(1)?,
            ";" => {
                let complete = matches!(
                    self.open.last(),
                    Some(Open::Block | Open::If | Open::CaseStatement | Open::Loop | Open::Repeat)
                        | Some(Open::While { has_do: true })
                );
                return (complete && self.brackets == 0).then(|| self.goes_on(true))?;
            }
            _ => return self.keyword_inside(),
        }
        self.goes_on(false)
    }

    fn keyword_inside(&mut self) -> Option<()> {
        // Part of a qualified name, or of a user variable.
        if matches!(self.text_at(self.index.wrapping_sub(1)), "." | "@") {
            return self.goes_on(false);
        }
        let top = self.open.last().copied()?;
        match self.word_at(self.index).as_str() {
            "CASE" => {
                self.opens(Open::CaseExpression, false);
                Some(())
            }
            "END" if top == Open::CaseExpression => {
                self.open.pop();
                self.goes_on(false)
            }
            // The end of `UNTIL … END REPEAT`.
            "END"
                if top == Open::Repeat && self.word_at(self.index + 1) == "REPEAT" && self.brackets == 0 =>
            {
                self.end()
            }
            "WHEN" | "ELSE" if top == Open::CaseExpression => self.goes_on(false),
            "WHEN" if top == Open::CaseStatement => self.goes_on(false),
            "THEN" => match top {
                Open::CaseExpression => self.goes_on(false),
                Open::If | Open::CaseStatement if self.brackets == 0 => self.goes_on(true),
                _ => None,
            },
            "DO" if matches!(top, Open::While { has_do: false }) && self.brackets == 0 => {
                self.open.pop();
                self.opens(Open::While { has_do: true }, true);
                Some(())
            }
            // A name, or a structure that is not understood.
            "BEGIN" | "END" | "WHEN" | "ELSE" | "ELSEIF" | "UNTIL" => None,
            _ => self.goes_on(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::ddl::{Dialect, StatementStart, statement_start, tokenize};

    fn is_single(sql: &str) -> bool {
        let tokens = tokenize(sql, Dialect::MySql).tokens;
        let StatementStart::Create { at, .. } = statement_start(&tokens) else { panic!("{sql}") };
        is_single_program(&tokens, at)
    }

    #[test]
    fn programs_as_servers_print_them_are_single() {
        for sql in [
            "CREATE PROCEDURE p() SELECT 1",
            "CREATE PROCEDURE p() BEGIN END",
            "CREATE DEFINER=`a`@`%` PROCEDURE `s`.`p`(IN a INT, OUT b VARCHAR(9)) SQL SECURITY INVOKER COMMENT 'x;' \
             BEGIN SET b = CASE a WHEN 1 THEN 'x' ELSE 'y' END; END",
            "CREATE FUNCTION f(a INT) RETURNS varchar(20) CHARSET utf8mb4 DETERMINISTIC BEGIN RETURN a; END",
            "CREATE TRIGGER t BEFORE INSERT ON o FOR EACH ROW BEGIN SET NEW.a = 1; END",
            "CREATE TRIGGER t BEFORE INSERT ON o FOR EACH ROW SET NEW.a = 1",
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 00:00:00' ON COMPLETION NOT PRESERVE ENABLE DO BEGIN DELETE FROM t; END",
            "CREATE PROCEDURE p() outer_block: BEGIN DECLARE done INT DEFAULT 0; DECLARE c CURSOR FOR SELECT a FROM t; \
             DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1; DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLSTATE '23000' \
             BEGIN ROLLBACK; END; OPEN c; l: LOOP FETCH c INTO x; IF done THEN LEAVE l; ELSEIF x THEN BEGIN END; ELSE SET y = 1; \
             END IF; END LOOP l; WHILE x < 3 DO SET x = x + 1; END WHILE; REPEAT SET x = 1; UNTIL x = 1 END REPEAT; \
             CASE x WHEN 1 THEN SELECT 1; ELSE BEGIN END; END CASE; END outer_block",
            "CREATE PROCEDURE p() BEGIN SELECT t.begin, t.end, @end FROM t; END",
        ] {
            assert!(is_single(sql), "{sql}");
        }
    }

    #[test]
    fn what_could_be_several_statements_is_not_single() {
        for sql in [
            "CREATE PROCEDURE p() SELECT 1; DROP TABLE victim",
            "CREATE PROCEDURE begin() SELECT 1; DROP TABLE victim; END",
            "CREATE PROCEDURE p() SELECT (1) begin; DROP TABLE victim; SELECT 1 AS end",
            "CREATE PROCEDURE p() BEGIN END; DROP TABLE victim; BEGIN END",
            "CREATE PROCEDURE p() BEGIN SELECT 1 AS begin; END; DROP TABLE victim; SELECT 1 end",
            "CREATE PROCEDURE p() BEGIN SELECT CASE WHEN 1 THEN begin END; END; DROP TABLE victim; BEGIN END; END",
            "CREATE PROCEDURE p() BEGIN DECLARE begin CONDITION FOR 1051; DECLARE EXIT HANDLER FOR begin SET @x = 1; END; \
             DROP TABLE victim; BEGIN END; END",
            "CREATE PROCEDURE p() BEGIN SELECT do begin FROM t; END; DROP TABLE victim; BEGIN END; END",
            "CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END; DROP TABLE victim; END IF; END",
            "CREATE PROCEDURE p() BEGIN SELECT 1; END end; DROP TABLE victim",
            "CREATE PROCEDURE p() BEGIN SELECT 1; END; SELECT 1",
            "CREATE PROCEDURE p() BEGIN SELECT 1;",
            "CREATE PROCEDURE p() l: BEGIN SELECT 1; END l; DROP TABLE victim",
            "CREATE EVENT e ON SCHEDULE EVERY do DAY DO SELECT 1; DROP TABLE victim",
            "CREATE EVENT e ON SCHEDULE AT f() DO BEGIN END",
            "CREATE FUNCTION f RETURNS STRING SONAME 'x.so'",
        ] {
            assert!(!is_single(sql), "{sql}");
        }
    }
}
