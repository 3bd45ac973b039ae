//! `compare`: a rehearsal against production, and two periods of one job, through the program.

use std::path::Path;

use dts_history::model::{Reading, Sweep};
use dts_history::store::Store;
use serde_json::Value;

use crate::support::{Folder, at, block_on, job, object, record, sweep, table};

/// Tables with their rows, and the minutes that they take in production and in the rehearsal.
const TABLES: [(&str, i64, i64, i64); 8] = [
    ("orders", 900_000, 40, 18),
    ("order_items", 2_400_000, 55, 31),
    ("payments", 300_000, 9, 22),
    ("customers", 120_000, 12, 11),
    ("订单明细", 640_000, 30, 12),
    ("audit_log_of_all_branches_since_the_beginning", 1_500_000, 50, 49),
    ("products", 40_000, 4, 4),
    ("stock", 75_000, 3, 15),
];

/// A job whose tables are copied one after another, three at once, and that is read every minute.
fn sweeps(
    first_minute: i64,
    minutes: i64,
    duration: fn(&(&str, i64, i64, i64)) -> i64,
    view: &str,
) -> Vec<Sweep> {
    let mut starts = Vec::new();
    let mut places = [1_i64; 3];
    for it in &TABLES {
        let place = places.iter_mut().min().unwrap();
        starts.push(*place);
        *place += duration(it);
    }
    let readings = |minute: i64| -> Vec<Reading> {
        let mut readings: Vec<_> = TABLES
            .iter()
            .zip(&starts)
            .map(|(it, start)| {
                let (name, rows, ..) = *it;
                match minute - start {
                    ..0 => table(name, "NotStarted", 0, rows),
                    passed if passed < duration(it) => {
                        table(name, "Migrating", rows * passed / duration(it), rows)
                    }
                    _ => table(name, "Finished", rows, rows),
                }
            })
            .collect();
        let error = view.contains("price").then_some("Unknown column 'price' in 'field list'");
        let status = if error.is_some() { "Failed" } else { "Finished" };
        readings.push(object("View", "v_revenue", status, view, error));
        let audit = "create trigger audit before insert on orders for each row set new.at = now()";
        readings.push(object("Trigger", "audit", "Failed", audit, Some("You need the SUPER privilege")));
        readings
    };
    (0..minutes).map(|minute| sweep((first_minute + minute) * 60, vec![readings(minute)])).collect()
}

/// A production job that runs, and its rehearsal of the day before, which has ended.
pub(crate) fn record_production_and_rehearsal(database: &Path) {
    block_on(async {
        let store = Store::open(database).await.unwrap();
        let mut rehearsal = job("dtsrehearsal");
        rehearsal.name = Some("rehearsal".to_owned());
        let old = "create view v_revenue as\nselect sum(amount)\nfrom orders";
        record(&store, &rehearsal, &sweeps(0, 100, |it| it.3, old)).await;
        let mut production = job("dtsproduction");
        production.name = Some("orders to PolarDB".to_owned());
        let new = "create view v_revenue as\nselect sum(price)\nfrom orders";
        record(&store, &production, &sweeps(1440, 60, |it| it.2, new)).await;
        store.close().await;
    });
}

const PAIR: [&str; 6] = ["--db", "h.db", "compare", "--job", "dtsproduction", "--with"];

fn compare(folder: &Folder, more: &[&str]) -> crate::support::RunResult {
    folder.run(&[&PAIR[..], &["dtsrehearsal"], more].concat())
}

fn json(folder: &Folder, more: &[&str]) -> Value {
    serde_json::from_str(&compare(folder, &[&["--format", "json"], more].concat()).expect_success()).unwrap()
}

