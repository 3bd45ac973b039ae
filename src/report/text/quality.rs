//! The sign beside figures that rest on less than complete snapshots, in words.

use super::sentence::Sentence1;

/// Words about impaired figures.
#[derive(Debug)]
pub struct QualityText {
    /// The reasons of an impaired figure.
    pub rests_on: Sentence1,
    /// A gap.
    pub gap: &'static str,
    /// A failed sweep.
    pub failed: &'static str,
    /// A torn one.
    pub torn: &'static str,
    /// The legend of the mark.
    pub legend: &'static str,
    /// The text of the link to details.
    pub more: &'static str,
}

/// English.
pub(super) const EN: QualityText = QualityText {
    rests_on: |what| format!("Rests on {what}"),
    gap: "a gap in recording",
    failed: "a snapshot that failed",
    torn: "a snapshot whose pages shifted",
    legend: "rests on a time with a gap in recording, or with a snapshot that failed or whose pages shifted: a range is wider than usual there, a mean is still exact, and a peak may have been higher.",
    more: "What these figures rest on",
};

/// 简体中文。
pub(super) const ZH: QualityText = QualityText {
    rests_on: |what| format!("依据的时段内有{what}"),
    gap: "记录空档",
    failed: "失败的快照",
    torn: "分页移动的快照",
    legend: "依据的时段内有记录空档，或有失败、分页移动的快照：此处时间区间比平常宽，均值仍然准确，峰值可能更高。",
    more: "这些数字的依据",
};
