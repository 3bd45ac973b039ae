//! The body of a stored program: which constructs are open at each token.

use crate::history::ddl::Token;

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
pub(super) struct BodyReader<'a> {
    tokens: &'a [Token<'a>],
    index: usize,
    open: Vec<Open>,
    /// Open brackets of the current statement.
    brackets: u32,
    /// Whether a statement begins at `index`.
    starts_statement: bool,
}

impl<'a> BodyReader<'a> {
    /// A reader of the body that begins at this index.
    pub(super) fn new(tokens: &'a [Token<'a>], index: usize) -> Self {
        Self { tokens, index, open: Vec::new(), brackets: 0, starts_statement: true }
    }

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

    /// Whether the body is a block, with or without a label.
    pub(super) fn starts_block(&self) -> bool {
        let start = if self.is_label() { self.index + 2 } else { self.index };
        self.word_at(start) == "BEGIN"
    }

    /// Reads to the end; `None` if this is not certainly a single statement.
    pub(super) fn read(&mut self) -> Option<()> {
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

    #[expect(clippy::unnecessary_wraps, reason = "the form of every step")]
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
                    Some(
                        Open::Block
                            | Open::If
                            | Open::CaseStatement
                            | Open::Loop
                            | Open::Repeat
                            | Open::While { has_do: true }
                    )
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
