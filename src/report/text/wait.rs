//! The words of `wait`.

use super::plural::counted;
use super::sentence::{Sentence1, Sentence2};
use crate::report::number::integer;

/// Words of the command `wait`.
#[derive(Debug)]
pub struct WaitText {
    /// A line of progress: the time, the job, and how far it is.
    pub line: fn(&str, &str, &str) -> String,
    /// The progress of a job: the verdict, finished tables, all tables, the percentage of the rows, open failures.
    pub progress: fn(&str, usize, usize, &str, usize) -> String,
    /// The job has no complete snapshot yet.
    pub no_snapshot: &'static str,
    /// Nothing was recorded for a time: the time.
    pub not_recorded: Sentence1,
    /// The milestones `structure`, `data` and `ended`, reached.
    pub reached: [&'static str; 3],
    /// Open failures, and the limit.
    pub too_many_failures: fn(usize, usize) -> String,
    /// The delay, if it is known, and the limit.
    pub delay_too_long: fn(Option<&str>, &str) -> String,
    /// The job failed before it reached the milestone.
    pub failed_before: &'static str,
    /// The time is up: the given time.
    pub time_is_up: Sentence1,
    /// A sweep failed: the error.
    pub sweep_failed: Sentence1,
    /// A result: the job and the result.
    pub result: Sentence2,
}

pub(super) const EN: WaitText = WaitText {
    line: |at, job, progress| format!("{at} {job}: {progress}"),
    progress: |verdict, finished, tables, percent, failures| {
        let failures = match failures {
            0 => String::new(),
            failures => format!(", {}", counted(failures, "failure", "failures")),
        };
        format!("{verdict}, tables {} of {}, rows {percent}{failures}", integer(finished), integer(tables))
    },
    no_snapshot: "no complete snapshot yet",
    not_recorded: |age| {
        format!("the last complete snapshot is {age} old: check the recorder, or record here with --collect")
    },
    reached: ["the structure migration has ended", "the data migration has ended", "the migration has ended"],
    too_many_failures: |failures, max| {
        let failures = counted(failures, "failure", "failures");
        format!("{failures}, more than the limit of {}: see `dts-history failures`", integer(max))
    },
    delay_too_long: |delay, max| match delay {
        Some(delay) => format!("the delay is {delay}, longer than the limit of {max}"),
        None => format!(
            "the delay is not known, so that the limit of {max} cannot be checked: record with `follow`"
        ),
    },
    failed_before: "the job has failed, and what it was waited for does not come: see `dts-history failures`",
    time_is_up: |time| format!("not within {time}"),
    sweep_failed: |error| format!("the sweep failed: {error}"),
    result: |job, result| format!("{job}: {result}"),
};

pub(super) const ZH: WaitText = WaitText {
    line: |at, job, progress| format!("{at} {job}：{progress}"),
    progress: |verdict, finished, tables, percent, failures| {
        let failures = match failures {
            0 => String::new(),
            failures => format!("，{} 个失败", integer(failures)),
        };
        format!("{verdict}，已完成表 {}/{}，行数 {percent}{failures}", integer(finished), integer(tables))
    },
    no_snapshot: "尚无完整快照",
    not_recorded: |age| format!("最近一次完整快照是 {age}前的：请检查采集进程，或使用 --collect 在此采集"),
    reached: ["结构迁移已结束", "全量数据迁移已结束", "迁移已结束"],
    too_many_failures: |failures, max| {
        format!("{} 个失败，超过上限 {}：请查看 `dts-history failures`", integer(failures), integer(max))
    },
    delay_too_long: |delay, max| match delay {
        Some(delay) => format!("延迟为 {delay}，超过上限 {max}"),
        None => format!("延迟未知，无法检查上限 {max}：请使用 `follow` 采集"),
    },
    failed_before: "任务已失败，无法到达所等待的阶段：请查看 `dts-history failures`",
    time_is_up: |time| format!("在 {time} 内未完成"),
    sweep_failed: |error| format!("采集失败：{error}"),
    result: |job, result| format!("{job}：{result}"),
};
