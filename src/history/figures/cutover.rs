//! The way to the cutover: how far the destination is behind the source, and whether it stays close enough.

use serde::{Serialize, Serializer};

use crate::history::job_status::{JobStatusHistory, JobStatusObservation};
use crate::model::{Engines, JobStatus, serialize_millis, serialize_optional_millis};

/// When a job is ready to be cut over: the delay was at most this for so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CutoverLimits {
    /// The largest delay, in milliseconds.
    pub max_delay_ms: i64,
    /// For how long, in milliseconds.
    pub for_ms: i64,
}

impl CutoverLimits {
    /// Five seconds for ten minutes.
    pub const DEFAULT: Self = Self { max_delay_ms: 5_000, for_ms: 10 * 60_000 };
}

impl Default for CutoverLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Where a job is on the way to the cutover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutoverState {
    /// There is no delay yet.
    NotSynchronizing,
    /// The delay is over the limit, and does not grow.
    CatchingUp,
    /// The delay is over the limit, and grows.
    FallingBehind,
    /// The job retries, failed or is suspended: nothing is applied.
    Interrupted,
    /// The delay is within the limit, but not for long enough.
    CaughtUp,
    /// The delay was within the limit for long enough.
    Ready,
    /// The job has ended.
    Ended,
}

impl CutoverState {
    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSynchronizing => "not_synchronizing",
            Self::CatchingUp => "catching_up",
            Self::FallingBehind => "falling_behind",
            Self::Interrupted => "interrupted",
            Self::CaughtUp => "caught_up",
            Self::Ready => "ready",
            Self::Ended => "ended",
        }
    }
}

impl Serialize for CutoverState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The delay from one moment until the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DelayPoint {
    /// When it was read.
    #[serde(rename = "at", serialize_with = "serialize_millis")]
    pub at_ms: i64,
    /// The delay; `None` if the status gave none.
    pub delay_ms: Option<i64>,
    /// The time up to which the changes of the source were applied.
    #[serde(rename = "checkpoint_at", serialize_with = "serialize_optional_millis")]
    pub checkpoint_at_ms: Option<i64>,
    /// Changes applied per second.
    pub rows_per_second: Option<i64>,
}

/// A time in which the delay was over the limit after it had been within it, or in which nothing was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setback {
    /// When it was first seen.
    #[serde(rename = "from", serialize_with = "serialize_millis")]
    pub from_ms: i64,
    /// When it was first seen to be over; `None` if it is not.
    #[serde(rename = "to", serialize_with = "serialize_optional_millis")]
    pub to_ms: Option<i64>,
    /// Whether the job retried, failed or was suspended in it.
    pub interrupted: bool,
    /// The largest delay in it.
    pub max_delay_ms: Option<i64>,
    /// The error that the job gave.
    pub error_message: Option<String>,
}

/// When the delay is expected to reach the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CatchUpForecast {
    /// By the fastest recent fall.
    #[serde(rename = "early", serialize_with = "serialize_millis")]
    pub early_ms: i64,
    /// By the mean of the recent fall.
    #[serde(rename = "likely", serialize_with = "serialize_millis")]
    pub likely_ms: i64,
    /// By the slowest recent fall; `None` if the delay also rose.
    #[serde(rename = "late", serialize_with = "serialize_optional_millis")]
    pub late_ms: Option<i64>,
}

/// The figures of the way to the cutover.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cutover {
    /// Where the job is.
    pub state: CutoverState,
    /// What it is measured by.
    pub limits: CutoverLimits,
    /// The newest status.
    pub status: JobStatus,
    /// The engines of both ends.
    #[serde(flatten)]
    pub engines: Engines,
    /// When the status was last read.
    #[serde(rename = "last_seen_at", serialize_with = "serialize_millis")]
    pub last_seen_at_ms: i64,
    /// When the delay was first within the limit.
    #[serde(rename = "caught_up_at", serialize_with = "serialize_optional_millis")]
    pub caught_up_at_ms: Option<i64>,
    /// When it was first within the limit for long enough.
    #[serde(rename = "ready_at", serialize_with = "serialize_optional_millis")]
    pub ready_at_ms: Option<i64>,
    /// Since when the delay is within the limit, as far as the status was read often enough to say so.
    #[serde(rename = "low_since", serialize_with = "serialize_optional_millis")]
    pub low_since_ms: Option<i64>,
    /// How fast the delay has fallen of late, in seconds of delay per second: 0 stands still, negative rises.
    pub catch_up_rate: Option<f64>,
    /// When the delay is expected to reach the limit, while it falls and is over it.
    pub forecast: Option<CatchUpForecast>,
    /// Setbacks, by their beginning.
    pub setbacks: Vec<Setback>,
    /// The delay over time; at most [`MAX_POINTS`], the largest delay of each stretch.
    pub points: Vec<DelayPoint>,
    /// Sweeps with which the status could not be read.
    pub failed_requests: u64,
    /// Why it could not be read the last time that this happened.
    pub last_error: Option<String>,
}

