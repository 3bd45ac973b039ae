//! The words of the service: its overview page, and the messages that webhooks receive.

use super::plural::counted;
use super::sentence::{Sentence1, Sentence2};
use crate::history::figures::verdict::JobVerdict;
use crate::report::number::integer;

/// The overview page: all jobs at a glance.
#[derive(Debug)]
pub struct OverviewText {
    /// Heading.
    pub title: &'static str,
    /// Column: the job.
    pub job: &'static str,
    /// Column: its verdict.
    pub verdict: &'static str,
    /// Column: open failures.
    pub failures: &'static str,
    /// Column: the last snapshot.
    pub last: &'static str,
    /// Column: the state of the recording.
    pub recording: &'static str,
    /// A sweep is running.
    pub sweeping: &'static str,
    /// The next sweep is due on schedule.
    pub waiting: &'static str,
    /// The number of sweeps that failed in a row, and the last error.
    pub failing: fn(u32, &str) -> String,
    /// There is no snapshot yet.
    pub never: &'static str,
    /// The service does not answer the page.
    pub lost: &'static str,
}

/// The messages that webhooks receive. Each but the test event follows the name of the job.
#[derive(Debug)]
pub struct NotificationText {
    /// The job and the event.
    pub message: Sentence2,
    /// The name of a job and its id.
    pub job: Sentence2,
    /// The number of objects that failed, and their lines.
    pub failed: fn(usize, &str) -> String,
    /// One of them: database and object, phase, error.
    pub failure: fn(&str, &str, &str) -> String,
    /// The number of failed objects that have no line.
    pub more_failures: fn(usize) -> String,
    /// Nothing has changed since a moment.
    pub stalled: Sentence1,
    /// Something changed after a stall or after the end.
    pub resumed: &'static str,
    /// Something changed after a stall: nothing had changed from, to.
    pub resumed_after_stall: fn(&str, &str) -> String,
    /// A verdict inside a sentence.
    pub verdict: fn(JobVerdict) -> &'static str,
    /// The verdict, finished tables, all tables, failed objects.
    pub finished: fn(&str, usize, usize, usize) -> String,
    /// The number of sweeps that failed in a row, and the last error.
    pub recorder_failing: fn(usize, &str) -> String,
    /// A sweep was complete again.
    pub recovered: &'static str,
    /// The delay was under a limit, in seconds, for a number of minutes.
    pub caught_up: fn(&str, i64) -> String,
    /// The delay and the limit, in seconds.
    pub delay_high: Sentence2,
    /// As `caught_up`, after a high delay.
    pub delay_recovered: fn(&str, i64) -> String,
    /// The moment of a test event.
    pub test: Sentence1,
}

pub(super) const OVERVIEW_EN: OverviewText = OverviewText {
    title: "Migrations",
    job: "Job",
    verdict: "Verdict",
    failures: "Failures",
    last: "Last snapshot",
    recording: "Recording",
    sweeping: "a sweep is in flight",
    waiting: "on schedule",
    failing: |sweeps, error| match sweeps {
        1 => format!("the last sweep failed: {error}"),
        _ => format!("the last {sweeps} sweeps failed: {error}"),
    },
    never: "none yet",
    lost: "The service does not answer; this page shows its last state.",
};

pub(super) const OVERVIEW_ZH: OverviewText = OverviewText {
    title: "迁移任务",
    job: "任务",
    verdict: "结论",
    failures: "失败",
    last: "最近一次快照",
    recording: "采集",
    sweeping: "正在采集",
    waiting: "按计划",
    failing: |sweeps, error| format!("连续失败 {sweeps} 次：{error}"),
    never: "尚无",
    lost: "服务没有响应；本页显示的是最后一次获取的状态。",
};

pub(super) const NOTIFICATION_EN: NotificationText = NotificationText {
    message: |job, event| format!("dts-history: {job} {event}"),
    job: |name, id| format!("{name} ({id})"),
    failed: |count, lines| format!("{} failed{lines}", counted(count, "object", "objects")),
    failure: |object, phase, error| format!("\n- {object} ({phase}): {error}"),
    more_failures: |count| format!("\n- and {} more", integer(count)),
    stalled: |since| format!("stalled: nothing has changed since {since}"),
    resumed: "has resumed",
    resumed_after_stall: |since, until| {
        format!("the stall is over: nothing had changed from {since} to {until}")
    },
    verdict: |verdict| match verdict {
        JobVerdict::Finished => "finished",
        JobVerdict::FinishedWithFailures => "finished with failures",
        JobVerdict::Failed => "failed",
        JobVerdict::InProgress => "in progress",
        JobVerdict::Empty => "empty",
    },
    finished: |verdict, finished, tables, failed| {
        format!("has ended: {verdict}; tables finished {finished} of {tables}, objects failed {failed}")
    },
    recorder_failing: |sweeps, error| {
        format!("cannot be recorded, {} failed in a row: {error}", counted(sweeps, "sweep", "sweeps"))
    },
    recovered: "is recorded again",
    caught_up: |limit, minutes| format!("has caught up: delay under {limit} s for {minutes} min"),
    delay_high: |delay, limit| format!("is behind again: delay {delay} s, over {limit} s"),
    delay_recovered: |limit, minutes| format!("has caught up again: delay under {limit} s for {minutes} min"),
    test: |moment| format!("dts-history: a test event of {moment}; this webhook works"),
};

pub(super) const NOTIFICATION_ZH: NotificationText = NotificationText {
    message: |job, event| format!("dts-history：{job} {event}"),
    job: |name, id| format!("{name}（{id}）"),
    failed: |count, lines| format!("有 {} 个对象失败{lines}", integer(count)),
    failure: |object, phase, error| format!("\n- {object}（{phase}）：{error}"),
    more_failures: |count| format!("\n- 另有 {} 个", integer(count)),
    stalled: |since| format!("已停滞：自 {since} 起没有变化"),
    resumed: "已恢复",
    resumed_after_stall: |since, until| format!("停滞已结束：{since} 至 {until} 期间没有变化"),
    verdict: |verdict| match verdict {
        JobVerdict::Finished => "全部完成",
        JobVerdict::FinishedWithFailures => "完成，但有失败",
        JobVerdict::Failed => "失败",
        JobVerdict::InProgress => "进行中",
        JobVerdict::Empty => "没有对象",
    },
    finished: |verdict, finished, tables, failed| {
        format!("已结束：{verdict}；完成 {finished}/{tables} 张表，失败 {failed} 个对象")
    },
    recorder_failing: |sweeps, error| format!("无法采集，已连续失败 {} 次：{error}", integer(sweeps)),
    recovered: "已恢复采集",
    caught_up: |limit, minutes| format!("已追上：延迟低于 {limit} 秒已持续 {minutes} 分钟"),
    delay_high: |delay, limit| format!("延迟再次增大：{delay} 秒，超过 {limit} 秒"),
    delay_recovered: |limit, minutes| format!("已再次追上：延迟低于 {limit} 秒已持续 {minutes} 分钟"),
    test: |moment| format!("dts-history：{moment} 的测试事件，该 Webhook 可用"),
};
