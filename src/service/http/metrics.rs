//! Metrics for Prometheus, made anew for each scrape from what the loop shows and the database holds: OpenMetrics
//! for who asks for it, as Prometheus does, and its older text format for all others, as `promtool` reads it.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::api::{failure, refusal};
use super::web::{Seen, Web};
use crate::history::verdict::Verdict;
use crate::model::Phase;
use crate::service::board::Track;
use crate::store::{ActiveTable, DiskUsage, Error};

const OPENMETRICS: &str = "application/openmetrics-text";
const OPENMETRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Vec<(String, String)>;
type Whole = Family<Labels, Gauge>;
type Real = Family<Labels, Gauge<f64, std::sync::atomic::AtomicU64>>;
type Total = Family<Labels, Counter>;

pub(super) async fn metrics(State(web): State<Web>, headers: HeaderMap) -> Response {
    let seen = web.seen();
    let read = async {
        let size = web.store.disk_usage().await?;
        Ok::<_, Error>((size, active_tables(&web, &seen).await?))
    };
    let (size, tables) = match read.await {
        Ok(read) => read,
        Err(error) => return failure(&error.into()),
    };
    let mut registry = Registry::with_prefix("dts_history");
    service(&mut registry, &seen, size);
    sweeps(&mut registry, &seen);
    objects(&mut registry, &seen);
    rows(&mut registry, &seen);
    table_rows(&mut registry, &tables);
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) if asks_for_openmetrics(&headers) => {
            ([(header::CONTENT_TYPE, OPENMETRICS_TYPE)], text).into_response()
        }
        Ok(()) => ([(header::CONTENT_TYPE, TEXT_TYPE)], older_text(&text)).into_response(),
        Err(error) => refusal(StatusCode::INTERNAL_SERVER_ERROR, &format!("cannot write metrics: {error}")),
    }
}

fn asks_for_openmetrics(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|value| value.contains(OPENMETRICS))
}