/// Limit of the points of the delay over time.
pub const MAX_POINTS: usize = 400;
/// How far back the fall of the delay is looked at.
const TREND_MS: i64 = 10 * 60_000;
/// The least that the status must have been read for a trend.
const MIN_TREND_POINTS: usize = 3;
/// A fall or rise that is slower counts as standing still: a second in a hundred.
const MIN_RATE: f64 = 0.01;
/// A pause of the readings up to this does not interrupt a time of low delay, whatever the limit.
const MIN_PAUSE_MS: i64 = 60_000;

/// The delay of a status that was read at this moment: as given, else the age of the checkpoint.
#[must_use]
pub fn delay_of(status: &JobStatus, read_at_ms: i64) -> Option<i64> {
    status
        .delay_ms
        .or_else(|| status.checkpoint_at_ms.map(|checkpoint_ms| (read_at_ms - checkpoint_ms).max(0)))
}

fn delay_ms(observation: &JobStatusObservation) -> Option<i64> {
    delay_of(&observation.status, observation.observed_at_ms)
}

/// The figures of the status rows up to `to_ms`; setbacks and points from `from_ms` on. `None` if no status was read
/// until then.
#[must_use]
pub fn cutover(
    history: &JobStatusHistory,
    from_ms: i64,
    to_ms: i64,
    limits: CutoverLimits,
) -> Option<Cutover> {
    let kept = history.observations.partition_point(|it| it.observed_at_ms <= to_ms);
    let observations = &history.observations[..kept];
    let newest = observations.last()?;
    let next = history.observations.get(kept).and_then(|it| it.previous_observed_at_ms);
    let last_seen_at_ms =
        next.or(history.last_seen_at_ms).map_or(newest.observed_at_ms, |seen_ms| seen_ms.min(to_ms));
    let low_since_ms = low_since(observations, last_seen_at_ms, limits);
    let is_low = |it: &&JobStatusObservation| is_low(it, limits);
    let catch_up_rate = catch_up_rate(observations);
    let state = state(newest, last_seen_at_ms, low_since_ms, catch_up_rate, limits);
    Some(Cutover {
        state,
        limits,
        status: newest.status.clone(),
        engines: history.engines.clone(),
        last_seen_at_ms,
        caught_up_at_ms: observations.iter().find(is_low).map(|it| it.observed_at_ms),
        ready_at_ms: ready_at(observations, last_seen_at_ms, limits),
        low_since_ms,
        catch_up_rate,
        forecast: match state {
            CutoverState::CatchingUp => forecast(observations, limits),
            _ => None,
        },
        setbacks: setbacks(observations, limits)
            .into_iter()
            .filter(|it| it.to_ms.is_none_or(|end_ms| from_ms <= end_ms))
            .collect(),
        points: points(observations.iter().filter(|it| from_ms <= it.observed_at_ms)),
        failed_requests: history.failed_requests,
        last_error: history.last_error.clone(),
    })
}

fn is_low(observation: &JobStatusObservation, limits: CutoverLimits) -> bool {
    delay_ms(observation).is_some_and(|delay_ms| delay_ms <= limits.max_delay_ms)
        && !observation.status.is_interrupted()
}

fn state(
    newest: &JobStatusObservation,
    last_seen_at_ms: i64,
    low_since_ms: Option<i64>,
    catch_up_rate: Option<f64>,
    limits: CutoverLimits,
) -> CutoverState {
    if newest.status.has_ended() {
        return CutoverState::Ended;
    }
    if delay_ms(newest).is_none() {
        return CutoverState::NotSynchronizing;
    }
    if newest.status.is_interrupted() {
        return CutoverState::Interrupted;
    }
    match low_since_ms {
        Some(since_ms) if limits.for_ms <= last_seen_at_ms - since_ms => CutoverState::Ready,
        Some(_) => CutoverState::CaughtUp,
        None if catch_up_rate.is_some_and(|rate| rate < -MIN_RATE) => CutoverState::FallingBehind,
        None => CutoverState::CatchingUp,
    }
}

