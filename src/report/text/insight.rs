//! Words of insights from the history: repeated work, stalls, wrong estimates, the long tail,
//! and how good the forecasts were.

use super::plural::counted;
use super::sentence::Sentence1;
use crate::history::figures::stalls::StallCause;
use crate::report::number::integer;

/// Words about these.
#[derive(Debug)]
pub struct InsightText {
    /// Column: rows done again.
    pub redone: &'static str,
    /// Column: time lost.
    pub lost: &'static str,
    /// Column: what else is to be said.
    pub note: &'static str,
    /// The minimum and the maximum number of rows; `None` if the maximum is unknown.
    pub redone_range: fn(&str, Option<&str>) -> String,
    /// The fall before the attempt may be a correction of the count.
    pub uncertain_restart: &'static str,
    /// The number of corrections of the count, and their rows in all.
    pub corrections: fn(usize, &str) -> String,
    /// A stall: the cause, its beginning, the number of tables, the first of them.
    pub stall: fn(StallCause, &str, usize, &str) -> String,
    /// Heading of the long tail.
    pub tail: &'static str,
    /// The snapshots saw at most and on the mean so many tables at once.
    pub at_once: fn(usize, &str) -> String,
    /// Between the snapshots: certainly and possibly so many at one moment.
    pub at_once_between: fn(usize, usize) -> String,
    /// The tail: from, to, how long, its tables.
    pub tail_value: fn(&str, &str, &str, &str) -> String,
    /// There was no tail.
    pub tail_none: &'static str,
    /// Heading of the ledger.
    pub ledger: &'static str,
    /// What it is.
    pub ledger_note: &'static str,
    /// Column: revisions.
    pub revisions: &'static str,
    /// Column: final ratio.
    pub ratio: &'static str,
    /// One revision: from, to, when.
    pub revision: fn(&str, &str, &str) -> String,
    /// The estimate was wrong.
    pub misjudged: &'static str,
    /// Heading of the forecasts.
    pub forecasts: &'static str,
    /// What they are.
    pub forecasts_note: &'static str,
    /// Column: when it was made.
    pub made: &'static str,
    /// Column: the forecast.
    pub forecast: &'static str,
    /// Column: how wrong it was.
    pub wrong: &'static str,
    /// At so many percent of the time.
    pub at_percent: Sentence1,
    /// The end came so much later.
    pub later: Sentence1,
    /// The end came so much earlier.
    pub earlier: Sentence1,
    /// Inside the range.
    pub right: &'static str,
    /// Snapshots whose pages shifted.
    pub torn: &'static str,
    /// Tables whose figures rest on any of these.
    pub doubtful: &'static str,
}

/// English.
pub(super) const EN: InsightText = InsightText {
    redone: "Rows done again",
    lost: "Time lost",
    note: "Note",
    redone_range: |least, most| match most {
        Some(most) => format!("{least} to {most}"),
        None => format!("at least {least}"),
    },
    uncertain_restart: "uncertain: the fall may be a correction of the count",
    corrections: |count, rows| {
        format!("count probably corrected {}, by {rows} rows in all", counted(count, "time", "times"))
    },
    stall: |why, since, count, first| {
        let tables = match count {
            1 => format!("{first} has not progressed"),
            _ => format!("{} tables, {first} first, have not progressed", integer(count)),
        };
        match why {
            StallCause::RecorderDown => format!(
                "Nothing was recorded since {since}, so the progress since then is unknown. Check that dts-history is running and why its sweeps fail."
            ),
            StallCause::SameReplies => format!(
                "DTS has returned identical replies since {since}, although {} should progress: it may have stopped reporting. Check the task in the DTS console.",
                counted(count, "table", "tables")
            ),
            StallCause::EverythingFrozen => format!(
                "No table has progressed since {since}: check for a stopped task, a full disk or a lock at the destination, or a lost connection."
            ),
            StallCause::TableFrozen => format!(
                "Since {since}, {tables} while others progress: check for locks at the destination, and for a missing key or large rows at the source."
            ),
            StallCause::RowsDone => format!(
                "All estimated rows are copied, but since {since}, {tables} to Finished: the estimate is too low, or DTS is still checking or building keys."
            ),
        }
    },
    tail: "Tables at once, and the long tail",
    at_once: |most, mean| {
        let tables = counted(most, "table", "tables");
        format!("The snapshots saw at most {tables} being copied at once, {mean} on average.")
    },
    at_once_between: |certain, possible| {
        format!(
            "Between the snapshots, at one moment {} certainly being copied and at most {} possibly; the chart shows those that certainly were.",
            counted(certain, "table was", "tables were"),
            integer(possible)
        )
    },
    tail_value: |from, to, long, tables| {
        format!("From {from} to {to} ({long}) fewer than half as many were left. The last to end: {tables}.")
    },
    tail_none: "There was no long tail.",
    ledger: "Estimates that changed or were wrong",
    ledger_note: "The total is the vendor's estimate. A finished table whose rows are less than 95 % or more than 110 % of it is marked.",
    revisions: "Changes of the estimate",
    ratio: "Rows / estimate",
    revision: |from, to, at| format!("{from} → {to} ({at})"),
    misjudged: "wrong",
    forecasts: "Forecasts of the end",
    forecasts_note: "The forecast of this report at that time, recomputed from the history. A range holds the end in about 80 % of migrations.",
    made: "At",
    forecast: "Forecast",
    wrong: "The end came",
    at_percent: |percent| format!("{percent} % of the time"),
    later: |by| format!("{by} later"),
    earlier: |by| format!("{by} earlier"),
    right: "as forecast",
    torn: "Snapshots whose pages shifted while they were read",
    doubtful: "Tables with figures that rest on these (†)",
};

