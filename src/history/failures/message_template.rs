//! Error messages without what differs from object to object, so that those with one cause look the same.

/// Stands for a name or a literal.
const NAME_PLACEHOLDER: &str = "…";
/// Stands for a number.
const NUMBER_PLACEHOLDER: &str = "#";
/// A number after one of these words is an error code of the database system and is kept.
const CODE_LABELS: [&str; 6] = ["error", "errno", "code", "sqlstate", "state", "ora"];
/// The prefix of DTS before the error of a statement.
const DTS_PREFIX: &str = "Execute sql error sql: ";
const REPEATED_DTS_PREFIX: &str = "Execute sql error sql: Execute sql error sql: ";
/// Later text serves neither grouping nor reading.
const MAX_TEMPLATE_CHARS: usize = 240;

/// The message without codes of DTS, lines of a stack, quoted names and literals, numbers, and these names.
pub(super) fn message_template(message: &str, names: &[&str]) -> String {
    let lines = message.lines().filter(|line| !line.trim_start().starts_with("at "));
    let text = lines.collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    let mut rest = text.as_str();
    let mut before = String::new();
    while let Some(next) = rest.chars().next() {
        if let Some(length) = quoted_length(&text[..text.len() - rest.len()], rest) {
            let quote = &rest[..1];
            out.extend([quote, NAME_PLACEHOLDER, quote]);
            rest = &rest[length..];
        } else if is_word_char(next) {
            let length = rest.find(|it| !is_word_char(it)).unwrap_or(rest.len());
            let word = &rest[..length];
            out.push_str(&word_or_placeholder(word, &before, names));
            word.clone_into(&mut before);
            rest = &rest[length..];
        } else {
            out.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    normalize_spacing(&out)
}

/// The length of the quoted text that opens here; an apostrophe inside a word opens none.
fn quoted_length(before: &str, rest: &str) -> Option<usize> {
    let quote = rest.chars().next().filter(|it| matches!(it, '\'' | '"' | '`'))?;
    if quote == '\'' && before.chars().next_back().is_some_and(char::is_alphanumeric) {
        return None;
    }
    let mut from = 1;
    loop {
        let end = from + rest[from..].find(quote)?;
        let after = rest[end + 1..].chars().next();
        match after {
            Some(it) if it == quote => from = end + 2,
            // The apostrophe of a word inside the quotes.
            Some(it) if quote == '\'' && it.is_alphanumeric() => from = end + 1,
            _ => return Some(end + 1),
        }
        if rest.len() <= from {
            return None;
        }
    }
}

fn is_word_char(it: char) -> bool {
    it.is_alphanumeric() || matches!(it, '_' | '$' | '.' | '-')
}

fn word_or_placeholder(word: &str, before: &str, names: &[&str]) -> String {
    // A sentence ends with a full stop, a name does not.
    let bare = word.trim_end_matches(['.', '-']);
    let end = &word[bare.len()..];
    let is_code = CODE_LABELS.iter().any(|it| before.eq_ignore_ascii_case(it));
    if bare.starts_with("DTS-") {
        return end.to_owned();
    }
    let own = names.iter().any(|name| !name.is_empty() && name.eq_ignore_ascii_case(bare));
    if own || is_qualified_name(bare, names) {
        return format!("{NAME_PLACEHOLDER}{end}");
    }
    if bare.contains(|it: char| it.is_ascii_digit()) && !is_code {
        return format!("{NUMBER_PLACEHOLDER}{end}");
    }
    word.to_owned()
}

/// Whether the word is a qualified name such as `shop.orders`. Names of Java classes are kept, as they distinguish causes.
fn is_qualified_name(word: &str, names: &[&str]) -> bool {
    let mut parts = word.split('.');
    let first = parts.next().unwrap_or_default();
    let last = word.rsplit('.').next().unwrap_or_default();
    parts.next().is_some() && names.iter().any(|name| !name.is_empty() && (*name == first || *name == last))
}

/// Collapses white space and removes punctuation that followed a removed code.
fn normalize_spacing(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| *word != ":" && *word != ",");
    let line = words.collect::<Vec<_>>().join(" ");
    let mut line = line.trim_start_matches([':', ',', ' ']).to_owned();
    // DTS wraps the message of a second try in its own words once more.
    while line.contains(REPEATED_DTS_PREFIX) {
        line = line.replacen(REPEATED_DTS_PREFIX, DTS_PREFIX, 1);
    }
    match line.char_indices().nth(MAX_TEMPLATE_CHARS) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::message_template;
    use proptest::prelude::*;

    #[test]
    fn names_and_numbers_go_and_words_stay() {
        let same = |a: &str, b: &str| {
            assert_eq!(message_template(a, &["orders", "shop"]), message_template(b, &["t2", "x"]));
        };
        same("Table 'shop.orders' doesn't exist", "Table 'x.t2' doesn't exist");
        same("relation shop.orders does not exist", "relation x.t2 does not exist");
        same("DTS-1: column \"a\" at 12", "DTS-1: column \"b's\" at 7");
        same("it failed\n\tat a.b.C(C.java:1)", "it failed\n\tat d.e.F(F.java:2)\n\tat g");
        assert_ne!(message_template("error 1062 x", &[]), message_template("error 1146 x", &[]));
        assert_eq!(
            message_template(
                "DTS-1020042 Execute sql error sql: ERROR: type \"geometry\" does not exist",
                &[]
            ),
            "Execute sql error sql: ERROR: type \"…\" does not exist"
        );
        same(
            "DTS-1 Execute sql error sql: it broke",
            "DTS-1 Execute sql error sql: DTS-1 Execute sql error sql: it broke",
        );
        assert_eq!(message_template("can't open 'it's' here", &[]), "can't open '…' here");
        assert_eq!(message_template("存储过程创建失败", &[]), "存储过程创建失败");
    }

    proptest! {
        #[test]
        fn any_message_has_one_line_of_pattern(message in any::<String>(), name in any::<String>()) {
            let template = message_template(&message, &[&name]);
            prop_assert!(!template.contains('\n') && template.chars().count() <= 241);
        }
    }
}