/// Since when every status was of a low delay, without a pause of the readings too long to vouch for it.
fn low_since(
    observations: &[JobStatusObservation],
    last_seen_at_ms: i64,
    limits: CutoverLimits,
) -> Option<i64> {
    let max_pause_ms = (limits.for_ms / 2).max(MIN_PAUSE_MS);
    let mut since_ms = None;
    for observation in observations.iter().rev() {
        if !is_low(observation, limits) {
            break;
        }
        since_ms = Some(observation.observed_at_ms);
        let pause_ms =
            observation.previous_observed_at_ms.map(|previous_ms| observation.observed_at_ms - previous_ms);
        if pause_ms.is_none_or(|pause_ms| max_pause_ms < pause_ms) {
            break;
        }
    }
    since_ms.filter(|since_ms| *since_ms <= last_seen_at_ms)
}

/// When the delay was first low for long enough.
fn ready_at(
    observations: &[JobStatusObservation],
    last_seen_at_ms: i64,
    limits: CutoverLimits,
) -> Option<i64> {
    let ends = observations.iter().skip(1).map(|it| it.observed_at_ms).chain([last_seen_at_ms]);
    let mut since_ms = None;
    for (observation, until_ms) in observations.iter().zip(ends) {
        if !is_low(observation, limits) {
            since_ms = None;
            continue;
        }
        let from_ms = *since_ms.get_or_insert(observation.observed_at_ms);
        if limits.for_ms <= until_ms - from_ms {
            return Some(from_ms + limits.for_ms);
        }
    }
    None
}

/// The recent moments with a delay.
fn recent(observations: &[JobStatusObservation]) -> Vec<(i64, i64)> {
    let delays: Vec<(i64, i64)> =
        observations.iter().filter_map(|it| Some((it.observed_at_ms, delay_ms(it)?))).collect();
    let Some((last_ms, _)) = delays.last().copied() else { return Vec::new() };
    let first = delays.partition_point(|(at_ms, _)| *at_ms < last_ms - TREND_MS);
    // A slow schedule still has its last few.
    delays[first.min(delays.len().saturating_sub(MIN_TREND_POINTS))..].to_vec()
}

/// The mean fall of the delay in the recent past.
fn catch_up_rate(observations: &[JobStatusObservation]) -> Option<f64> {
    let recent = recent(observations);
    let ((from_ms, before_ms), (to_ms, after_ms)) = (recent.first()?, recent.last()?);
    (recent.len() >= MIN_TREND_POINTS).then(|| (before_ms - after_ms) as f64 / (to_ms - from_ms) as f64)
}

fn forecast(observations: &[JobStatusObservation], limits: CutoverLimits) -> Option<CatchUpForecast> {
    let recent = recent(observations);
    let (at_ms, delay_ms) = *recent.last()?;
    let mean = catch_up_rate(observations).filter(|rate| MIN_RATE < *rate)?;
    let rates = recent
        .windows(2)
        .filter(|pair| pair[0].0 < pair[1].0)
        .map(|pair| (pair[0].1 - pair[1].1) as f64 / (pair[1].0 - pair[0].0) as f64);
    let (slowest, fastest) =
        rates.fold((mean, mean), |(slow, fast), rate| (f64::min(slow, rate), f64::max(fast, rate)));
    #[expect(clippy::cast_possible_truncation, reason = "rates are over a hundredth")]
    let reached = |rate: f64| at_ms + ((delay_ms - limits.max_delay_ms) as f64 / rate) as i64;
    Some(CatchUpForecast {
        early_ms: reached(fastest),
        likely_ms: reached(mean),
        late_ms: (MIN_RATE < slowest).then(|| reached(slowest)),
    })
}

