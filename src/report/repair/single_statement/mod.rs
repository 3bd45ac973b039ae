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

mod body;
mod head;
#[cfg(test)]
mod tests;

use crate::history::ddl::Token;
use body::BodyReader;
use head::body_start;

/// Whether these tokens are one statement whose body begins at `CREATE … PROCEDURE | FUNCTION | TRIGGER | EVENT`.
/// `keyword` is the index of that word.
pub(super) fn is_single_program(tokens: &[Token<'_>], keyword: usize) -> bool {
    let Some(body) = body_start(tokens, keyword) else { return false };
    let mut reader = BodyReader::new(tokens, body);
    if !reader.starts_block() {
        // A body without a block ends at the first semicolon.
        return tokens.iter().all(|it| it.text != ";");
    }
    reader.read().is_some()
}
