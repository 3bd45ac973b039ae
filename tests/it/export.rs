//! `export`: the rows of a view, to the letter, in each file format.

use std::collections::BTreeMap;
use std::process::Command;

use dts_history::store::Store;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;

use crate::support::{Folder, block_on, job, object, record, sweep, table};

const JOB: &str = "dtsi76118o3w92abcd";
const OTHER_JOB: &str = "dtsi76118o3w92efgh";
/// Every kind of trouble that a text can make in a CSV or JSON file.
const DDL: &str = "CREATE VIEW `v` AS\r\n\tSELECT \"a\", 'b,c' -- 视图 \u{1f600}";

/// A database of two jobs with NULLs, failures, rates and a hostile text.
fn history() -> Folder {
    let folder = Folder::new();
    let mut unknown = table("unknown", "Migrating", 0, 9000);
    unknown.state.finished_rows = None;
    let failed = object("View", "v", "Failed", DDL, Some("ERROR 1146 (42S02): no \"such\" table\n"));
    block_on(async {
        let store = Store::open(&folder.path("h.db")).await.unwrap();
        let sweeps = [
            sweep(0, vec![vec![table("orders", "Migrating", 100, 9000), unknown.clone(), failed.clone()]]),
            sweep(60, vec![vec![table("orders", "Migrating", 6100, 9000), unknown, failed]]),
        ];
        record(&store, &job(JOB), &sweeps).await;
        record(&store, &job(OTHER_JOB), &[sweep(5, vec![vec![table("users", "Finished", 7, 7)]])]).await;
        store.close().await;
    });
    folder
}

/// The documented views, by the help of a wrong name.
fn view_names(folder: &Folder) -> Vec<String> {
    let ended = folder.run(&["--db", "h.db", "export", "--view", "no_such_view"]);
    assert_eq!(ended.status, 2, "{ended:?}");
    let names = ended.stderr.split("one of ").nth(1).unwrap().trim().split(", ");
    names.map(str::to_owned).collect()
}

/// The rows of a view by SQL, each value as the CSV export writes it.
fn rows_by_sql(folder: &Folder, view: &str) -> Vec<Vec<Option<String>>> {
    let columns = folder.query("h.db", &format!("select name from pragma_table_info('{view}')"));
    let quoted: Vec<_> = columns.iter().map(|column| format!("'{column}', {column}")).collect();
    let rows = folder.query("h.db", &format!("select json_object({}) from {view}", quoted.join(", ")));
    let value = |row: &serde_json::Value, column: &String| match &row[column] {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        number => Some(number.as_f64().unwrap().to_string()),
    };
    let parse = |row: String| serde_json::from_str::<serde_json::Value>(&row).unwrap();
    rows.into_iter().map(parse).map(|row| columns.iter().map(|it| value(&row, it)).collect()).collect()
}

#[test]
fn csv_holds_every_row_of_every_view() {
    let folder = history();
    let views = view_names(&folder);
    assert!(views.len() >= 9 && !views.contains(&"object_newest".to_owned()), "{views:?}");
    for view in views {
        let text = folder.run(&["--db", "h.db", "export", "--view", &view]).expect_success();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        let expected: Vec<Vec<String>> = rows_by_sql(&folder, &view)
            .into_iter()
            .map(|row| row.into_iter().map(Option::unwrap_or_default).collect())
            .collect();
        assert_eq!(rows, expected, "{view}");
    }
}

#[test]
fn ndjson_holds_one_object_a_line_with_nulls_and_numbers() {
    let folder = history();
    let text = folder
        .run(&["--db", "h.db", "export", "--view", "table_latest", "--format", "ndjson"])
        .expect_success();
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = rows.iter().map(|row| row["table_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["orders", "unknown", "users"]);
    assert_eq!((rows[0]["finished_rows"].as_i64(), rows[0]["listed"].as_i64()), (Some(6100), Some(1)));
    assert!(rows[1]["finished_rows"].is_null());
}

#[test]
fn parquet_has_typed_columns_and_the_same_rows() {
    let folder = history();
    folder
        .run(&["--db", "h.db", "export", "--view", "object_latest", "--output", "objects.parquet"])
        .expect_success();
    folder
        .run(&["--db", "h.db", "export", "--view", "table_throughput", "--output", "t.parquet"])
        .expect_success();
    let read = |name: &str| {
        let file = std::fs::File::open(folder.path(name)).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let rows: Vec<BTreeMap<String, Field>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| row.unwrap().into_columns().into_iter().collect())
            .collect();
        rows
    };
    let objects = read("objects.parquet");
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0]["definition"], Field::Str(DDL.to_owned()));
    assert_eq!(objects[0]["parent_name"], Field::Null);
    assert_eq!(objects[0]["first_seen_at"], Field::TimestampMillis(1_767_312_000_000));
    assert_eq!(objects[0]["listed"], Field::Long(1));
    let rates = read("t.parquet");
    let rate = |name: &str| rates[0][name].clone();
    assert_eq!((rate("seconds"), rate("rows")), (Field::Double(60.0), Field::Long(6000)));
}

#[test]
fn a_job_narrows_the_rows_and_an_unknown_one_is_named() {
    let folder = history();
    let rows = folder
        .run(&["--db", "h.db", "export", "--view", "table_latest", "--job", OTHER_JOB])
        .expect_success();
    assert_eq!((rows.lines().count(), rows.contains("users")), (2, true), "{rows}");
    let ended = folder.run(&["--db", "h.db", "export", "--view", "table_latest", "--job", "dtsnone"]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("dtsnone") && ended.stderr.contains(JOB), "{}", ended.stderr);
}

#[test]
fn an_ending_without_a_format_is_refused_and_nothing_is_written() {
    let folder = history();
    let ended = folder.run(&["--db", "h.db", "export", "--view", "jobs", "--output", "jobs.xlsx"]);
    assert_eq!((ended.status, folder.path("jobs.xlsx").exists()), (2, false));
    assert!(ended.stderr.contains(".parquet"), "{}", ended.stderr);
}

/// Reads an exported file with a program of another language and prints types, row count and a value.
const READ_BACK: &str = r#"
import sys, duckdb, pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
print(table.schema.field("observed_at").type, table.schema.field("finished_rows").type, table.num_rows)
print(duckdb.sql(f"select typeof(min(observed_at)), sum(finished_rows), count(*) from '{sys.argv[1]}'").fetchall()[0])
print(duckdb.sql(f"select count(*), sum(finished_rows) from read_csv('{sys.argv[2]}')").fetchall()[0])
print(duckdb.sql(f"select count(*), sum(finished_rows) from read_json('{sys.argv[3]}')").fetchall()[0])
"#;

#[test]
#[ignore = "needs pyarrow and duckdb, which .ci/run installs"]
fn duckdb_and_pyarrow_read_the_files() {
    let folder = history();
    for output in ["h.parquet", "h.csv", "h.ndjson"] {
        folder
            .run(&["--db", "h.db", "export", "--view", "table_history", "--output", output])
            .expect_success();
    }
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/target/operations/bin/python");
    let files = ["h.parquet", "h.csv", "h.ndjson"].map(|name| folder.path(name));
    let output = Command::new(python).arg("-c").arg(READ_BACK).args(&files).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "timestamp[ms, tz=UTC] int64 4\n('TIMESTAMP WITH TIME ZONE', 6207, 4)\n(4, 6207)\n(4, 6207)\n",
        "{stderr}"
    );
}