/// The times of high delay after the first low one, and of interruptions.
fn setbacks(observations: &[JobStatusObservation], limits: CutoverLimits) -> Vec<Setback> {
    let mut setbacks: Vec<Setback> = Vec::new();
    let mut caught_up = false;
    for observation in observations {
        let interrupted = observation.status.is_interrupted();
        let delay_ms = delay_ms(observation);
        let is_high = delay_ms.is_some_and(|delay_ms| limits.max_delay_ms < delay_ms);
        let open = setbacks.last_mut().filter(|it| it.to_ms.is_none());
        match open {
            Some(open) if interrupted || is_high && (caught_up || open.interrupted) => {
                // While the backlog of the copy is applied, the delay is high before and after an interruption.
                if !caught_up && !interrupted {
                    open.to_ms = Some(observation.observed_at_ms);
                    continue;
                }
                open.interrupted |= interrupted;
                open.max_delay_ms = open.max_delay_ms.max(delay_ms);
                if open.error_message.is_none() {
                    open.error_message.clone_from(&observation.status.error_message);
                }
            }
            Some(open) => open.to_ms = Some(observation.observed_at_ms),
            None if interrupted || is_high && caught_up => setbacks.push(Setback {
                from_ms: observation.observed_at_ms,
                to_ms: None,
                interrupted,
                max_delay_ms: delay_ms,
                error_message: observation.status.error_message.clone(),
            }),
            None => {}
        }
        caught_up |= is_low(observation, limits);
    }
    setbacks
}

