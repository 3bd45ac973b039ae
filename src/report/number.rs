//! Numbers as both languages write them.
//!
//! Own code, because the kept crates that group digits do so by the data of hundreds of locales, and none rounds a
//! rate to as many digits as it deserves.

/// A figure that is not known, in a cell.
pub const DASH: &str = "–";

/// A whole number with thousands separators, `1,234,567`.
#[must_use]
pub fn integer<N: TryInto<i128>>(number: N) -> String {
    // Only a `u128` can be larger, which no figure is.
    let number = number.try_into().unwrap_or(i128::MAX);
    let digits = number.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        out.push('-');
    }
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number that is not whole: enough digits to tell small ones apart, none that pretend precision.
#[must_use]
pub fn decimal(number: f64) -> String {
    match number.abs() {
        size if !size.is_finite() => DASH.to_owned(),
        size if size >= 99.95 => integer(rounded(number)),
        size if size >= 9.995 => format!("{number:.1}"),
        size if size >= 0.095 => format!("{number:.2}"),
        0.0 => "0".to_owned(),
        _ => format!("{number:.4}"),
    }
}

/// The nearest whole number; an `f64` beyond the range of `i128` becomes its end.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is wanted")]
fn rounded(number: f64) -> i128 {
    number.round() as i128
}
