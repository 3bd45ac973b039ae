//! The language of the command line.

use anyhow::anyhow;

use crate::report::Language;

/// The variables that POSIX consults for the language of messages, in this order.
const LOCALE_VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// Parses a language code.
///
/// # Errors
/// If there is no translation for it.
pub(super) fn parse_language(code: &str) -> anyhow::Result<Language> {
    Language::from_word(code)
        .ok_or_else(|| anyhow!("{code:?} is not a language of the reports: use \"en\" or \"zh\""))
}

/// The language of the process's locale.
#[must_use]
pub fn language_from_locale() -> Language {
    let values = LOCALE_VARIABLES.map(|name| std::env::var(name).unwrap_or_default());
    language_from_values(values.iter().map(String::as_str))
}

/// The language of the first non-empty locale value: Chinese, or English for any other locale.
fn language_from_values<'a>(mut values: impl Iterator<Item = &'a str>) -> Language {
    let locale = values.find(|it| !it.is_empty()).unwrap_or_default();
    let language = locale.split(['_', '.', '@', '-']).next().unwrap_or_default();
    if language.eq_ignore_ascii_case("zh") { Language::Zh } else { Language::En }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_set_locale_variable_decides() {
        let language = |values: [&str; 3]| language_from_values(values.into_iter());
        assert_eq!(language(["", "", "zh_CN.UTF-8"]), Language::Zh);
        assert_eq!(language(["", "zh", "en_US.UTF-8"]), Language::Zh);
        assert_eq!(language(["C.UTF-8", "zh_CN.UTF-8", "zh_CN.UTF-8"]), Language::En);
        assert_eq!(language(["", "", ""]), Language::En);
        assert_eq!(language(["", "", "zhx_YY"]), Language::En);
    }
}