/// At most [`MAX_POINTS`] points: of each stretch of equal time the one with the largest delay, and the last one.
fn points<'a>(observations: impl Iterator<Item = &'a JobStatusObservation>) -> Vec<DelayPoint> {
    let all: Vec<DelayPoint> = observations
        .filter(|it| delay_ms(it).is_some())
        .map(|it| DelayPoint {
            at_ms: it.observed_at_ms,
            delay_ms: delay_ms(it),
            checkpoint_at_ms: it.status.checkpoint_at_ms,
            rows_per_second: it.status.rows_per_second,
        })
        .collect();
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return all };
    if all.len() <= MAX_POINTS {
        return all;
    }
    let stretches = i64::try_from(MAX_POINTS - 1).unwrap_or(i64::MAX);
    let stretch_ms = (last.at_ms - first.at_ms) / stretches + 1;
    let mut points: Vec<DelayPoint> = Vec::with_capacity(MAX_POINTS);
    for point in &all {
        let stretch = |it: &DelayPoint| (it.at_ms - first.at_ms) / stretch_ms;
        match points.last_mut().filter(|kept| stretch(kept) == stretch(point)) {
            Some(kept) if kept.delay_ms < point.delay_ms => *kept = *point,
            Some(_) => {}
            None => points.push(*point),
        }
    }
    if points.last() != Some(last) {
        points.pop();
        points.push(*last);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_MS: i64 = 1_000;
    const LIMITS: CutoverLimits = CutoverLimits { max_delay_ms: 5_000, for_ms: 60_000 };

    /// A status every ten seconds with these delays in seconds.
    fn history(delays: &[i64]) -> JobStatusHistory {
        statuses(delays.iter().map(|delay| (Some(*delay), false)))
    }

    fn statuses(of: impl Iterator<Item = (Option<i64>, bool)>) -> JobStatusHistory {
        let observations: Vec<_> = (0..)
            .zip(of)
            .map(|(index, (delay, retrying))| JobStatusObservation {
                snapshot_id: None,
                observed_at_ms: index * 10 * SECOND_MS,
                previous_observed_at_ms: (index > 0).then_some((index - 1) * 10 * SECOND_MS),
                status: JobStatus {
                    status: Some("synchronizing".to_owned()),
                    delay_ms: delay.map(|delay| delay * SECOND_MS),
                    retrying: Some(retrying),
                    error_message: retrying.then(|| "DTS-71016".to_owned()),
                    ..JobStatus::default()
                },
            })
            .collect();
        let last_seen_at_ms = observations.last().map(|it| it.observed_at_ms);
        JobStatusHistory { observations, last_seen_at_ms, ..JobStatusHistory::default() }
    }

    fn figures(history: &JobStatusHistory) -> Cutover {
        cutover(history, i64::MIN, i64::MAX, LIMITS).unwrap()
    }

    #[test]
    fn without_a_status_there_are_no_figures() {
        assert_eq!(cutover(&JobStatusHistory::default(), i64::MIN, i64::MAX, LIMITS), None);
        let none = figures(&statuses([(None, false)].into_iter()));
        assert_eq!((none.state, none.points.len()), (CutoverState::NotSynchronizing, 0));
    }

    #[test]
    fn a_falling_delay_is_forecast_with_its_range() {
        // It falls by 20, 10 and 30 s in 10 s each.
        let falling = figures(&history(&[125, 105, 95, 65]));
        assert_eq!((falling.state, falling.catch_up_rate), (CutoverState::CatchingUp, Some(2.0)));
        let forecast = falling.forecast.unwrap();
        assert_eq!((forecast.early_ms, forecast.likely_ms, forecast.late_ms), (50_000, 60_000, Some(90_000)));
        let uneven = figures(&history(&[125, 95, 105, 65]));
        assert_eq!(uneven.forecast.unwrap().late_ms, None, "it also rose");
        let rising = figures(&history(&[10, 20, 30]));
        assert_eq!((rising.state, rising.forecast), (CutoverState::FallingBehind, None));
        let still = figures(&history(&[30, 30, 30]));
        assert_eq!((still.state, still.forecast), (CutoverState::CatchingUp, None));
        assert_eq!(figures(&history(&[90, 40])).catch_up_rate, None, "two readings are no trend");
    }

    #[test]
    fn a_low_delay_counts_once_it_has_lasted() {
        let low = figures(&history(&[60, 3, 4, 2, 5, 1, 2]));
        assert_eq!((low.state, low.low_since_ms), (CutoverState::CaughtUp, Some(10_000)));
        let ready = figures(&history(&[60, 3, 4, 2, 5, 1, 2, 1]));
        assert_eq!((ready.state, ready.caught_up_at_ms), (CutoverState::Ready, Some(10_000)));
        assert_eq!((low.ready_at_ms, ready.ready_at_ms), (None, Some(70_000)));
        // A reading that did not change has no row, but was seen.
        let mut unchanged = history(&[60, 3]);
        unchanged.last_seen_at_ms = Some(70_000);
        assert_eq!(figures(&unchanged).state, CutoverState::Ready);
        // Nobody looked for longer than can be vouched for.
        let mut paused = history(&[3, 3, 3]);
        paused.observations[2].observed_at_ms = 200_000;
        paused.last_seen_at_ms = Some(200_000);
        assert_eq!(
            (figures(&paused).state, figures(&paused).low_since_ms),
            (CutoverState::CaughtUp, Some(200_000))
        );
    }

    #[test]
    fn setbacks_are_high_delays_after_low_ones_and_interruptions() {
        let retry = statuses(
            [
                (90, false),
                (80, true),
                (95, true),
                (60, false),
                (2, false),
                (40, false),
                (70, true),
                (3, false),
                (9, false),
            ]
            .into_iter()
            .map(|(delay, retrying)| (Some(delay), retrying)),
        );
        let told: Vec<_> = figures(&retry)
            .setbacks
            .iter()
            .map(|it| (it.from_ms / 1000, it.to_ms.map(|ms| ms / 1000), it.interrupted, it.max_delay_ms))
            .collect();
        assert_eq!(
            told,
            [
                (10, Some(30), true, Some(95_000)),
                (50, Some(70), true, Some(70_000)),
                (80, None, false, Some(9_000))
            ]
        );
        assert_eq!(figures(&retry).setbacks[0].error_message.as_deref(), Some("DTS-71016"));
        let interrupted = statuses([(Some(2), false), (Some(3), true)].into_iter());
        assert_eq!(figures(&interrupted).state, CutoverState::Interrupted);
    }

    #[test]
    fn the_checkpoint_stands_in_for_a_delay_that_is_not_given() {
        let mut history = history(&[0]);
        history.observations[0].status.delay_ms = None;
        history.observations[0].status.checkpoint_at_ms = Some(-7_000);
        assert_eq!(figures(&history).points[0].delay_ms, Some(7_000));
        history.observations[0].status.checkpoint_at_ms = Some(9_000);
        assert_eq!(
            figures(&history).points[0].delay_ms,
            Some(0),
            "a clock that is ahead gives no negative delay"
        );
    }

    #[test]
    fn a_window_ends_the_figures_and_long_histories_keep_their_peaks() {
        let long =
            history(&(0..5_000).map(|index| if index == 777 { 900 } else { index % 3 }).collect::<Vec<_>>());
        let all = figures(&long);
        assert!(all.points.len() <= MAX_POINTS, "{}", all.points.len());
        assert!(all.points.iter().any(|it| it.delay_ms == Some(900_000)));
        assert_eq!(all.points.last().map(|it| it.at_ms), Some(49_990_000));
        let early = cutover(&long, i64::MIN, 7_770_000, LIMITS).unwrap();
        assert_eq!((early.state, early.last_seen_at_ms), (CutoverState::FallingBehind, 7_770_000));
        assert_eq!(cutover(&long, i64::MIN, -1, LIMITS), None);
    }
}
