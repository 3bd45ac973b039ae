//! Words about the way to the cutover: the delay of the destination, and whether it is low enough.

use super::sentence::{CountSentence1, Sentence1, Sentence2};
use crate::history::figures::cutover::CutoverState;
use crate::report::number::integer;

/// Words of the section.
#[derive(Debug)]
pub struct CutoverText {
    /// Heading of the section, and of its picture.
    pub heading: &'static str,
    /// What the figures are.
    pub note: &'static str,
    /// The name of a state.
    pub state_name: fn(CutoverState) -> &'static str,
    /// The verdict in place of "finished" once changes are applied; `None` leaves it.
    pub verdict: fn(CutoverState) -> Option<&'static str>,
    /// The delay is under the limit, for how long.
    pub ready: Sentence2,
    /// The same of a job with failed objects, which is not ready.
    pub low_delay: Sentence2,
    /// The delay is within the limit since a duration, and must be for another one.
    pub caught_up: fn(&str, &str, &str) -> String,
    /// The delay, and how fast it falls.
    pub catching_up: Sentence2,
    /// The delay, and that it does not fall.
    pub standing_still: Sentence1,
    /// The delay, and how fast it grows.
    pub falling_behind: Sentence2,
    /// Nothing is applied; the error.
    pub interrupted: Sentence2,
    /// The error is not known.
    pub no_error: &'static str,
    /// There is no delay yet.
    pub not_synchronizing: &'static str,
    /// The job has ended.
    pub ended: &'static str,
    /// The limit is reached between two moments.
    pub forecast: fn(&str, &str, &str) -> String,
    /// The limit is reached at a moment at the earliest.
    pub forecast_open: Sentence2,
    /// The status was last read then.
    pub as_of: Sentence1,
    /// The status could not be read with some sweeps; the last error.
    pub failed_requests: fn(usize, &str) -> String,
    /// Seconds of delay per second.
    pub rate: Sentence1,
    /// Label: the status of the job.
    pub status: &'static str,
    /// Label: the delay.
    pub delay: &'static str,
    /// Label: the checkpoint.
    pub checkpoint: &'static str,
    /// Label: changes applied.
    pub applied: &'static str,
    /// A rate of changes.
    pub changes_per_second: Sentence1,
    /// Label: both engines.
    pub engines: &'static str,
    /// Source and destination engine.
    pub engines_value: Sentence2,
    /// Heading of the table of setbacks.
    pub setbacks: &'static str,
    /// Column: what it was.
    pub setback: &'static str,
    /// An interruption.
    pub interruption: &'static str,
    /// A high delay.
    pub high_delay: &'static str,
    /// Column: when.
    pub when: &'static str,
    /// Column: how long.
    pub duration: &'static str,
    /// Column: the largest delay.
    pub max_delay: &'static str,
    /// Column: the error.
    pub error: &'static str,
    /// It lasts: the beginning.
    pub since: Sentence1,
    /// How many more setbacks there are.
    pub more_setbacks: CountSentence1,
    /// Picture: the largest delay, and from when to when.
    pub desc: fn(&str, &str, &str) -> String,
    /// Axis: the delay in seconds.
    pub delay_seconds: &'static str,
    /// Axis: the delay in minutes.
    pub delay_minutes: &'static str,
    /// Axis: the delay in hours.
    pub delay_hours: &'static str,
    /// Axis: how far the checkpoint moves for each second of the clock.
    pub checkpoint_speed: &'static str,
    /// A mark: when, the delay, the checkpoint's speed.
    pub mark: fn(&str, &str, &str) -> String,
}

/// English.
pub(super) const EN: CutoverText = CutoverText {
    heading: "The way to the cutover",
    note: "The delay is how far the destination is behind the source. Below it stands how far the checkpoint, the time up to which changes are applied, moves for each second of the clock: 1 keeps pace, more catches up, 0 applies nothing.",
    state_name: |state| match state {
        CutoverState::NotSynchronizing => "no changes applied yet",
        CutoverState::CatchingUp => "catching up",
        CutoverState::FallingBehind => "falling behind",
        CutoverState::Interrupted => "interrupted",
        CutoverState::CaughtUp => "caught up",
        CutoverState::Ready => "ready to cut over",
        CutoverState::Ended => "ended",
    },
    verdict: |state| match state {
        CutoverState::CatchingUp => Some("Initialized, catching up"),
        CutoverState::FallingBehind => Some("Initialized, falling behind"),
        CutoverState::Interrupted => Some("Initialized, interrupted"),
        CutoverState::CaughtUp => Some("Initialized, caught up"),
        CutoverState::Ready => Some("Ready to cut over"),
        CutoverState::NotSynchronizing | CutoverState::Ended => None,
    },
    ready: |limit, lasted| format!("Ready to cut over: delay under {limit} for {lasted}."),
    low_delay: |limit, lasted| format!("Delay under {limit} for {lasted}."),
    caught_up: |limit, lasted, wanted| {
        format!("Delay under {limit} for {lasted}; {wanted} are needed for the cutover.")
    },
    catching_up: |delay, rate| format!("Catching up: {delay} behind, and the delay falls by {rate}."),
    standing_still: |delay| format!("Catching up: {delay} behind; the delay does not fall yet."),
    falling_behind: |delay, rate| format!("Falling behind: {delay} behind, and the delay grows by {rate}."),
    interrupted: |delay, error| format!("Interrupted: {delay} behind, and nothing is applied ({error})."),
    no_error: "no error is given",
    not_synchronizing: "No delay is known yet: changes are applied after the copy.",
    ended: "The job has ended: no more changes are applied.",
    forecast: |limit, likely, range| format!("Under {limit} at about {likely} ({range})."),
    forecast_open: |limit, early| format!("Under {limit} not before {early}."),
    as_of: |moment| format!("status of {moment}"),
    failed_requests: |sweeps, error| {
        format!(
            "The status could not be read with {} sweeps, the last time because: {error}",
            integer(sweeps)
        )
    },
    rate: |seconds| format!("{seconds} s per second"),
    status: "Status of the job",
    delay: "Delay",
    checkpoint: "Checkpoint",
    applied: "Changes applied",
    changes_per_second: |rate| format!("{rate} per second"),
    engines: "Engines",
    engines_value: |source, destination| format!("{source} → {destination}"),
    setbacks: "Interruptions and high delays",
    setback: "Setback",
    interruption: "interruption",
    high_delay: "high delay",
    when: "When",
    duration: "Time",
    max_delay: "Largest delay",
    error: "Error",
    since: |moment| format!("since {moment}"),
    more_setbacks: |count| format!("And {} more, in the view job_history.", integer(count)),
    desc: |delay, from, to| {
        format!("Delay from {from} to {to}, at most {delay}, and the speed of the checkpoint.")
    },
    delay_seconds: "Delay, seconds",
    delay_minutes: "Delay, minutes",
    delay_hours: "Delay, hours",
    checkpoint_speed: "Checkpoint, seconds per second",
    mark: |when, delay, speed| format!("{when}: {delay} behind, checkpoint {speed} s per second"),
};