/// The older format describes a counter by the name of its sample, which ends in `_total`; the last line,
/// `# EOF`, is a comment in it.
fn older_text(openmetrics: &str) -> String {
    let counter = |line: &str| line.strip_prefix("# TYPE ")?.strip_suffix(" counter").map(str::to_owned);
    let counters: BTreeSet<String> = openmetrics.lines().filter_map(counter).collect();
    let mut text = String::with_capacity(openmetrics.len() + 256);
    for line in openmetrics.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(kind), Some(name), Some(rest)) if counters.contains(name) => {
                text.extend(["# ", kind, " ", name, "_total ", rest]);
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// The tables of all jobs that move or failed, up to the bound of the configuration.
async fn active_tables(web: &Web, seen: &Seen) -> Result<Vec<(String, ActiveTable)>, Error> {
    let mut tables = Vec::new();
    for track in seen.tracks.iter().filter(|it| it.standing.is_some()) {
        let left = seen.table_series.saturating_sub(u32::try_from(tables.len()).unwrap_or(u32::MAX));
        if left == 0 {
            break;
        }
        let id = &track.job.id;
        let of_job = web.store.active_tables(id, left).await?;
        tables.extend(of_job.into_iter().map(|table| (id.clone(), table)));
    }
    Ok(tables)
}

fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Labels {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

fn service(registry: &mut Registry, seen: &Seen, size: DiskUsage) {
    let build = Whole::default();
    build.get_or_create(&labels([("version", env!("CARGO_PKG_VERSION"))])).set(1);
    registry.register("build_info", "The program", build);
    for (name, help, bytes) in [
        ("database_size_bytes", "Size of the history database", size.file_bytes),
        ("database_free_bytes", "Of these, bytes that hold nothing and are used again", size.free_bytes),
        ("database_log_size_bytes", "Size of the write-ahead log beside it", size.log_bytes),
    ] {
        let gauge = Gauge::<i64>::default();
        gauge.set(bytes);
        registry.register(name, help, gauge);
    }
    let pulse = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
    pulse.set(seconds(seen.pulsed_at_ms));
    registry.register("pulse_timestamp_seconds", "When the service last turned its loop", pulse);
}

fn sweeps(registry: &mut Registry, seen: &Seen) {
    let (sweeps, skipped) = (Total::default(), Total::default());
    let (in_a_row, in_flight) = (Whole::default(), Whole::default());
    let (duration, last, changed) = (Real::default(), Real::default(), Real::default());
    for track in &seen.tracks {
        let Track { job, standing, skipped: ticks, .. } = track;
        let of = |name, value| labels([("job_id", &job.id), (name, value)]);
        let job_label = labels([("job_id", &job.id)]);
        sweeps.get_or_create(&of("outcome", "complete")).inc_by(track.complete);
        sweeps.get_or_create(&of("outcome", "failed")).inc_by(track.failed);
        for (reason, count) in [("overlap", ticks.overlap), ("late", ticks.late), ("resting", ticks.resting)]
        {
            skipped.get_or_create(&of("reason", reason)).inc_by(count);
        }
        in_a_row.get_or_create(&job_label).set(i64::from(track.failed_in_a_row));
        in_flight.get_or_create(&job_label).set(i64::from(track.sweeping));
        if let Some(took_ms) = track.took_ms {
            duration.get_or_create(&job_label).set(took_ms as f64 / 1000.0);
        }
        if let Some(standing) = standing {
            last.get_or_create(&job_label).set(seconds(standing.last.finished_at_ms));
            changed.get_or_create(&job_label).set(seconds(standing.changed_at_ms));
        }
    }
    registry.register("sweeps", "Sweeps since the service started", sweeps);
    registry.register("ticks_skipped", "Ticks that did not become sweeps", skipped);
    registry.register("sweeps_failed_in_a_row", "Failed sweeps since the last complete one", in_a_row);
    registry.register("sweep_in_flight", "Whether a sweep waits or is in flight", in_flight);
    registry.register("last_sweep_duration_seconds", "How long the last sweep took", duration);
    registry.register("last_snapshot_timestamp_seconds", "End of the last complete snapshot", last);
    registry.register("last_change_timestamp_seconds", "End of the last snapshot with a change", changed);
}

fn objects(registry: &mut Registry, seen: &Seen) {
    let (objects, verdicts) = (Whole::default(), Whole::default());
    for track in &seen.tracks {
        let Some(standing) = track.standing else { continue };
        for phase in Phase::ALL {
            let of = &standing.counts[phase as usize];
            for (status, count) in [
                ("NotStarted", of.not_started),
                ("Migrating", of.migrating),
                ("Failed", of.failed),
                ("Finished", of.finished),
                ("other", of.other),
            ] {
                let labels =
                    labels([("job_id", &track.job.id), ("phase", phase.as_str()), ("status", status)]);
                objects.get_or_create(&labels).set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
        let verdict = standing.verdict();
        for word in [
            Verdict::Finished,
            Verdict::FinishedWithFailures,
            Verdict::Failed,
            Verdict::InProgress,
            Verdict::Empty,
        ] {
            let labels = labels([("job_id", &track.job.id), ("verdict", word.as_str())]);
            verdicts.get_or_create(&labels).set(i64::from(word == verdict));
        }
    }
    registry.register("objects", "Listed objects by phase and status", objects);
    registry.register("verdict", "1 for the verdict of the job, 0 for all others", verdicts);
}

fn rows(registry: &mut Registry, seen: &Seen) {
    let (finished, estimated, unknown) = (Real::default(), Real::default(), Whole::default());
    for track in &seen.tracks {
        let Some(standing) = track.standing else { continue };
        let job_label = labels([("job_id", &track.job.id)]);
        finished.get_or_create(&job_label).set(standing.rows.finished);
        estimated.get_or_create(&job_label).set(standing.rows.estimated);
        unknown.get_or_create(&job_label).set(standing.rows.tables_without_estimate);
    }
    registry.register("finished_rows", "Rows copied in all listed tables", finished);
    registry.register("estimated_rows", "The sum of the estimates of listed tables that have one", estimated);
    registry.register("tables_without_estimate", "Listed tables without an estimate of their rows", unknown);
}

fn table_rows(registry: &mut Registry, tables: &[(String, ActiveTable)]) {
    let (finished, total) = (Whole::default(), Whole::default());
    for (job_id, table) in tables {
        let labels = labels([
            ("job_id", job_id),
            ("source_db", &table.source_db),
            ("destination_db", &table.destination_db),
            ("table", &table.table_name),
            ("status", &table.status),
        ]);
        if let Some(rows) = table.finished_rows {
            finished.get_or_create(&labels).set(rows);
        }
        if let Some(rows) = table.total_rows {
            total.get_or_create(&labels).set(rows);
        }
    }
    let note = "of tables that move or failed, up to the configured number";
    registry.register("table_finished_rows", format!("Rows copied, {note}"), finished);
    registry.register("table_estimated_rows", format!("The estimate of all rows, {note}"), total);
}
