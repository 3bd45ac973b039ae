//! The head of a stored program: from its name to the first token of its body.

use crate::history::ddl::{self, Token, TokenKind};

/// The index of the first token of the body; `None` if the head is none that is known.
pub(super) fn body_start(tokens: &[Token<'_>], keyword: usize) -> Option<usize> {
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
