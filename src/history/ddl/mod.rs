//! DDL statements, read by their tokens: enough to order statements, to find the names that they mention, and to
//! decide whether one can be run unchanged. This is not a parser: unknown syntax is left alone.

mod dialect;
mod lexer;
mod statement;
#[cfg(test)]
mod tests;

pub use dialect::Dialect;
pub use lexer::{Token, TokenKind, TokenizedStatement, tokenize};
pub use statement::{
    CreatedObject, StatementStart, constraint_name, detect_dialect, mentioned_names, qualified_name,
    statement_start,
};
