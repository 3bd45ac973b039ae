//! Finds the object that an error message names as missing.

use crate::history::failures::error_class::ErrorClass;
use serde::Serialize;

/// An object that does not exist according to a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct MissingObject {
    /// The class of the missing object.
    #[serde(rename = "family")]
    pub error_class: ErrorClass,
    /// Its last name, in lower case: what a statement that needs it mentions.
    pub name: String,
    /// As the message writes it.
    #[serde(rename = "written")]
    pub as_written: String,
}

/// Words before the name of a missing object, with its class.
const OBJECT_WORDS: [(&str, ErrorClass); 14] = [
    ("type", ErrorClass::MissingType),
    ("relation", ErrorClass::MissingTable),
    ("table", ErrorClass::MissingTable),
    ("view", ErrorClass::MissingTable),
    ("sequence", ErrorClass::MissingTable),
    ("column", ErrorClass::MissingColumn),
    ("function", ErrorClass::MissingFunction),
    ("procedure", ErrorClass::MissingFunction),
    ("operator", ErrorClass::MissingFunction),
    ("aggregate", ErrorClass::MissingFunction),
    ("schema", ErrorClass::MissingSchema),
    ("database", ErrorClass::MissingSchema),
    ("role", ErrorClass::MissingUser),
    ("user", ErrorClass::MissingUser),
];
/// Adjectives before those words that mean the same as `does not exist` after the name.
const MISSING_ADJECTIVES: [&str; 2] = ["unknown", "referenced"];
/// A name and its quotes are not longer than this.
const MAX_NAME_BYTES: usize = 300;

/// Finds the missing object of `type "x" does not exist`, `Table 'a.x' doesn't exist`, `Unknown column 'x'` and similar.
pub(super) fn find_missing_object(message: &str) -> Option<MissingObject> {
    let mut at = 0;
    let mut before = "";
    for word in message.split(|it: char| !it.is_ascii_alphabetic()) {
        let end = at + word.len();
        let known = OBJECT_WORDS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known));
        if let Some((_, class)) = known
            && let Some((written, rest)) = split_leading_name(&message[end..])
            && (MISSING_ADJECTIVES.iter().any(|it| before.eq_ignore_ascii_case(it))
                || begins_with_does_not_exist(rest))
            && let Some(name) = unqualified_name(written)
        {
            return Some(MissingObject { error_class: *class, name, as_written: written.to_owned() });
        }
        // `Unknown data type` is an unknown type.
        if !word.is_empty() && !word.eq_ignore_ascii_case("data") {
            before = word;
        }
        // The separator after a word may have several bytes.
        at = end + message[end..].chars().next().map_or(0, char::len_utf8);
    }
    None
}

/// The name at the start of this text, without its outer quotes, and what follows it.
fn split_leading_name(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix(':').unwrap_or(text);
    let text = text.strip_prefix(' ')?;
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\'' | '`'));
    let (name, rest) = if let Some(quote) = quote {
        let inner = &text[1..];
        let end = inner.find(quote)?;
        (&inner[..end], &inner[end + 1..])
    } else {
        let end = text.find(|it: char| it.is_whitespace() || matches!(it, '(' | ',' | ';'))?;
        (&text[..end], &text[end..])
    };
    (!name.is_empty() && name.len() <= MAX_NAME_BYTES).then_some((name, rest))
}

/// Whether the text after a name is "does not exist" or similar, directly or after its arguments or its table.
fn begins_with_does_not_exist(rest: &str) -> bool {
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('(') {
        Some(arguments) => arguments.split_once(')').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let rest = match rest.strip_prefix("of relation ") {
        Some(table) => table.trim_start_matches('"').split_once('"').map_or("", |(_, rest)| rest),
        None => rest,
    };
    ["does not exist", "doesn't exist", "not found"].iter().any(|it| rest.trim_start().starts_with(it))
}

fn unqualified_name(written: &str) -> Option<String> {
    let last = written.rsplit('.').next()?.trim_matches(['"', '`', '\'']);
    (!last.is_empty()).then(|| last.to_lowercase())
}
