//! Types of the sentences that take figures: each language has its own order of words and its own plurals.

/// A sentence around one finished text.
pub type Sentence1 = fn(&str) -> String;
/// A sentence around two finished texts.
pub type Sentence2 = fn(&str, &str) -> String;
/// A sentence about a count.
pub type CountSentence1 = fn(usize) -> String;
/// A sentence about two counts.
pub type CountSentence2 = fn(usize, usize) -> String;
/// A sentence about three counts.
pub type CountSentence3 = fn(usize, usize, usize) -> String;
/// A name in two or more languages: the word as the API writes it to the word shown.
pub type Translate = fn(&str) -> &str;