#[test]
fn a_rehearsal_tells_what_became_slower() {
    let folder = Folder::new();
    record_production_and_rehearsal(&folder.path("h.db"));
    let document = json(&folder, &[]);
    let change = |name: &str| {
        let tables = document["tables"].as_array().unwrap();
        let pair = tables.iter().find(|pair| pair["a"]["table_name"] == name).unwrap();
        pair["change"].as_str().unwrap().to_owned()
    };
    for (name, expected) in [
        ("orders", "slower"),
        ("订单明细", "slower"),
        ("payments", "faster"),
        ("customers", "unclear"),
        // It still runs, and has taken longer already.
        ("order_items", "slower"),
        ("audit_log_of_all_branches_since_the_beginning", "unknown"),
    ] {
        assert_eq!(change(name), expected, "{name}");
    }
    let failures: Vec<_> = document["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["change"].as_str().unwrap(), it["a"]["object_name"].as_str().unwrap()))
        .collect();
    assert_eq!(failures, [("new", "v_revenue"), ("same", "audit")]);
    assert_eq!(
        document["definitions"][0]["diff"],
        " create view v_revenue as\n-select sum(amount)\n+select sum(price)\n from orders"
    );
    let forecast = &document["forecast_by_rates"];
    let moment =
        |name: &str| forecast[name].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let ends = ["early", "late"].map(|name| moment(name).timestamp_millis());
    assert!(
        at((1440 + 60) * 60) < ends[0] && ends[0] <= ends[1] && ends[1] < at((1440 + 160) * 60),
        "{forecast}"
    );
    assert_eq!(forecast["tables_without_rate"], 0);
}

#[test]
fn each_format_says_the_same() {
    let folder = Folder::new();
    record_production_and_rehearsal(&folder.path("h.db"));
    let table = compare(&folder, &[]).expect_success();
    let markdown = compare(&folder, &["--format", "md"]).expect_success();
    compare(&folder, &["--output", "c.html"]).expect_success();
    let html = std::fs::read_to_string(folder.path("c.html")).unwrap();
    for text in [&table, &markdown, &html] {
        for said in [
            "orders to PolarDB compared with rehearsal",
            "3 of 7 tables are slower in A",
            "payments",
            "v_revenue",
        ] {
            assert!(text.contains(said), "{said} in {text}");
        }
    }
    assert!(table.lines().all(|line| !line.contains('\x1b')));
    compare(&folder, &["--output", "c.md"]).expect_success();
    assert_eq!(std::fs::read_to_string(folder.path("c.md")).unwrap(), markdown);
    let chinese = compare(&folder, &["--lang", "zh", "--tz", "Asia/Shanghai"]).expect_success();
    assert!(chinese.contains("7 张表中有 3 张在 A 中更慢") && chinese.contains("Asia/Shanghai"), "{chinese}");
}

#[test]
fn periods_of_one_job_are_compared() {
    let folder = Folder::new();
    record_production_and_rehearsal(&folder.path("h.db"));
    let periods = |a: &str, b: &str| {
        let (a, b) = (format!("dtsrehearsal@{a}"), format!("dtsrehearsal@{b}"));
        folder.run(&["--db", "h.db", "compare", "--job", &a, "--with", &b, "--format", "json"])
    };
    let document: Value = serde_json::from_str(
        &periods("2026-01-02 00:30/2026-01-02T01:00:00Z", "/2026-01-02 00:30").expect_success(),
    )
    .unwrap();
    assert_eq!(document["a"]["window"]["from"], "2026-01-02T00:30:00.000Z");
    assert_eq!(document["a"]["as_of"], "2026-01-02T01:00:00.000Z");
    assert_eq!(document["b"]["window"]["from"], Value::Null);
    let rows = |side: &str| document[side]["totals"]["counted_rows"].as_i64().unwrap();
    assert!(0 < rows("a") && 0 < rows("b"), "{}", document["a"]);
    let outside = periods("2030-01-01/", "/");
    assert_eq!(outside.status, 2, "a period needs a time: {outside:?}");
    let empty = periods("2030-01-01/2030-01-02", "/2026-01-02 00:30");
    assert_eq!(empty.status, 1, "{empty:?}");
    assert!(empty.stderr.contains("no complete snapshot in this period"), "{empty:?}");
}

#[test]
fn what_cannot_be_compared_is_refused_with_the_next_step() {
    let folder = Folder::new();
    record_production_and_rehearsal(&folder.path("h.db"));
    for (more, status, said) in [
        (&["--map", "shop"][..], 2, "OLD=NEW"),
        (&["--map", "shopp=shop"], 2, "--with has no database shopp; it has shop, shop_new"),
        (&["--output", "c.pdf"], 2, ".html, .md, .json or .txt"),
        (&["--format", "xml"], 2, "html"),
    ] {
        let refused = compare(&folder, more);
        assert_eq!(refused.status, status, "{refused:?}");
        assert!(refused.stderr.contains(said), "{refused:?}");
    }
    let unknown = folder.run(&[&PAIR[..], &["dtsnone"]].concat());
    assert_eq!(unknown.status, 1, "{unknown:?}");
    assert!(unknown.stderr.contains("recorded are: dtsrehearsal, dtsproduction"), "{unknown:?}");
    for wrong in
        ["dtsrehearsal@2026-01-02", "dtsrehearsal@/", "dtsrehearsal@2026-01-03/2026-01-02", "@/2026-01-02"]
    {
        let refused = folder.run(&[&PAIR[..], &[wrong]].concat());
        assert_eq!(refused.status, 2, "{refused:?}");
    }
    compare(&folder, &["--map", "shop=shop"]).expect_success();
}
