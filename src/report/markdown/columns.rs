//! Rows set in columns of equal width, for a block of code: CommonMark knows no tables, and a wiki that knows them
//! breaks their rows where names are long. In a block each row stays one line everywhere.

use super::escape::{fence, visible};
use unicode_width::UnicodeWidthStr;

/// A column of such a block.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) enum Column {
    /// Words stand at the left.
    Words(&'static str),
    /// Numbers stand at the right, their digits below each other.
    Numbers(&'static str),
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Self::Words(head) | Self::Numbers(head) => head,
        }
    }
}

/// The rows under their heads as a block of code.
pub(in crate::report) fn columns<const N: usize>(
    heads: [Column; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let rows: Vec<[String; N]> = rows.map(|row| row.map(|cell| visible(&cell).replace('\t', "␉"))).collect();
    let mut widths = heads.map(|head| head.head().width());
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |cells: [&str; N]| {
        let cells = cells.into_iter().zip(heads).zip(widths).map(|((cell, head), width)| {
            let blank = " ".repeat(width - cell.width().min(width));
            match head {
                Column::Words(_) => format!("{cell}{blank}"),
                Column::Numbers(_) => format!("{blank}{cell}"),
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let rule = widths.map(|width| "-".repeat(width));
    let head = [line(heads.map(Column::head)), line(rule.each_ref().map(String::as_str))];
    let body = rows.iter().map(|row| line(row.each_ref().map(String::as_str)));
    fence(&head.into_iter().chain(body).collect::<Vec<_>>().join("\n"), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_left_numbers_right_and_wide_characters_count_twice() {
        let rows = [["订单", "7"], ["orders", "1,234"], ["a\nb", "–"]].map(|row| row.map(str::to_owned));
        let block = columns([Column::Words("Table"), Column::Numbers("Rows")], rows.into_iter());
        assert_eq!(
            block,
            "```\nTable    Rows\n------  -----\n订单        7\norders  1,234\na↵b         –\n```"
        );
    }

    #[test]
    fn no_row_is_only_the_head() {
        assert_eq!(columns([Column::Words("A")], std::iter::empty()), "```\nA\n-\n```");
    }
}
