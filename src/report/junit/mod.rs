//! JUnit XML for pipelines: one test case an object. Failures carry the message and the definition, objects that have
//! not ended are skipped.
//!
//! The elements and attributes are those of the schema of Jenkins' xUnit plugin (`junit-10.xsd`), which GitLab reads
//! too. A template writes them: the crates for this format hold the whole document as a tree.

use std::io;

use super::view::visible_text::sanitize;
use crate::history::analysis::Analysis;
use crate::history::failures::error_message::parse_message;
use crate::history::figures::times::DurationRange;
use crate::model::{ObjectKey, ObjectState, Phase, Status, Timestamp};
use askama::Template;

#[derive(Template)]
#[template(path = "junit.xml")]
struct Document {
    name: String,
    tests: usize,
    failures: usize,
    /// Without a zone, as the format has it: UTC.
    timestamp: Option<String>,
    suites: Vec<TestSuite>,
}

/// The objects of one phase.
struct TestSuite {
    name: &'static str,
    failures: usize,
    skipped: usize,
    cases: Vec<TestCase>,
}

/// One object.
struct TestCase {
    class_name: String,
    name: String,
    /// The time that it took at least; 0 if that is not known.
    seconds: String,
    error_class: &'static str,
    outcome: CaseOutcome,
}

enum CaseOutcome {
    Passed,
    /// The error, and the definition if there is one.
    Failed(String, Option<String>),
    /// The status instead of an end.
    Skipped(String),
}

/// Writes the objects of a job as test cases.
pub(super) fn write(out: &mut impl io::Write, analysis: &Analysis) -> io::Result<()> {
    let suites: Vec<_> = Phase::ALL.into_iter().map(|phase| test_suite(phase, analysis)).collect();
    let suites: Vec<_> = suites.into_iter().filter(|suite| !suite.cases.is_empty()).collect();
    let document = Document {
        name: xml_text(analysis.job.name.as_ref().unwrap_or(&analysis.job.id)),
        tests: suites.iter().map(|suite| suite.cases.len()).sum(),
        failures: suites.iter().map(|suite| suite.failures).sum(),
        timestamp: analysis.as_of_ms.map(|at_ms| {
            let moment = Timestamp::from_millis(at_ms).to_string();
            moment.get(..19).unwrap_or(&moment).to_owned()
        }),
        suites,
    };
    document.write_into(out)?;
    out.write_all(b"\n")
}

fn test_suite(phase: Phase, analysis: &Analysis) -> TestSuite {
    let cases: Vec<TestCase> = if phase == Phase::Data {
        analysis.tables.iter().map(|it| test_case(&it.key, &it.state, it.duration, analysis)).collect()
    } else {
        let objects = analysis.objects.iter().filter(|it| it.key.phase == phase);
        objects.map(|it| test_case(&it.key, &it.state, None, analysis)).collect()
    };
    TestSuite {
        name: phase.as_str(),
        failures: cases.iter().filter(|it| matches!(it.outcome, CaseOutcome::Failed(..))).count(),
        skipped: cases.iter().filter(|it| matches!(it.outcome, CaseOutcome::Skipped(_))).count(),
        cases,
    }
}

fn test_case(
    key: &ObjectKey,
    state: &ObjectState,
    duration: Option<DurationRange>,
    analysis: &Analysis,
) -> TestCase {
    let outcome = match &state.status {
        Some(Status::Finished) => CaseOutcome::Passed,
        Some(Status::Failed) => CaseOutcome::Failed(
            xml_text(state.error_message.as_deref().unwrap_or("DTS gave no error message")),
            state.definition.as_deref().map(xml_text),
        ),
        Some(status) => CaseOutcome::Skipped(xml_text(status.as_str())),
        None => CaseOutcome::Skipped("no status".to_owned()),
    };
    let milliseconds = duration.map_or(0, |range| range.min_ms);
    TestCase {
        class_name: class_name(key, analysis),
        name: case_name(key, state),
        seconds: format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000),
        error_class: parse_message(state.error_message.as_deref().unwrap_or_default(), &[])
            .error_class
            .as_str(),
        outcome,
    }
}

/// Job, phase and databases, separated by dots: readers make a tree of them.
fn class_name(key: &ObjectKey, analysis: &Analysis) -> String {
    let databases = if key.source_db == key.destination_db || key.source_db.is_empty() {
        key.destination_db.clone()
    } else {
        format!("{} → {}", key.source_db, key.destination_db)
    };
    xml_text(&format!("{}.{}.{databases}", analysis.job.id, key.phase.as_str()))
}

/// The type and name of an object; of a constraint, which has its table's name, also the start of its definition.
fn case_name(key: &ObjectKey, state: &ObjectState) -> String {
    /// The start of a definition that tells the constraints of a table apart.
    const MAX_DEFINITION_CHARS: usize = 120;
    let kind = match (key.phase, key.object_type.as_deref()) {
        (Phase::Constraint, _) => "Constraint",
        (_, Some(word)) if !word.is_empty() => word,
        _ => "Table",
    };
    let mut name = format!("{kind} {}", key.object_name);
    if let (Phase::Constraint, Some(definition)) = (key.phase, &state.definition) {
        let line = definition.split_whitespace().collect::<Vec<_>>().join(" ");
        name.extend([": ".to_owned(), super::format::truncate_chars(&line, MAX_DEFINITION_CHARS)]);
    }
    xml_text(&name)
}

/// Text from outside as XML can hold it: visible signs for control characters, and none of the two code points that
/// are no characters.
fn xml_text(text: &str) -> String {
    sanitize(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests;