/// 简体中文。
pub(super) const ZH: InsightText = InsightText {
    redone: "重做行数",
    lost: "损失时间",
    note: "备注",
    redone_range: |least, most| match most {
        Some(most) => format!("{least}～{most}"),
        None => format!("至少 {least}"),
    },
    uncertain_restart: "不确定：也可能是计数修正",
    corrections: |count, rows| format!("计数可能修正 {count} 次，共下调 {rows} 行"),
    stall: |why, since, count, first| {
        let tables = if count == 1 { first.to_owned() } else { format!("{first} 等 {count} 张表") };
        match why {
            StallCause::RecorderDown => {
                format!(
                    "自 {since} 起没有记录，期间的进展未知。请检查 dts-history 是否在运行，以及采集为何失败。"
                )
            }
            StallCause::SameReplies => format!(
                "自 {since} 起 DTS 的响应完全相同，而有 {count} 张表本应有进展：DTS 可能已停止上报。请到 DTS 控制台查看任务。"
            ),
            StallCause::EverythingFrozen => {
                format!(
                    "自 {since} 起没有任何表有进展：请检查任务是否停止、目标库磁盘是否已满或有锁、连接是否中断。"
                )
            }
            StallCause::TableFrozen => format!(
                "自 {since} 起 {tables} 停滞，而其他表仍有进展：请检查目标库上的锁，以及源表是否缺少主键或含有大字段。"
            ),
            StallCause::RowsDone => format!(
                "{tables} 的预估行数已全部复制，但自 {since} 起仍未完成：预估偏低，或 DTS 仍在校验或创建索引。"
            ),
        }
    },
    tail: "并发与长尾",
    at_once: |most, mean| format!("快照中最多同时复制 {most} 张表，平均 {mean} 张。"),
    at_once_between: |certain, possible| {
        format!(
            "快照之间的某一时刻，确定同时复制的最多为 {certain} 张表，可能最多为 {possible} 张；图中为确定的数量。"
        )
    },
    tail_value: |from, to, long, tables| {
        format!("从 {from} 到 {to}（{long}）剩余的表不到一半。最后结束的是：{tables}。")
    },
    tail_none: "没有长尾。",
    ledger: "变更或失准的预估",
    ledger_note: "总行数是 DTS 的预估。已完成的表，实际行数低于预估的 95% 或高于 110% 时予以标记。",
    revisions: "预估的变更",
    ratio: "实际与预估之比",
    revision: |from, to, at| format!("{from} → {to}（{at}）"),
    misjudged: "失准",
    forecasts: "完成时间的预测",
    forecasts_note: "由历史记录重新算出的、本报告在当时会给出的预测。约 80% 的迁移在区间内结束。",
    made: "时间",
    forecast: "预测",
    wrong: "实际完成",
    at_percent: |percent| format!("用时的 {percent}%"),
    later: |by| format!("晚 {by}"),
    earlier: |by| format!("早 {by}"),
    right: "与预测相符",
    torn: "读取期间分页移动的快照",
    doubtful: "有数字依据以上时段的表（†）",
};
