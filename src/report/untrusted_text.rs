//! Texts that try to be more than text, for tests of every form of report.

use super::sample;
use crate::history::analysis::Analysis;
use crate::history::failures::missing_object::MissingObject;
use crate::history::failures::root_cause::root_causes;
use crate::history::quality::coverage::FailedSweep;
use crate::model::Status;
use proptest::prelude::*;

const PIECES: [&str; 60] = [
    "|",
    "\\|",
    "\\",
    "`",
    "``",
    "```",
    "~~~",
    "~~x~~",
    "*",
    "**b**",
    "_",
    "__i__",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "    ",
    "# ",
    "- ",
    "+ ",
    "* ",
    "1. ",
    "12) ",
    "> ",
    "- [ ] ",
    "---",
    "===",
    ":-",
    ":--|",
    "[x](y)",
    "[x]",
    "![a](b)",
    "[^1]",
    "[a]: b",
    "https://example.com/?a=b&c",
    "www.example.com",
    "mailto:a@example.com",
    "a@example.com",
    "<b>",
    "</td>",
    "</script>",
    "<script>alert(1)</script>",
    "<!--",
    "-->",
    "]]>",
    "<?x?>",
    "<https://example.com>",
    "&amp;",
    "&#124;",
    "&",
    "\"",
    "' onload='x",
    "$x$",
    "{{ x }}",
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{a0}",
];

/// Texts of markup fragments and of any characters.
pub(super) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-z表0-9]{1,5}",
    ];
    proptest::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

/// An analysis with this text in every place that comes from outside.
pub(super) fn analysis(text: &str) -> Analysis {
    let mut analysis = sample::rich();
    analysis.job.name = Some(text.to_owned());
    analysis.job.region = Some(text.to_owned());
    analysis.job.id = text.to_owned();
    for table in &mut analysis.tables {
        table.key.object_name = text.to_owned();
        table.key.source_db = text.to_owned();
        table.key.destination_db = format!("{text}2");
    }
    analysis.tables[0].state.status = Some(Status::Other(text.to_owned()));
    for failure in &mut analysis.failures {
        failure.key.object_name = text.to_owned();
        failure.key.source_db = text.to_owned();
        failure.key.object_type = Some(text.to_owned());
        failure.key.parent_name = Some(format!("{text}3"));
        failure.error_message = Some(text.to_owned());
        failure.definition = Some(text.to_owned());
    }
    analysis.root_causes = root_causes(&analysis.failures[..5]);
    for cause in &mut analysis.root_causes {
        cause.codes.push(text.to_owned());
        text.clone_into(&mut cause.message_template);
        let lack = MissingObject {
            error_class: cause.error_class,
            name: text.to_owned(),
            as_written: text.to_owned(),
        };
        cause.missing_objects = vec![lack];
    }
    for change in &mut analysis.transitions {
        change.key.object_name = text.to_owned();
        change.to = Some(Status::Other(text.to_owned()));
        change.error_message = Some(text.to_owned());
    }
    analysis.coverage.failed_sweeps =
        vec![FailedSweep { started_at_ms: sample::START, error: text.to_owned() }];
    analysis
}
