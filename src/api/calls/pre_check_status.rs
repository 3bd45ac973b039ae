//! `DescribePreCheckStatus` with JobCode 02 and 03: the objects of a task of today's console, page by page.
//!
//! Documented: `DtsJobId` (the job id, never the instance id), `JobCode` (`02` structure, `03` full data), `StructType`
//! (`before`: the structure migration), `PageNo` from 1, `PageSize` (default 20, sample 30, maximum unknown);
//! `JobProgress[]` with 24 keys a row, and the same rows in `SubDistributedJobStatus[].JobProgress[]` of a distributed
//! task; `DdlSql`, `ErrMsg`, `BootTime`, `FinishTime`. An early SDK typed the times as epoch milliseconds.
//! Observed: nothing; no reply of 02 or 03 has been published.
//! Assumed, because the documentation leaves it open: `Names` is the name of the object unless it is a key of a message
//! (`CHECK_…`), else `TargetNames`, else `Item`. `Current` and `Total` of 03 are rows copied and rows estimated, except
//! in a row with a `Total` of 1, which counts an item. The type of a structure row is that of its `DdlSql`. A page
//! past the last one is empty or repeats rows; `TotalRecordCount` is not relied on, because it is unknown whether it
//! covers the rows of a distributed task.

use super::VERSION;
use crate::api::error::Error;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::api::transport::request::Call;
use crate::api::wire::body::{Format, Unreadable};
use crate::api::wire::head::{Head, ReplyOrigin};
use crate::api::wire::object::{self, Object};
use crate::model::{Job, ObjectKey, ObjectState, Page, Phase, Reading, Status};

/// The subtask whose objects are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subtask {
    /// `02`: the structure migration.
    Structure,
    /// `03`: the full data migration.
    Data,
}

impl Subtask {
    fn job_code(self) -> &'static str {
        match self {
            Self::Structure => "02",
            Self::Data => "03",
        }
    }
}

/// Fetches one page of a subtask, with the arrival time of its reply. `number` counts from 1.
///
/// # Errors
/// If the call is rejected, or still fails after `retry_for_seconds`.
pub async fn fetch_page(
    client: &Client,
    job: &Job,
    subtask: Subtask,
    number: u32,
    counter: &CallCounter,
) -> Result<Page, Error> {
    let call = Call {
        action: "DescribePreCheckStatus",
        version: VERSION,
        region: job.region.as_deref(),
        params: vec![
            ("DtsJobId", job.id.clone()),
            ("JobCode", subtask.job_code().to_owned()),
            ("StructType", "before".to_owned()),
            ("PageNo", number.to_string()),
            ("PageSize", client.options().page_size.to_string()),
        ],
    };
    let read = match subtask {
        Subtask::Structure => |body: &[u8]| read(body, Subtask::Structure),
        Subtask::Data => |body: &[u8]| read(body, Subtask::Data),
    };
    let (readings, arrived_at_ms) = client.call(&call, read, counter).await?;
    Ok(Page { number, arrived_at_ms, readings })
}

/// Reads a page of a subtask.
///
/// # Errors
/// The reason, if the body is not a reply of this call, or of the other subtask.
pub fn read(body: &[u8], subtask: Subtask) -> Result<(Head, Vec<Reading>), Unreadable> {
    let (mut head, text) = object::read_document(body)?;
    let reply = Object::parse(&text)?;
    if head.origin == ReplyOrigin::Gateway && reply.has("JobProgress") {
        // Gateway errors have a `Code` too, but here it is the code of the subtask.
        head = Head { request_id: head.request_id, success: true, ..Head::default() };
    }
    if !head.success {
        return Ok((head, Vec::new()));
    }
    let (rows, distributed) = ("JobProgress", "SubDistributedJobStatus");
    if !reply.has(rows) && !reply.has(distributed) {
        for key in ["DataInitializationDetails", "DataInitializationDetailList", "DtsJobList"] {
            if reply.has(key) {
                return Err(Unreadable::OtherCall { action: "DescribePreCheckStatus", key });
            }
        }
        return Err(Unreadable::Foreign { format: Format::Json });
    }
    if let Some(code) = reply.text("Code").filter(|code| code != subtask.job_code()) {
        let detail = format!("it is of JobCode {code}, not {}", subtask.job_code());
        return Err(Unreadable::Malformed { format: Format::Json, detail });
    }
    let mut readings: Vec<_> =
        reply.list(rows, "ProgressInfo")?.iter().map(|row| reading_from_row(row, subtask)).collect();
    for part in reply.list(distributed, "SubDistributedJobStatusItem")? {
        readings.extend(part.list(rows, "ProgressInfo")?.iter().map(|row| reading_from_row(row, subtask)));
    }
    Ok((head, readings))
}

