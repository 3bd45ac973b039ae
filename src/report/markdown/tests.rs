//! The Markdown as CommonMark and GitHub parsers read it.

use super::escape::visible;
use crate::report::view::visible_text::sanitize;
use crate::report::{markdown, sample, untrusted_text};
use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A document as a reader sees it.
#[derive(Debug, Default)]
struct Page {
    headings: Vec<String>,
    blocks: Vec<String>,
    columns: Vec<Vec<String>>,
    items: Vec<String>,
    forbidden: Vec<String>,
}

/// Everything that GitHub's flavour and wikis like it add.
fn flavoured() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM
}

fn read(source: &str) -> Page {
    let mut page = Page::default();
    let mut text = String::new();
    let mut in_columns = false;
    for event in Parser::new_ext(source, flavoured()) {
        match event {
            Event::Text(piece) | Event::Code(piece) => text.push_str(&piece),
            Event::SoftBreak => text.push('\n'),
            Event::Start(Tag::CodeBlock(kind)) => {
                in_columns = kind == CodeBlockKind::Fenced("".into());
                text.clear();
            }
            Event::Start(Tag::Heading { .. } | Tag::Item | Tag::Paragraph) => text.clear(),
            Event::End(TagEnd::Heading(_)) => page.headings.push(std::mem::take(&mut text)),
            Event::End(TagEnd::CodeBlock) if in_columns => {
                // Without the heads and the rule below them.
                page.columns.push(text.lines().skip(2).map(str::to_owned).collect());
            }
            Event::End(TagEnd::CodeBlock) => page.blocks.push(std::mem::take(&mut text)),
            Event::End(TagEnd::Item) => page.items.push(std::mem::take(&mut text)),
            Event::Start(Tag::List(_) | Tag::Strong) | Event::End(_) | Event::Rule => {}
            other => page.forbidden.push(format!("{other:?}")),
        }
    }
    page
}

/// The visible text of inline Markdown.
fn shown(text: &str) -> String {
    visible(&sanitize(text)).into_owned()
}

proptest! {
    #[test]
    fn untrusted_text_stays_text(text in untrusted_text::text()) {
        let source = markdown(&untrusted_text::analysis(&text), &sample::EN).expect("markdown");
        let page = read(&source);
        prop_assert!(page.forbidden.is_empty(), "{:?} in\n{source}", page.forbidden);

        let (name, code) = (shown(&text), format!("{}\n", sanitize(&text)));
        prop_assert!(page.headings.contains(&format!("In progress: {name}")), "{:?}", page.headings);
        prop_assert!(page.headings.contains(&format!("{name} {name}")), "{:?}", page.headings);
        // Five open failures and one resolved, each with its error and its statement.
        prop_assert_eq!(page.blocks.iter().filter(|block| **block == code).count(), 12, "{:?}", page.blocks);

        let cell = |text: &str| shown(text).replace('\t', "␉");
        let (name, databases) = (cell(&text), format!("{} → {}", cell(&text), cell(&format!("{text}2"))));
        let is_table = |row: &String| row.starts_with(&name) && row.contains(&databases);
        prop_assert_eq!(page.columns[0].iter().filter(|row| is_table(row)).count(), 18, "{:?}", page.columns[0]);
        prop_assert_eq!(page.columns[0].len(), 18);
        let changes = page.columns.last().expect("the log");
        prop_assert!(!changes.is_empty() && changes.iter().all(|row| row.contains(name.trim_end())), "{:?}", changes);
        let failed_sweep = [": ", &shown(&text)].concat();
        prop_assert!(page.items.iter().any(|item| item.ends_with(&failed_sweep)), "{:?}", page.items);
    }
}

#[test]
fn commonmark_and_githubs_flavour_read_the_same() {
    for options in [sample::EN, sample::ZH] {
        for analysis in
            [sample::empty(), sample::one_table(), sample::rich(), untrusted_text::analysis("a|b ~~c~~ *d*")]
        {
            let source = markdown(&analysis, &options).expect("markdown");
            let plain: Vec<_> = Parser::new_ext(&source, Options::empty()).collect();
            let flavoured: Vec<_> = Parser::new_ext(&source, flavoured()).collect();
            assert_eq!(plain, flavoured, "{source}");
            assert!(
                !plain.iter().any(|it| matches!(it, Event::Text(text) if text.contains("**"))),
                "{source}"
            );
        }
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
