//! Reads the reply of DescribeSynchronizationJobs: which jobs there are.

use serde_json::Value;

use super::{Format, Head, Unreadable, json, names};

/// A synchronization job, as the list shows it. A field is `None` if it was absent or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedJob {
    /// `SynchronizationJobId`.
    pub id: String,
    /// `SynchronizationJobName`.
    pub name: Option<String>,
    /// `Status` of the whole job, to the letter: the vendor's own spellings vary (`Initializating`).
    pub status: Option<String>,
    /// `SynchronizationDirection`: `Forward` or `Reverse`. A two-way job is listed once for each.
    pub direction: Option<String>,
    /// The engine of `SourceEndpoint`, for example `MySQL`.
    pub source_engine: Option<String>,
    /// The engine of `DestinationEndpoint`.
    pub destination_engine: Option<String>,
    /// `DataInitializationStatus.Percent`.
    pub data_percent: Option<String>,
    /// `ErrorMessage`.
    pub error_message: Option<String>,
}

/// One page of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobPage {
    /// `TotalRecordCount`: how many jobs there are on all pages.
    pub total: Option<u64>,
    /// The jobs of this page. One without an id cannot be recorded and is left out.
    pub jobs: Vec<ListedJob>,
}

/// Reads a page of the list. It is asked for in JSON; only an error comes in XML all the same.
///
/// # Errors
/// If the body is not a reply of this call, says why.
pub fn read_jobs(body: &[u8]) -> Result<(Head, JobPage), Unreadable> {
    let text = super::decode(body)?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.starts_with('{') {
        return match super::read(body) {
            Ok(reply) if !reply.head.success => Ok((reply.head, JobPage::default())),
            Ok(_) | Err(Unreadable::OtherCall { .. }) => {
                Err(Unreadable::Malformed { format: Format::Xml, detail: "JSON was asked for".to_owned() })
            }
            Err(unreadable) => Err(unreadable),
        };
    }
    let head = json::head(text)?;
    let reply: Value = serde_json::from_str(text).map_err(|error| json::unreadable(&error))?;
    let list = &reply[names::JOBS];
    if list.is_null() && head.success {
        return Err(Unreadable::Foreign { format: Format::Json });
    }
    let total = filled(&reply["TotalRecordCount"]).and_then(|text| text.trim().parse().ok());
    Ok((head, JobPage { total, jobs: items(list).filter_map(job).collect() }))
}

/// The items of an array, wrapped in their item's name or not, or the one object in its place.
fn items(list: &Value) -> impl Iterator<Item = &Value> {
    let list = list.get(names::JOBS_ITEM).unwrap_or(list);
    list.as_array().map_or_else(|| std::slice::from_ref(list), Vec::as_slice).iter()
}

fn job(item: &Value) -> Option<ListedJob> {
    let text = |name: &str| filled(&item[name]);
    Some(ListedJob {
        id: text("SynchronizationJobId")?,
        name: text("SynchronizationJobName"),
        status: text("Status"),
        direction: text("SynchronizationDirection"),
        source_engine: filled(&item["SourceEndpoint"]["EngineName"]),
        destination_engine: filled(&item["DestinationEndpoint"]["EngineName"]),
        data_percent: filled(&item["DataInitializationStatus"]["Percent"]),
        error_message: text("ErrorMessage"),
    })
}

fn filled(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"{"PageNumber":1,"PageRecordCount":30,"TotalRecordCount":2,"RequestId":"r",
        "SynchronizationInstances":[
          {"SynchronizationJobId":"dtsa","SynchronizationJobName":"orders <to> 库","Status":"Initializating",
           "SynchronizationDirection":"Forward","ErrorMessage":"",
           "DataInitializationStatus":{"Status":"Migrating","Percent":"42","Progress":"7"},
           "SourceEndpoint":{"EngineName":"MySQL","InstanceId":"rm-1"},"DestinationEndpoint":{"EngineName":"PolarDB"},
           "PrecheckStatus":{"Detail":[{"ItemName":"x"}]},"Tags":[]},
          {"SynchronizationJobId":"dtsb"},
          {"SynchronizationJobName":"no id"}, null, 7]}"#;

    #[test]
    fn a_page_of_the_list_is_read() {
        let (head, page) = read_jobs(PAGE.as_bytes()).unwrap();
        assert!(head.success);
        assert_eq!(page.total, Some(2));
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            page.jobs[0],
            ListedJob {
                id: "dtsa".to_owned(),
                name: text("orders <to> 库"),
                status: text("Initializating"),
                direction: text("Forward"),
                source_engine: text("MySQL"),
                destination_engine: text("PolarDB"),
                data_percent: text("42"),
                error_message: None,
            }
        );
        assert_eq!(page.jobs[1], ListedJob { id: "dtsb".to_owned(), ..ListedJob::default() });
        assert_eq!(page.jobs.len(), 2);
    }

    #[test]
    fn every_shape_of_the_list_is_taken() {
        let job = r#"{"SynchronizationJobId":"dtsa"}"#;
        for list in [
            format!("[{job}]"),
            job.to_owned(),
            format!(r#"{{"SynchronizationInstance":[{job}]}}"#),
            format!(r#"{{"SynchronizationInstance":{job}}}"#),
        ] {
            let body =
                format!(r#"{{"RequestId":"r","TotalRecordCount":"1","SynchronizationInstances":{list}}}"#);
            let (_, page) = read_jobs(body.as_bytes()).unwrap();
            assert_eq!((page.total, page.jobs.len()), (Some(1), 1), "{list}");
        }
        let (_, page) = read_jobs(br#"{"RequestId":"r","SynchronizationInstances":[]}"#).unwrap();
        assert_eq!(page, JobPage::default());
    }

    #[test]
    fn errors_and_other_bodies_are_told_apart() {
        let (head, _) = read_jobs(br#"{"Code":"Forbidden.RAM","Message":"no","RequestId":"r"}"#).unwrap();
        assert_eq!((head.success, head.err_code.as_deref()), (false, Some("Forbidden.RAM")));
        let (head, _) = read_jobs(b"<Error><Code>Throttling.User</Code></Error>").unwrap();
        assert_eq!(head.err_code.as_deref(), Some("Throttling.User"));
        for (body, begins) in [
            ("", "no content"),
            ("{}", "JSON of something else"),
            (r#"{"RequestId":"r","DataInitializationDetails":[]}"#, "JSON of something else"),
            (r#"{"RequestId":"r","Synch"#, "incomplete JSON"),
            ("<html></html>", "an HTML page"),
            ("<R><SynchronizationInstances/><RequestId>r</RequestId></R>", "broken XML: JSON was asked for"),
        ] {
            let said = read_jobs(body.as_bytes()).unwrap_err().to_string();
            assert!(said.starts_with(begins), "{body}: {said}");
        }
        let deep = format!(r#"{{"RequestId":"r","SynchronizationInstances":{}"#, "[".repeat(300_000));
        assert!(read_jobs(deep.as_bytes()).is_err());
    }
}
