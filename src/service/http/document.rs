//! The report of a job in the formats that HTTP serves. Rendering is pure; the texts are shared by all their readers.

use std::ops::Range;

use axum::body::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use xxhash_rust::xxh3::xxh3_64;

use crate::history::analysis::Analysis;
use crate::publish;
use crate::report::{self, Live};

/// A format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Format {
    /// HTML that updates itself.
    LiveHtml,
    /// HTML as a file.
    Html,
    /// Markdown.
    Markdown,
    /// JSON, which also holds the lists of the API.
    Json,
}

/// A list of the JSON report that the API serves in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Tables,
    Failures,
    Transitions,
}

impl List {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "tables" => Some(Self::Tables),
            "failures" => Some(Self::Failures),
            "transitions" => Some(Self::Transitions),
            _ => None,
        }
    }
}

/// A rendered report.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) text: Bytes,
    /// The digest of the text, for entity tags.
    pub(super) digest: u64,
    /// The positions of the list items; for JSON only.
    lists: Option<Lists>,
}

#[derive(Debug)]
struct Lists {
    as_of: Range<u32>,
    tables: Vec<Range<u32>>,
    failures: Vec<Range<u32>>,
    transitions: Vec<Range<u32>>,
}

/// A page of a list, as slices of the report's text.
#[derive(Debug)]
pub(super) struct ListPage {
    /// The items, separated by commas.
    pub(super) items: Bytes,
    /// The number of items in the whole list.
    pub(super) total: usize,
    /// The time of the report, as JSON.
    pub(super) as_of: Bytes,
}

/// The newest moment that a report shows.
pub(super) fn newest_ms(analysis: &Analysis) -> i64 {
    let status_ms = analysis.cutover.as_ref().map_or(0, |it| it.last_seen_at_ms);
    analysis.as_of_ms.unwrap_or(0).max(status_ms)
}

impl Document {
    /// Renders a report.
    pub(super) fn render(
        analysis: &Analysis,
        format: Format,
        options: report::Options,
    ) -> Result<Self, publish::Error> {
        let options = &options;
        let render = |format| publish::render(analysis, format, options);
        let text = match format {
            Format::LiveHtml => {
                let revision = newest_ms(analysis).to_string();
                let lost = options.language.text().overview.lost;
                report::live_html(analysis, options, &Live { revision: &revision, lost })?.into_bytes()
            }
            Format::Html => render(publish::FileFormat::Html)?,
            Format::Markdown => render(publish::FileFormat::Markdown)?,
            Format::Json => render(publish::FileFormat::Json)?,
        };
        let lists = if format == Format::Json {
            Some(Lists::find(&text).map_err(report::Error::from)?)
        } else {
            None
        };
        let digest = xxh3_64(&text);
        Ok(Self { text: Bytes::from(text), digest, lists })
    }

    #[cfg(test)]
    pub(super) fn from_text(text: String) -> Self {
        Self { text: text.into(), digest: 0, lists: None }
    }

    /// The size in memory.
    pub(super) fn bytes(&self) -> usize {
        let items = |lists: &Lists| lists.tables.len() + lists.failures.len() + lists.transitions.len();
        self.text.len() + self.lists.as_ref().map_or(0, items) * size_of::<Range<u32>>()
    }

    /// A page of a list; `None` if this is not JSON.
    pub(super) fn list_page(&self, list: List, offset: usize, limit: usize) -> Option<ListPage> {
        let lists = self.lists.as_ref()?;
        let all = match list {
            List::Tables => &lists.tables,
            List::Failures => &lists.failures,
            List::Transitions => &lists.transitions,
        };
        let rest = all.get(offset..).unwrap_or_default();
        let selected = &rest[..rest.len().min(limit)];
        let slice = match (selected.first(), selected.last()) {
            (Some(first), Some(final_item)) => self.slice(&(first.start..final_item.end)),
            _ => Bytes::new(),
        };
        Some(ListPage { items: slice, total: all.len(), as_of: self.slice(&lists.as_of) })
    }

    fn slice(&self, range: &Range<u32>) -> Bytes {
        self.text.slice(range.start as usize..range.end as usize)
    }
}

impl Lists {
    /// Finds the items of the lists in a JSON report.
    fn find(text: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Report<'a> {
            #[serde(borrow)]
            as_of: &'a RawValue,
            tables: Vec<&'a RawValue>,
            failures: Vec<&'a RawValue>,
            transitions: Vec<&'a RawValue>,
        }
        let position = |value: &RawValue| -> Result<Range<u32>, serde_json::Error> {
            let start = value.get().as_ptr().addr() - text.as_ptr().addr();
            let position = |at: usize| u32::try_from(at).map_err(serde::de::Error::custom);
            Ok(position(start)?..position(start + value.get().len())?)
        };
        let report: Report<'_> = serde_json::from_slice(text)?;
        let positions =
            |items: Vec<&RawValue>| items.into_iter().map(position).collect::<Result<Vec<_>, _>>();
        Ok(Self {
            as_of: position(report.as_of)?,
            tables: positions(report.tables)?,
            failures: positions(report.failures)?,
            transitions: positions(report.transitions)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_list_is_a_slice_of_the_report() {
        let text =
            r#"{ "as_of": null, "tables": [ {"a": [1, 2]}, "b", 3 ], "failures": [], "transitions": [7] }"#;
        let lists = Some(Lists::find(text.as_bytes()).unwrap());
        let document = Document { text: Bytes::from_static(text.as_bytes()), digest: 0, lists };
        let page = |list, offset, limit| {
            let page = document.list_page(list, offset, limit).unwrap();
            assert_eq!(page.as_of, "null");
            (page.items, page.total)
        };
        assert_eq!(page(List::Tables, 0, 2), (Bytes::from_static(br#"{"a": [1, 2]}, "b""#), 3));
        assert_eq!(page(List::Tables, 2, 9), (Bytes::from_static(b"3"), 3));
        assert_eq!(page(List::Tables, 3, 9), (Bytes::new(), 3));
        assert_eq!(page(List::Tables, usize::MAX, usize::MAX), (Bytes::new(), 3));
        assert_eq!(page(List::Failures, 0, 1), (Bytes::new(), 0));
        assert_eq!(page(List::Transitions, 0, 1), (Bytes::from_static(b"7"), 1));
    }
}
