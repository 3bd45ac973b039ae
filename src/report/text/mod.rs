//! Every word that people read, once per language. A field without a translation does not compile.
//!
//! Fixed words are texts; sentences with figures in them are functions, so that each language has its own
//! order of words and its own plurals. Counts arrive as numbers where the language needs the plural, and as
//! finished texts where it does not.

pub mod catalog;
pub mod cause;
pub mod cli;
pub mod cutover;
pub mod comparison;
mod en;
pub mod figures;
pub mod headline;
pub mod insight;
pub mod language;
pub mod plural;
pub mod quality;
pub mod repair;
pub mod sections;
pub mod sentence;
pub mod service;
pub mod time_lost;
pub mod verdict;
pub mod wait;
mod zh;

pub use catalog::Text;
pub use language::Language;
