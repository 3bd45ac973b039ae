//! Figures as people read them.

use super::*;

/// 2026-01-02T02:00:05Z.
const AT: i64 = 1_767_319_205_000;

fn en() -> Formatter {
    Formatter::new(Language::En, chrono_tz::Asia::Shanghai)
}

fn zh() -> Formatter {
    Formatter::new(Language::Zh, chrono_tz::Asia::Shanghai)
}

fn range(least_ms: i64, most_ms: Option<i64>) -> DurationRange {
    DurationRange { min_ms: least_ms, max_ms: most_ms }
}

#[test]
fn numbers_have_separators() {
    let shown = [0, 7, 999, 1000, -1000, 1_234_567, i64::MAX, i64::MIN].map(integer::<i64>);
    let expected = [
        "0",
        "7",
        "999",
        "1,000",
        "-1,000",
        "1,234,567",
        "9,223,372,036,854,775,807",
        "-9,223,372,036,854,775,808",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn small_rates_keep_their_digits_and_large_ones_do_not_pretend_any() {
    let shown = [0.0, 0.0042, 0.42, 1.0 / 3.0, 9.999, 42.06, 99.96, 12_345.678].map(decimal);
    assert_eq!(shown, ["0", "0.0042", "0.42", "0.33", "10.0", "42.1", "100", "12,346"]);
    assert_eq!(decimal(f64::NAN), DASH);
}

#[test]
fn only_what_is_finished_is_a_hundred_percent() {
    let shown = [0.0, 0.999_96, 1.0, 1.0009, 1.0012, 2.5].map(|ratio| en().percent(Some(ratio), false));
    assert_eq!(shown, ["0.0 %", "99.9 %", "> 99.9 %", "> 99.9 %", "100.1 %", "250.0 %"]);
    assert_eq!(en().percent(Some(0.97), true), "100 %");
    assert_eq!(zh().percent(None, true), "100%");
    assert_eq!(en().percent(None, false), DASH);
}

#[test]
fn a_bar_is_full_only_if_finished() {
    let bars = [
        bar_percent(Some(1.04), false),
        bar_percent(Some(0.5), false),
        bar_percent(None, false),
        bar_percent(Some(0.2), true),
    ];
    assert_eq!(bars.map(|bar| bar.to_string()), ["99.9", "50", "0", "100"]);
}

#[test]
fn durations_use_two_units() {
    let shown = [0, 45_000, 119_999, 120_000, 725_000, 7_800_000, 273_600_000].map(|ms| en().duration(ms));
    assert_eq!(shown, ["< 1 s", "45 s", "119 s", "2 min", "12 min 5 s", "2 h 10 min", "3 d 4 h"]);
    assert_eq!(zh().duration(725_000), "12 分 5 秒");
    assert_eq!(zh().duration(0), "< 1 秒");
}

#[test]
fn ranges_say_what_is_known() {
    let cases = [
        (range(40_000, Some(95_000)), "between 40 and 95 s"),
        (range(40_500, Some(94_200)), "between 40 and 95 s"),
        (range(0, Some(60_000)), "< 60 s"),
        (range(7_800_000, None), "at least 2 h 10 min"),
        (range(0, None), "unknown"),
        (range(600_000, Some(660_000)), "between 10 min and 11 min"),
        (range(600_000, Some(600_000)), "10 min"),
        (range(7_800_000, Some(7_830_000)), "about 2 h 10 min"),
        (range(7_800_000, Some(7_930_000)), "between 2 h 10 min and 2 h 13 min"),
        (range(0, Some(400)), "< 1 s"),
    ];
    for (range, expected) in cases {
        assert_eq!(en().range(range), expected, "{range:?}");
    }
    assert_eq!(zh().range(range(40_000, Some(95_000))), "40 至 95 秒");
}

#[test]
fn an_upper_end_is_rounded_up_never_down() {
    assert_eq!(en().range(range(0, Some(3_600_001))), "< 1 h 1 min");
    assert_eq!(en().range(range(0, Some(59_001))), "< 60 s");
    assert_eq!(en().range(range(0, Some(3_599_500))), "< 1 h");
}

#[test]
fn cells_are_short() {
    let shown = [Some(range(40_000, Some(95_000))), Some(range(7_800_000, None)), Some(range(0, None)), None]
        .map(|range| en().cell_range(range));
    assert_eq!(shown, ["40–95 s", "≥\u{a0}2\u{a0}h\u{a0}10\u{a0}min", "–", "–"]);
    let long = en().cell_range(Some(range(725_000, Some(7_800_000))));
    assert_eq!(long, "12\u{a0}min\u{a0}5\u{a0}s – 2\u{a0}h\u{a0}10\u{a0}min");
}

#[test]
fn brackets_say_between_before_and_not_yet() {
    let bracket = |after_ms, by_ms| en().bracket(Bracket { after_ms, by_ms });
    assert_eq!(bracket(Some(AT), Some(AT + 30_000)), "between 2026-01-02 10:00:05 and 10:00:35");
    assert_eq!(bracket(Some(AT), Some(AT + DAY)), "between 2026-01-02 10:00:05 and 2026-01-03 10:00:05");
    assert_eq!(bracket(Some(AT), Some(AT + 200)), "2026-01-02 10:00:05");
    assert_eq!(bracket(None, Some(AT)), "before recording began (first seen 2026-01-02 10:00:05)");
    assert_eq!(bracket(Some(AT), None), "not yet (as of 2026-01-02 10:00:05)");
    assert_eq!(bracket(None, None), "unknown");
}

#[test]
fn a_forecast_without_some_tables_is_a_lower_bound_in_words() {
    let eta = |without_estimate| Eta::NotBefore {
        range: EtaRange { early_ms: AT, likely_ms: AT + 20_000, late_ms: AT + 30_000 },
        without_estimate,
    };
    assert_eq!(
        en().eta(eta(1)),
        "likely 2026-01-02 10:00:25, between 2026-01-02 10:00:05 and 10:00:35 at the earliest: 1 table without an estimate is not in it"
    );
    assert!(en().eta(eta(2)).ends_with(": 2 tables without an estimate are not in it"));
    assert_eq!(
        zh().eta(eta(2)),
        "最早大约 2026-01-02 10:00:25，2026-01-02 10:00:05 至 10:00:35 之间：2 张没有预估的表未计入"
    );
}

#[test]
fn one_day_is_left_out_of_cells() {
    let bracket = Bracket { after_ms: Some(AT), by_ms: Some(AT + 30_000) };
    assert_eq!(en().cell_bracket(bracket), "2026-01-02 10:00:05–10:00:35");
    let day = en().for_period(AT, AT + HOUR);
    assert_eq!(day.cell_bracket(bracket), "10:00:05–10:00:35");
    assert_eq!(day.single_day().as_deref(), Some("2026-01-02"));
    assert_eq!(day.cell_bracket(Bracket { after_ms: None, by_ms: Some(AT) }), "≤ 10:00:05");
}

#[test]
fn a_change_of_offset_is_shown_on_every_moment() {
    // Berlin, 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC.
    let change = 1_774_746_000_000;
    let berlin = Formatter::new(Language::En, chrono_tz::Europe::Berlin);
    assert_eq!(berlin.zone(change - HOUR, change - 1), "Europe/Berlin (UTC+01:00)");
    assert_eq!(berlin.moment(change), "2026-03-29 03:00:00");
    assert_eq!(berlin.zone(change - HOUR, change), "Europe/Berlin (UTC+01:00, UTC+02:00)");
    let berlin = berlin.for_period(change - HOUR, change);
    assert_eq!(berlin.moment(change - HOUR), "2026-03-29 01:00:00 +01:00");
    assert_eq!(berlin.moment(change), "2026-03-29 03:00:00 +02:00");
}

#[test]
fn no_moment_is_beyond_it() {
    assert_eq!(en().moment_with_offset(i64::MAX), DASH);
    assert_eq!(zh().zone(i64::MIN, i64::MAX), "Asia/Shanghai（UTC）");
}
