//! The words of a comparison of two jobs.

use super::plural::counted;
use super::sentence::{CountSentence1, CountSentence2, Sentence1, Sentence2};
use crate::history::comparison::FailureChange;
use crate::report::number::integer;

/// Words of a comparison.
#[derive(Debug)]
pub struct Comparison {
    /// What the page is.
    pub comparison: &'static str,
    /// The names of A and of B.
    pub heading: Sentence2,
    /// Databases of B under another name: the name in B, the name in A.
    pub renamed: Sentence2,
    /// Tables that are slower, of those that can be compared.
    pub slower: CountSentence2,
    /// No table is certainly slower, of so many.
    pub none_slower: CountSentence1,
    /// No table can be compared.
    pub nothing_to_compare: &'static str,
    /// Tables that are faster.
    pub faster: CountSentence1,
    /// Tables whose durations cannot be told apart.
    pub unclear: CountSentence1,
    /// Tables that only A has, that only B has.
    pub only: CountSentence2,
    /// Failures that are new, that both have, that are gone.
    pub failures: fn(usize, usize, usize) -> String,
    /// Heading of the figures of both.
    pub figures: &'static str,
    /// Column: the figure.
    pub figure: &'static str,
    /// Column: the change.
    pub change: &'static str,
    /// Column: the change of the rate.
    pub rate_change: &'static str,
    /// The columns of A and B: durations, rows, estimated totals, rates.
    pub columns: [[&'static str; 2]; 4],
    /// Certainly longer, by at least a duration.
    pub longer: Sentence1,
    /// Certainly shorter, by at least a duration.
    pub shorter: Sentence1,
    /// The ranges overlap.
    pub not_certain: &'static str,
    /// Only A has it, only B has it.
    pub only_in: [&'static str; 2],
    /// Heading of the picture and of the tables' durations.
    pub durations: &'static str,
    /// How to read the picture: so many tables of all.
    pub durations_note: CountSentence2,
    /// What the picture shows, for those who do not see it: so many tables, of them slower.
    pub durations_desc: CountSentence2,
    /// What a row of the picture says: the table, its duration in A, in B.
    pub row: fn(&str, &str, &str) -> String,
    /// Legend: A where it is slower, where it is faster, where it is not certain; B; the ranges.
    pub legend: [&'static str; 5],
    /// The tables that are left out.
    pub more: CountSentence1,
    /// A kind of failures.
    pub failure_group: fn(FailureChange) -> &'static str,
    /// No object failed.
    pub no_failures: &'static str,
    /// A failure that is resolved.
    pub resolved: &'static str,
    /// Heading of the statements.
    pub definitions: &'static str,
    /// How to read them.
    pub definitions_note: &'static str,
    /// They do not differ.
    pub definitions_same: &'static str,
    /// The statement is too long to be compared line by line.
    pub too_long: &'static str,
    /// Heading of the forecast.
    pub forecast: &'static str,
    /// The end of A at the rates of B: the range, tables in it.
    pub forecast_at: fn(&str, usize) -> String,
    /// Tables without a rate.
    pub forecast_without: CountSentence1,
    /// How it is computed.
    pub forecast_note: &'static str,
}

pub(super) const EN: Comparison = Comparison {
    comparison: "Comparison of two migrations",
    heading: |a, b| format!("{a} compared with {b}"),
    renamed: |old, new| format!("{old} of B is {new} of A"),
    slower: |slower, all| {
        format!("{} of {} slower in A", integer(slower), counted(all, "table is", "tables are"))
    },
    none_slower: |all| match all {
        1 => "The table is not certainly slower in A".to_owned(),
        all => format!("None of {} tables is certainly slower in A", integer(all)),
    },
    nothing_to_compare: "No table was timed in both",
    faster: |count| format!("{} faster.", counted(count, "table is", "tables are")),
    unclear: |count| {
        let tables = counted(count, "table has", "tables have");
        format!("{tables} no certain difference: the samples are too far apart, or the durations equal.")
    },
    only: |a, b| {
        format!("Only in A: {}; only in B: {}.", counted(a, "table", "tables"), counted(b, "table", "tables"))
    },
    failures: |new, same, gone| {
        format!(
            "Objects that failed: {} new, {} in both, {} gone.",
            integer(new),
            integer(same),
            integer(gone)
        )
    },
    figures: "Both at a glance",
    figure: "Figure",
    change: "Change",
    rate_change: "Rate A / B",
    columns: [
        ["Duration A", "Duration B"],
        ["Rows A", "Rows B"],
        ["Estimate A", "Estimate B"],
        ["Rows/s A", "Rows/s B"],
    ],
    longer: |duration| format!("▲ slower by at least {duration}"),
    shorter: |duration| format!("▼ faster by at least {duration}"),
    not_certain: "≈ not certain",
    only_in: ["only in A", "only in B"],
    durations: "Duration of each table",
    durations_note: |shown, all| {
        format!(
            "From B (hollow) to A (filled). Right of it is slower. The {} of {} with the largest differences.",
            integer(shown),
            counted(all, "table", "tables")
        )
    },
    durations_desc: |tables, slower| {
        format!(
            "Durations of {} in A and in B; {} slower in A.",
            counted(tables, "table", "tables"),
            integer(slower)
        )
    },
    row: |table, a, b| format!("{table}: {a} in A, {b} in B"),
    legend: ["A, slower", "A, faster", "A, not certain", "B", "between the samples"],
    more: |count| format!("… and {} more; the JSON has all", integer(count)),
    failure_group: |change| match change {
        FailureChange::New => "New in A",
        FailureChange::Same => "In both",
        FailureChange::Gone => "Gone: only in B",
    },
    no_failures: "No object failed in either.",
    resolved: "resolved",
    definitions: "Statements that differ",
    definitions_note: "Lines with − are of B, lines with + of A. Blanks, comments and the names of renamed databases are not compared.",
    definitions_same: "Every statement that both have is the same.",
    too_long: "The statements differ; they are too long to be shown side by side.",
    forecast: "A at the rates of B",
    forecast_at: |range, tables| match tables {
        1 => format!("End of the table that is left: {range}."),
        tables => format!("End of the {} tables that are left: {range}.", integer(tables)),
    },
    forecast_without: |count| {
        let tables = counted(count, "table that is left has", "tables that are left have");
        format!("{tables} no rate in B and may end later.")
    },
    forecast_note: "Each table takes its rows that are left at its mean rate in B. The first end assumes as many tables at once as B had at most, the second as many as in the mean.",
};

pub(super) const ZH: Comparison = Comparison {
    comparison: "两次迁移的对比",
    heading: |a, b| format!("{a} 与 {b} 的对比"),
    renamed: |old, new| format!("B 的 {old} 对应 A 的 {new}"),
    slower: |slower, all| format!("{} 张表中有 {} 张在 A 中更慢", integer(all), integer(slower)),
    none_slower: |all| format!("{} 张表中没有一张在 A 中确定更慢", integer(all)),
    nothing_to_compare: "没有两侧都有用时的表",
    faster: |count| format!("{} 张表更快。", integer(count)),
    unclear: |count| format!("{} 张表无法确定差异：采样间隔过大，或用时相同。", integer(count)),
    only: |a, b| format!("仅 A 有 {} 张表，仅 B 有 {} 张表。", integer(a), integer(b)),
    failures: |new, same, gone| {
        format!("失败的对象：新增 {}，两侧均有 {}，已消失 {}。", integer(new), integer(same), integer(gone))
    },
    figures: "总览对比",
    figure: "指标",
    change: "变化",
    rate_change: "速率 A / B",
    columns: [["用时 A", "用时 B"], ["行数 A", "行数 B"], ["预估 A", "预估 B"], ["行/秒 A", "行/秒 B"]],
    longer: |duration| format!("▲ 至少慢 {duration}"),
    shorter: |duration| format!("▼ 至少快 {duration}"),
    not_certain: "≈ 无法确定",
    only_in: ["仅 A 有", "仅 B 有"],
    durations: "每张表的用时",
    durations_note: |shown, all| {
        format!(
            "从 B（空心）到 A（实心），A 在右侧表示更慢。共 {} 张表，显示差异最大的 {} 张。",
            integer(all),
            integer(shown)
        )
    },
    durations_desc: |tables, slower| {
        format!("{} 张表在 A 和 B 中的用时，其中 {} 张在 A 中更慢。", integer(tables), integer(slower))
    },
    row: |table, a, b| format!("{table}：A 为 {a}，B 为 {b}"),
    legend: ["A，更慢", "A，更快", "A，无法确定", "B", "两次采样之间"],
    more: |count| format!("… 另有 {} 项，JSON 中有全部", integer(count)),
    failure_group: |change| match change {
        FailureChange::New => "A 中新增",
        FailureChange::Same => "两侧均有",
        FailureChange::Gone => "已消失：仅 B 有",
    },
    no_failures: "两侧均没有对象失败。",
    resolved: "已解决",
    definitions: "不同的语句",
    definitions_note: "以 − 开头的行属于 B，以 + 开头的行属于 A。空白、注释和改名的数据库名不参与比较。",
    definitions_same: "两侧共有的语句全部相同。",
    too_long: "语句不同，但过长，无法逐行显示。",
    forecast: "按 B 的速率推算 A",
    forecast_at: |range, tables| format!("剩余的 {} 张表的复制完成时间：{range}。", integer(tables)),
    forecast_without: |count| format!("剩余表中有 {} 张在 B 中没有速率，可能更晚完成。", integer(count)),
    forecast_note: "每张表的剩余行数按其在 B 中的平均速率计算。较早的时间假设同时复制的表数为 B 的最大值，较晚的时间假设为 B 的平均值。",
};
