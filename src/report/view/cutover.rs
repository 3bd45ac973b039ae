//! The way to the cutover: the state in sentences, the facts behind it, and the setbacks.

use super::visible_text::sanitize;
use crate::history::figures::cutover::{
    CatchUpForecast, Cutover as Figures, CutoverState, Setback, delay_of,
};
use crate::report::format::{Formatter, truncate_chars};
use crate::report::number::{DASH, decimal, integer};

/// Setbacks that a report lists, the newest ones.
const MAX_SETBACKS: usize = 20;
/// Limit of an error in a cell or a sentence, in characters.
const MAX_ERROR_CHARS: usize = 200;

/// The section.
#[derive(Debug, PartialEq, Eq)]
pub struct Cutover {
    /// The state, and when it is expected to change.
    pub sentences: Vec<String>,
    /// Labels and values.
    pub facts: Vec<(&'static str, String)>,
    /// The newest setbacks, by their beginning.
    pub setbacks: Vec<SetbackRow>,
    /// How many more there are.
    pub more_setbacks: Option<String>,
}

/// One setback.
#[derive(Debug, PartialEq, Eq)]
pub struct SetbackRow {
    /// An interruption or a high delay.
    pub what: &'static str,
    /// From when to when.
    pub when: String,
    /// How long.
    pub duration: String,
    /// The largest delay in it.
    pub max_delay: String,
    /// The error.
    pub error: String,
}

/// The section of these figures. A job with failed objects is not ready, however low its delay.
#[must_use]
pub fn cutover(figures: &Figures, has_failures: bool, format: &Formatter) -> Cutover {
    let text = &format.text.cutover;
    let mut sentences = vec![state_sentence(figures, has_failures, format)];
    sentences.extend(figures.forecast.map(|it| forecast_sentence(it, figures, format)));
    if let Some(error) = &figures.last_error {
        let sweeps = usize::try_from(figures.failed_requests).unwrap_or(usize::MAX);
        sentences.push((text.failed_requests)(sweeps, &short(error)));
    }
    let first = figures.setbacks.len().saturating_sub(MAX_SETBACKS);
    Cutover {
        sentences,
        facts: facts(figures, format),
        setbacks: figures.setbacks[first..].iter().map(|it| setback_row(it, figures, format)).collect(),
        more_setbacks: (first > 0).then(|| (text.more_setbacks)(first)),
    }
}

/// The state with its reason, in one sentence.
#[must_use]
pub fn state_sentence(figures: &Figures, has_failures: bool, format: &Formatter) -> String {
    let text = &format.text.cutover;
    let limit = format.duration(figures.limits.max_delay_ms);
    let delay = delay(figures, format);
    let low_for_ms = figures.low_since_ms.map_or(0, |since_ms| figures.last_seen_at_ms - since_ms);
    let rate = |rate: f64| (text.rate)(&decimal(rate.abs()));
    match (figures.state, figures.catch_up_rate) {
        (CutoverState::Ready, _) if has_failures => (text.low_delay)(&limit, &format.duration(low_for_ms)),
        (CutoverState::Ready, _) => (text.ready)(&limit, &format.duration(low_for_ms)),
        (CutoverState::CaughtUp, _) => {
            (text.caught_up)(&limit, &format.duration(low_for_ms), &format.duration(figures.limits.for_ms))
        }
        (CutoverState::CatchingUp, Some(fall)) if figures.forecast.is_some() => {
            (text.catching_up)(&delay, &rate(fall))
        }
        (CutoverState::CatchingUp, _) => (text.standing_still)(&delay),
        (CutoverState::FallingBehind, fall) => (text.falling_behind)(&delay, &rate(fall.unwrap_or_default())),
        (CutoverState::Interrupted, _) => {
            let error = figures.status.error_message.as_deref().map(short);
            (text.interrupted)(&delay, error.as_deref().unwrap_or(text.no_error))
        }
        (CutoverState::NotSynchronizing, _) => text.not_synchronizing.to_owned(),
        (CutoverState::Ended, _) => text.ended.to_owned(),
    }
}

fn forecast_sentence(forecast: CatchUpForecast, figures: &Figures, format: &Formatter) -> String {
    let text = &format.text.cutover;
    let limit = format.duration(figures.limits.max_delay_ms);
    match forecast.late_ms {
        Some(late_ms) => (text.forecast)(
            &limit,
            &format.moment(forecast.likely_ms),
            &format.span(forecast.early_ms, late_ms),
        ),
        None => (text.forecast_open)(&limit, &format.moment(forecast.early_ms)),
    }
}

/// The delay, or a dash before there is one.
pub(super) fn delay(figures: &Figures, format: &Formatter) -> String {
    match delay_of(&figures.status, figures.last_seen_at_ms) {
        Some(delay_ms) => format.duration(delay_ms),
        None => DASH.to_owned(),
    }
}

fn facts(figures: &Figures, format: &Formatter) -> Vec<(&'static str, String)> {
    let text = &format.text.cutover;
    let status = &figures.status;
    let mut facts = Vec::new();
    facts.extend(status.status.as_deref().map(|word| (text.status, sanitize(word))));
    facts.push((text.delay, delay(figures, format)));
    facts.extend(status.checkpoint_at_ms.map(|at_ms| (text.checkpoint, format.moment(at_ms))));
    facts
        .extend(status.rows_per_second.map(|rate| (text.applied, (text.changes_per_second)(&integer(rate)))));
    if let (Some(source), Some(destination)) = (&figures.engines.source, &figures.engines.destination) {
        facts.push((text.engines, (text.engines_value)(&sanitize(source), &sanitize(destination))));
    }
    facts
}

fn setback_row(setback: &Setback, figures: &Figures, format: &Formatter) -> SetbackRow {
    let text = &format.text.cutover;
    let until_ms = setback.to_ms.unwrap_or(figures.last_seen_at_ms);
    SetbackRow {
        what: if setback.interrupted { text.interruption } else { text.high_delay },
        when: match setback.to_ms {
            Some(to_ms) => format.span(setback.from_ms, to_ms),
            None => (text.since)(&format.moment(setback.from_ms)),
        },
        duration: format.duration(until_ms - setback.from_ms),
        max_delay: setback.max_delay_ms.map_or_else(|| DASH.to_owned(), |delay_ms| format.duration(delay_ms)),
        error: setback.error_message.as_deref().map_or_else(|| DASH.to_owned(), short),
    }
}

fn short(error: &str) -> String {
    truncate_chars(&sanitize(error).replace('\n', " "), MAX_ERROR_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::text::Language;

    fn english() -> Formatter {
        Formatter::new(Language::En, chrono_tz::UTC)
    }

    #[test]
    fn each_state_has_its_sentence() {
        let mut figures = sample::cutover();
        for (state, begins) in [
            (CutoverState::Ready, "Ready to cut over: delay under 5 s for 10 min"),
            (CutoverState::CaughtUp, "Delay under 5 s for 10 min; 10 min are needed"),
            (CutoverState::CatchingUp, "Catching up: < 1 s behind; the delay does not fall yet."),
            (CutoverState::FallingBehind, "Falling behind: < 1 s behind, and the delay grows by"),
            (
                CutoverState::Interrupted,
                "Interrupted: < 1 s behind, and nothing is applied (no error is given).",
            ),
            (CutoverState::NotSynchronizing, "No delay is known yet"),
            (CutoverState::Ended, "The job has ended"),
        ] {
            figures.state = state;
            let sentence = state_sentence(&figures, false, &english());
            assert!(sentence.starts_with(begins), "{sentence}");
        }
        figures.state = CutoverState::Ready;
        assert_eq!(state_sentence(&figures, true, &english()), "Delay under 5 s for 10 min.");
    }

    #[test]
    fn setbacks_and_facts_are_cells() {
        let section = cutover(&sample::cutover(), false, &english());
        assert_eq!(section.setbacks.len(), 2);
        assert_eq!((section.setbacks[0].what, section.setbacks[1].what), ("high delay", "interruption"));
        assert_eq!(section.setbacks[1].error, "DTS-71016: Communications link failure");
        let labels: Vec<_> = section.facts.iter().map(|(label, _)| *label).collect();
        assert_eq!(labels, ["Status of the job", "Delay", "Checkpoint", "Changes applied", "Engines"]);
        assert_eq!(section.facts[4].1, "MySQL → PolarDB");
    }
}