fn reading_from_row(row: &Object<'_>, subtask: Subtask) -> Reading {
    let definition = row.text("DdlSql");
    let kind = definition.as_deref().map(created_object_type).unwrap_or_default();
    let name = ["Names", "TargetNames", "Item"]
        .into_iter()
        .filter_map(|key| row.text(key))
        .find(|name| !name.starts_with("CHECK_"))
        .unwrap_or_default();
    let (phase, object_type, parent_name) = match subtask {
        Subtask::Data => (Phase::Data, None, None),
        Subtask::Structure => match row.text("ParentObj") {
            Some(parent) if matches!(kind, "Constraint" | "Index") => {
                (Phase::Constraint, Some(kind.to_owned()), Some(parent))
            }
            _ => (Phase::Structure, Some(kind.to_owned()), None),
        },
    };
    let counts_rows = subtask == Subtask::Data && row.count("Total") != Some(1);
    let rows = |key: &str| row.count(key).filter(|_| counts_rows);
    Reading {
        key: ObjectKey {
            phase,
            source_db: row.text("SourceSchema").unwrap_or_default(),
            destination_db: row.text("DestSchema").unwrap_or_default(),
            object_type,
            parent_name,
            object_name: name,
        },
        state: ObjectState {
            status: row.text("State").map(|word| status_from_state(word.trim())),
            finished_rows: rows("Current"),
            total_rows: rows("Total"),
            used_time: None,
            error_message: row.text("ErrMsg"),
            definition,
        },
    }
}

/// Maps the state of a row to a status; a state without a counterpart is kept unchanged.
fn status_from_state(word: &str) -> Status {
    match word {
        "Checking" => Status::Migrating,
        "Success" => Status::Finished,
        other => Status::from(other),
    }
}

