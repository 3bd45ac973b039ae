//! Words about stalls that are over and about the use of the job's time.

use crate::history::figures::stalls::StallCause;
use crate::history::figures::time_lost::TimeUse;

/// Words of the section.
#[derive(Debug)]
pub struct TimeLostText {
    /// Heading.
    pub heading: &'static str,
    /// The names of the uses.
    pub note: &'static str,
    /// Column: the use of the time.
    pub time_use: &'static str,
    /// Column: how much time.
    pub time: &'static str,
    /// Column: share of the whole.
    pub share: &'static str,
    /// The last row.
    pub total: &'static str,
    /// The name of a use.
    pub use_name: fn(TimeUse) -> &'static str,
    /// Column: the table.
    pub table: &'static str,
    /// Column: the cause.
    pub cause: &'static str,
    /// Column: from when to when.
    pub when: &'static str,
    /// In place of a table: the whole job.
    pub whole_job: &'static str,
    /// It lasts: the beginning.
    pub since: fn(&str) -> String,
    /// The name of a cause.
    pub cause_name: fn(StallCause) -> &'static str,
    /// A stall in the timeline: the table, when.
    pub stalled: fn(&str, &str) -> String,
    /// Legend of the timeline.
    pub legend: &'static str,
}

/// English.
pub(super) const EN: TimeLostText = TimeLostText {
    heading: "Where time was lost",
    note: "From the start of the first table to the end of the last one, or to the last snapshot. Each moment counts once, in the first row that applies, so that the rows add up.",
    time_use: "Use of the time",
    time: "Time",
    share: "Share",
    total: "Total",
    use_name: |time_use| match time_use {
        TimeUse::RecorderDown => "nothing was recorded",
        TimeUse::EverythingStalled => "every running table stood still",
        TimeUse::SomeTablesStalled => "some tables stood still while others moved",
        TimeUse::RowsDoneAgain => "rows that were copied again after a restart",
        TimeUse::Waiting => "no table was being copied",
        TimeUse::LongTail => "long tail: few tables left",
        TimeUse::Copying => "copying",
    },
    table: "Table",
    cause: "Stall",
    when: "When",
    whole_job: "the whole job",
    since: |moment| format!("since {moment}"),
    cause_name: |cause| match cause {
        StallCause::RecorderDown => "nothing was recorded",
        StallCause::SameReplies => "no table moved, and every reply was the same",
        StallCause::EverythingFrozen => "no table moved",
        StallCause::TableFrozen => "stood still while others moved",
        StallCause::RowsDone => "all rows copied, but not finished",
    },
    stalled: |table, when| format!("{table}: stood still {when}"),
    legend: "stood still",
};

/// 简体中文。
pub(super) const ZH: TimeLostText = TimeLostText {
    heading: "时间损失",
    note: "从第一张表开始到最后一张表结束，或到最近一次快照。每段时间只计入第一个符合的项目，各项之和即总时间。",
    time_use: "时间用途",
    time: "时长",
    share: "占比",
    total: "合计",
    use_name: |time_use| match time_use {
        TimeUse::RecorderDown => "没有记录",
        TimeUse::EverythingStalled => "运行中的表全部停滞",
        TimeUse::SomeTablesStalled => "部分表停滞，其他表仍有进展",
        TimeUse::RowsDoneAgain => "重启后需要重新复制的行",
        TimeUse::Waiting => "没有表在复制",
        TimeUse::LongTail => "长尾：仅剩少数表",
        TimeUse::Copying => "正常复制",
    },
    table: "表",
    cause: "停滞",
    when: "时间",
    whole_job: "整个任务",
    since: |moment| format!("自 {moment} 起"),
    cause_name: |cause| match cause {
        StallCause::RecorderDown => "没有记录",
        StallCause::SameReplies => "没有表有进展，且每次响应都相同",
        StallCause::EverythingFrozen => "没有表有进展",
        StallCause::TableFrozen => "停滞，而其他表仍有进展",
        StallCause::RowsDone => "行已全部复制，但尚未完成",
    },
    stalled: |table, when| format!("{table}：停滞 {when}"),
    legend: "停滞",
};
