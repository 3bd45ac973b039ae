//! What a wiki makes of our Markdown.

use super::escape::visible;
use crate::report::view::clean;
use crate::report::{hostile, markdown, sample};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A document as a reader sees it.
#[derive(Debug, Default)]
struct Page {
    headings: Vec<String>,
    blocks: Vec<String>,
    items: Vec<String>,
    rows: Vec<Vec<String>>,
    forbidden: Vec<String>,
}

fn read(source: &str) -> Page {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    let mut page = Page::default();
    let mut text = String::new();
    for event in Parser::new_ext(source, options) {
        match event {
            Event::Text(piece) | Event::Code(piece) => text.push_str(&piece),
            Event::SoftBreak => text.push('\n'),
            Event::Start(
                Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::Item | Tag::TableCell | Tag::Paragraph,
            ) => text.clear(),
            Event::Start(Tag::TableRow | Tag::TableHead) => page.rows.push(Vec::new()),
            Event::End(TagEnd::Heading(_)) => page.headings.push(std::mem::take(&mut text)),
            Event::End(TagEnd::CodeBlock) => page.blocks.push(std::mem::take(&mut text)),
            Event::End(TagEnd::Item) => page.items.push(std::mem::take(&mut text)),
            Event::End(TagEnd::TableCell) => {
                page.rows.last_mut().expect("a row").push(std::mem::take(&mut text));
            }
            Event::Start(Tag::Table(_) | Tag::List(_) | Tag::Strong) | Event::End(_) | Event::Rule => {}
            other => page.forbidden.push(format!("{other:?}")),
        }
    }
    page
}

/// What inline text looks like.
fn shown(text: &str) -> String {
    visible(&clean(text)).into_owned()
}

proptest! {
    #[test]
    fn hostile_text_is_text(text in hostile::text()) {
        let source = markdown(&hostile::analysis(&text), &sample::EN).expect("markdown");
        let page = read(&source);
        prop_assert!(page.forbidden.is_empty(), "{:?} in\n{source}", page.forbidden);

        let (name, code) = (shown(&text), format!("{}\n", clean(&text)));
        prop_assert!(page.headings.contains(&format!("In progress: {name}")), "{:?}", page.headings);
        prop_assert!(page.headings.contains(&format!("{name} {name}")), "{:?}", page.headings);
        // Five open failures and one resolved, each with its error and its statement.
        prop_assert_eq!(page.blocks.iter().filter(|block| **block == code).count(), 12, "{:?}", page.blocks);

        let tables: Vec<_> = page.rows.iter().filter(|row| row.len() == 12).skip(1).collect();
        prop_assert_eq!(tables.len(), 18);
        let databases = format!("{name} → {}", shown(&format!("{text}2")));
        for row in tables {
            prop_assert_eq!(&row[0], &name);
            prop_assert_eq!(&row[1], &databases);
        }
        let changes: Vec<_> = page.rows.iter().filter(|row| row.len() == 6).skip(3).skip(1).collect();
        prop_assert!(!changes.is_empty());
        for row in changes {
            prop_assert_eq!(&row[4], &name);
            prop_assert_eq!(&row[5], &name);
        }
        let failed_sweep = [": ", &name].concat();
        prop_assert!(page.items.iter().any(|item| item.ends_with(&failed_sweep)), "{:?}", page.items);
    }
}

#[test]
fn plain_words_and_figures_stay_readable() {
    let words = [
        "between 2026-01-02 10:00:05 and 10:00:35",
        "22.5 %",
        "start: not yet; end: unknown",
        "Asia/Shanghai (UTC+08:00)",
        "“A – B” … 1,234.5 rows/s",
    ];
    for word in words {
        let mut out = String::new();
        askama::filters::Escaper::write_escaped_str(&super::escape::Markdown, &mut out, word)
            .expect("a string");
        assert_eq!(out, word);
    }
}

#[test]
fn a_fence_is_longer_than_any_inside() {
    assert_eq!(super::escape::fence("a", "sql"), "```sql\na\n```");
    assert_eq!(super::escape::fence("```` ``", ""), "`````\n```` ``\n`````");
}