/// The type of the object that a DDL statement creates, spelled as in DescribeInitializationStatus; empty if it is
/// unknown.
fn created_object_type(ddl: &str) -> &'static str {
    let skipped = [
        "OR",
        "REPLACE",
        "TEMPORARY",
        "TEMP",
        "UNLOGGED",
        "GLOBAL",
        "FORCE",
        "EDITIONABLE",
        "PUBLIC",
        "UNIQUE",
    ];
    let mut words = ddl
        .split(|c: char| c.is_whitespace() || c == '(')
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase)
        .filter(|word| !skipped.contains(&word.as_str()) && !word.starts_with("DEFINER"));
    let verb = words.next().unwrap_or_default();
    let object = words.next().unwrap_or_default();
    match (verb.as_str(), object.as_str()) {
        ("CREATE", "TABLE") => "Table",
        ("CREATE", "VIEW") => "View",
        ("CREATE", "MATERIALIZED") => "Materialize View",
        ("CREATE", "INDEX" | "FULLTEXT" | "SPATIAL") => "Index",
        ("CREATE", "FUNCTION") => "Function",
        ("CREATE", "PROCEDURE") => "Procedure",
        ("CREATE", "TRIGGER") => "Trigger",
        ("CREATE", "SEQUENCE") => "Sequence",
        ("CREATE", "TYPE") => "Type",
        ("CREATE", "SYNONYM") => "Synonym",
        ("CREATE", "PACKAGE") => "Package",
        ("CREATE", "RULE") => "Rule",
        ("ALTER", "TABLE") => "Constraint",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::{Answer, Server, job};

    fn reply_body(code: &str, rows: &str) -> String {
        format!(
            r#"{{"State":"Migrating","Code":"{code}","JobId":"b4my3zg929a","Total":0,"ErrorItem":0,"PageNumber":1,
            "PageRecordCount":20,"TotalRecordCount":100,"Success":true,"HttpStatusCode":200,"RequestId":"r",{rows}}}"#
        )
    }

    fn parse_rows(subtask: Subtask, rows: &str) -> Vec<Reading> {
        read(reply_body(subtask.job_code(), rows).as_bytes(), subtask).unwrap().1
    }

    #[test]
    fn rows_of_the_data_subtask_have_row_counts() {
        let readings = parse_rows(
            Subtask::Data,
            r#""JobProgress":[
            {"Id":"5632","Names":"orders","TargetNames":"orders_new","Item":"o","SourceSchema":"shop","DestSchema":"shop_new",
             "State":"Migrating","Current":"1200","Total":5000,"ErrMsg":"","DdlSql":""},
            {"Id":"5633","Names":"CHECK_CONN_DEST_DETAIL","TargetNames":"customer","State":"Success","Current":"0","Total":1},
            {"Id":"5634","Item":"login_common_time","State":"Warning","Current":"x","Total":-7}]"#,
        );
        let orders = &readings[0];
        assert_eq!(
            (orders.key.phase, orders.key.source_db.as_str(), orders.key.destination_db.as_str()),
            (Phase::Data, "shop", "shop_new")
        );
        assert_eq!(orders.key.object_name, "orders");
        assert_eq!(
            orders.state,
            ObjectState {
                status: Some(Status::Migrating),
                finished_rows: Some(1200),
                total_rows: Some(5000),
                ..ObjectState::default()
            }
        );
        assert_eq!(readings[1].key.object_name, "customer", "a key of a message is not a name");
        assert_eq!(readings[1].state.status, Some(Status::Finished));
        assert_eq!(
            (readings[1].state.finished_rows, readings[1].state.total_rows),
            (None, None),
            "0 of 1 is an item"
        );
        assert_eq!(readings[2].key.object_name, "login_common_time");
        assert_eq!(readings[2].state.status, Some(Status::Other("Warning".to_owned())));
        assert_eq!((readings[2].state.finished_rows, readings[2].state.total_rows), (None, None));
    }

    #[test]
    fn rows_of_the_structure_subtask_have_the_type_of_their_ddl() {
        let ddl = |ddl: &str| {
            let row = format!(
                r#""JobProgress":[{{"Names":"x","DdlSql":"{ddl}","State":"Failed","Current":"3","Total":9,"ErrMsg":"e"}}]"#
            );
            parse_rows(Subtask::Structure, &row).remove(0)
        };
        for (text, kind) in [
            ("CREATE TABLE `a` (\\n id int)", "Table"),
            ("create or replace view v as select 1", "View"),
            ("CREATE MATERIALIZED VIEW m AS SELECT 1", "Materialize View"),
            ("CREATE DEFINER=`r`@`%` PROCEDURE p() SELECT 1", "Procedure"),
            ("CREATE UNIQUE INDEX i ON t (a)", "Index"),
            ("GRANT ALL", ""),
        ] {
            let reading = ddl(text);
            assert_eq!(reading.key.object_type.as_deref(), Some(kind), "{text}");
            assert_eq!(reading.key.phase, Phase::Structure);
            assert_eq!((reading.state.finished_rows, reading.state.total_rows), (None, None));
            assert_eq!(reading.state.error_message.as_deref(), Some("e"));
        }
        let constraint = parse_rows(
            Subtask::Structure,
            r#""JobProgress":[{"Names":"orders","ParentObj":"orders","DdlSql":"ALTER TABLE orders ADD PRIMARY KEY (id)"}]"#,
        );
        assert_eq!(constraint[0].key.phase, Phase::Constraint);
        assert_eq!(constraint[0].key.parent_name.as_deref(), Some("orders"));
    }

    #[test]
    fn rows_of_a_distributed_task_are_merged_in_flat_or_wrapped() {
        for part in [
            r#"[{"Code":"03","JobProgress":[{"Names":"b"}]},{"JobProgress":[{"Names":"c"}]}]"#,
            r#"{"SubDistributedJobStatusItem":[{"JobProgress":{"ProgressInfo":[{"Names":"b"},{"Names":"c"}]}}]}"#,
        ] {
            let readings = parse_rows(
                Subtask::Data,
                &format!(r#""JobProgress":[{{"Names":"a"}}],"SubDistributedJobStatus":{part}"#),
            );
            let names: Vec<_> = readings.iter().map(|reading| reading.key.object_name.as_str()).collect();
            assert_eq!(names, ["a", "b", "c"], "{part}");
        }
    }

    #[test]
    fn replies_of_other_calls_are_distinguished() {
        let error = |body: &str| read(body.as_bytes(), Subtask::Data).unwrap_err().to_string();
        assert!(error(&reply_body("02", r#""JobProgress":[]"#)).contains("it is of JobCode 02, not 03"));
        assert!(error(r#"{"RequestId":"r","DtsJobList":[]}"#).starts_with("the reply of another call"));
        assert!(error(r#"{"RequestId":"r","Success":true}"#).starts_with("JSON of something else"));
        let (head, _) = read(br#"{"Code":"03","RequestId":"r","JobProgress":[]}"#, Subtask::Data).unwrap();
        assert!(head.success, "the code is the job's, not an error's");
        let refused = br#"{"Success":"false","ErrCode":"InvalidJobId","ErrMessage":"The specified dts job id %s is not exists.","DynamicMessage":"x1","RequestId":"r"}"#;
        let (head, readings) = read(refused, Subtask::Data).unwrap();
        assert_eq!((head.success, readings.len()), (false, 0));
        assert_eq!(head.err_message.as_deref(), Some("The specified dts job id x1 is not exists."));
    }

    #[tokio::test]
    async fn a_subtask_is_requested_by_its_code() {
        let answer = Answer::ok(reply_body(
            "02",
            r#""JobProgress":[{"Names":"t","DdlSql":"CREATE TABLE t (a int)"}]"#,
        ));
        let server = Server::queue([answer]).await;
        let page = fetch_page(&server.client(), &job(), Subtask::Structure, 3, &CallCounter::default())
            .await
            .unwrap();
        assert_eq!((page.number, page.readings.len()), (3, 1));
        let request = server.requests().remove(0);
        for (name, value) in [
            ("Action", "DescribePreCheckStatus"),
            ("DtsJobId", "dtsi76118o3w92abcd"),
            ("JobCode", "02"),
            ("StructType", "before"),
            ("PageNo", "3"),
            ("PageSize", "100"),
        ] {
            assert_eq!(request.params.get(name).map(String::as_str), Some(value), "{name}");
        }
    }
}