/// 简体中文。
pub(super) const ZH: CutoverText = CutoverText {
    heading: "割接进度",
    note: "延迟是目标端落后源端的时间。下图为位点（已应用的变更所在时间点）相对时钟的推进速度：1 表示同步推进，大于 1 表示正在追赶，0 表示没有应用变更。",
    state_name: |state| match state {
        CutoverState::NotSynchronizing => "尚未应用变更",
        CutoverState::CatchingUp => "追赶中",
        CutoverState::FallingBehind => "延迟增大",
        CutoverState::Interrupted => "中断",
        CutoverState::CaughtUp => "已追上",
        CutoverState::Ready => "可以割接",
        CutoverState::Ended => "已结束",
    },
    verdict: |state| match state {
        CutoverState::CatchingUp => Some("初始化完成，追赶中"),
        CutoverState::FallingBehind => Some("初始化完成，延迟增大"),
        CutoverState::Interrupted => Some("初始化完成，已中断"),
        CutoverState::CaughtUp => Some("初始化完成，已追上"),
        CutoverState::Ready => Some("可以割接"),
        CutoverState::NotSynchronizing | CutoverState::Ended => None,
    },
    ready: |limit, lasted| format!("可以割接：延迟低于 {limit} 已持续 {lasted}。"),
    low_delay: |limit, lasted| format!("延迟低于 {limit} 已持续 {lasted}。"),
    caught_up: |limit, lasted, wanted| format!("延迟低于 {limit} 已持续 {lasted}；割接需要持续 {wanted}。"),
    catching_up: |delay, rate| format!("追赶中：落后 {delay}，延迟每秒减少 {rate}。"),
    standing_still: |delay| format!("追赶中：落后 {delay}，延迟尚未减少。"),
    falling_behind: |delay, rate| format!("延迟增大：落后 {delay}，延迟每秒增加 {rate}。"),
    interrupted: |delay, error| format!("中断：落后 {delay}，没有应用变更（{error}）。"),
    no_error: "未给出错误",
    not_synchronizing: "尚无延迟数据：复制完成后才开始应用变更。",
    ended: "任务已结束：不再应用变更。",
    forecast: |limit, likely, range| format!("预计 {likely} 左右低于 {limit}（{range}）。"),
    forecast_open: |limit, early| format!("不早于 {early} 低于 {limit}。"),
    as_of: |moment| format!("{moment} 的状态"),
    failed_requests: |sweeps, error| {
        format!("有 {} 次采集未能读取任务状态，最近一次的原因：{error}", integer(sweeps))
    },
    rate: |seconds| format!("{seconds} 秒"),
    status: "任务状态",
    delay: "延迟",
    checkpoint: "位点",
    applied: "应用变更",
    changes_per_second: |rate| format!("每秒 {rate} 条"),
    engines: "引擎",
    engines_value: |source, destination| format!("{source} → {destination}"),
    setbacks: "中断与高延迟",
    setback: "事件",
    interruption: "中断",
    high_delay: "高延迟",
    when: "时间",
    duration: "时长",
    max_delay: "最大延迟",
    error: "错误",
    since: |moment| format!("自 {moment} 起"),
    more_setbacks: |count| format!("另有 {} 次，见视图 job_history。", integer(count)),
    desc: |delay, from, to| format!("{from} 至 {to} 的延迟（最大 {delay}）与位点推进速度。"),
    delay_seconds: "延迟（秒）",
    delay_minutes: "延迟（分钟）",
    delay_hours: "延迟（小时）",
    checkpoint_speed: "位点推进（秒/秒）",
    mark: |when, delay, speed| format!("{when}：落后 {delay}，位点每秒推进 {speed} 秒"),
};
