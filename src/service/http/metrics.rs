//! `/metrics`, encoded anew for each scrape from the published state and the database: OpenMetrics for clients that
//! accept it, as Prometheus does, and the older Prometheus text format for all others.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::context::HttpContext;
use super::response::error_response;
use super::stats::HttpStats;
use crate::history::figures::cutover::CutoverState;
use crate::history::figures::verdict::JobVerdict;
use crate::model::Phase;
use crate::service::job_states::JobState;
use crate::service::state::ServiceState;
use crate::store::{ActiveTable, DiskUsage};

const OPENMETRICS: &str = "application/openmetrics-text";
const OPENMETRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Vec<(String, String)>;
type IntGauges = Family<Labels, Gauge>;
type FloatGauges = Family<Labels, Gauge<f64, std::sync::atomic::AtomicU64>>;
type Counters = Family<Labels, Counter>;

pub(super) async fn metrics(State(context): State<HttpContext>, headers: HeaderMap) -> Response {
    let state = context.state();
    let Some(vitals) = context.vitals.get(&state).await else {
        return error_response(StatusCode::SERVICE_UNAVAILABLE, "the database did not answer in time");
    };
    let mut registry = Registry::with_prefix("dts_history");
    service(&mut registry, &state, vitals.disk_usage);
    sweeps(&mut registry, &state);
    objects(&mut registry, &state);
    rows(&mut registry, &state);
    delays(&mut registry, &state);
    table_rows(&mut registry, &vitals.active_tables);
    publications(&mut registry, &state);
    http(&mut registry, &context.stats);
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) if accepts_openmetrics(&headers) => {
            ([(header::CONTENT_TYPE, OPENMETRICS_TYPE)], text).into_response()
        }
        Ok(()) => ([(header::CONTENT_TYPE, TEXT_TYPE)], prometheus_text(&text)).into_response(),
        Err(error) => {
            error_response(StatusCode::INTERNAL_SERVER_ERROR, &format!("cannot write metrics: {error}"))
        }
    }
}

fn accepts_openmetrics(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|value| value.contains(OPENMETRICS))
}

/// The older format: it names a counter after its sample, which ends in `_total`; the last line, `# EOF`, is a comment
/// in it.
fn prometheus_text(openmetrics: &str) -> String {
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

fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Labels {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

fn service(registry: &mut Registry, state: &ServiceState, size: DiskUsage) {
    let build = IntGauges::default();
    build.get_or_create(&labels([("version", env!("CARGO_PKG_VERSION"))])).set(1);
    registry.register("build_info", "Version of the program", build);
    for (name, help, bytes) in [
        ("database_size_bytes", "DiskUsage of the history database", size.file_bytes),
        ("database_free_bytes", "Free bytes in the database file, which are reused", size.free_bytes),
        ("database_log_size_bytes", "DiskUsage of the write-ahead log", size.log_bytes),
    ] {
        let gauge = Gauge::<i64>::default();
        gauge.set(bytes);
        registry.register(name, help, gauge);
    }
    let heartbeat = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
    heartbeat.set(seconds(state.heartbeat_at_ms));
    registry.register(
        "pulse_timestamp_seconds",
        "When the loop of the service last ran its heartbeat",
        heartbeat,
    );
}

fn publications(registry: &mut Registry, state: &ServiceState) {
    let publications = Counters::default();
    for (outcome, count) in [("complete", state.publications.complete), ("failed", state.publications.failed)]
    {
        publications.get_or_create(&labels([("outcome", outcome)])).inc_by(count);
    }
    registry.register("publications", "Publications of reports since the service started", publications);
}

fn http(registry: &mut Registry, stats: &HttpStats) {
    for (name, help, counter) in [
        ("http_connections", "Open HTTP connections", &stats.connections),
        ("http_cached_report_bytes", "Size of the cached reports", &stats.cached_bytes),
    ] {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(counter.get()).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    }
    for (name, help, count) in [
        ("http_requests_rejected", "Requests that got 503 because of the load", &stats.rejected_requests),
        ("http_connections_rejected", "Connections that got 503 at the limit", &stats.rejected_connections),
        ("http_connections_evicted", "Idle connections closed at the limit", &stats.evicted_connections),
        ("http_connections_timed_out", "Connections of slow clients closed", &stats.timed_out_connections),
        ("http_reports_rendered", "Reports rendered for HTTP", &stats.rendered_reports),
    ] {
        let counter = Counter::<u64>::default();
        counter.inc_by(count.get());
        registry.register(name, help, counter);
    }
}

fn sweeps(registry: &mut Registry, state: &ServiceState) {
    let (sweeps, skipped) = (Counters::default(), Counters::default());
    let (in_a_row, in_flight) = (IntGauges::default(), IntGauges::default());
    let (duration, last, changed) = (FloatGauges::default(), FloatGauges::default(), FloatGauges::default());
    for job_state in &state.jobs {
        let JobState { job, summary, skipped_ticks: ticks, .. } = job_state;
        let of = |name, value| labels([("job_id", &job.id), (name, value)]);
        let job_label = labels([("job_id", &job.id)]);
        sweeps.get_or_create(&of("outcome", "complete")).inc_by(job_state.complete);
        sweeps.get_or_create(&of("outcome", "failed")).inc_by(job_state.failed);
        for (reason, count) in [("overlap", ticks.overlap), ("late", ticks.late), ("resting", ticks.resting)]
        {
            skipped.get_or_create(&of("reason", reason)).inc_by(count);
        }
        in_a_row.get_or_create(&job_label).set(i64::from(job_state.failed_in_a_row));
        in_flight.get_or_create(&job_label).set(i64::from(job_state.sweeping));
        if let Some(ms) = job_state.duration_ms {
            duration.get_or_create(&job_label).set(ms as f64 / 1000.0);
        }
        if let Some(summary) = summary {
            last.get_or_create(&job_label).set(seconds(summary.last.finished_at_ms));
            changed.get_or_create(&job_label).set(seconds(summary.changed_at_ms));
        }
    }
    registry.register("sweeps", "Sweeps since the service started", sweeps);
    registry.register("ticks_skipped", "CronDriver that did not become sweeps", skipped);
    registry.register("sweeps_failed_in_a_row", "Failed sweeps since the last complete one", in_a_row);
    registry.register("sweep_in_flight", "Whether a sweep is waiting or in flight", in_flight);
    registry.register("last_sweep_duration_seconds", "Duration of the last sweep", duration);
    registry.register("last_snapshot_timestamp_seconds", "End of the last complete snapshot", last);
    registry.register("last_change_timestamp_seconds", "End of the last snapshot with a change", changed);
}

fn delays(registry: &mut Registry, state: &ServiceState) {
    let (delay, age, read, ready) =
        (FloatGauges::default(), FloatGauges::default(), FloatGauges::default(), IntGauges::default());
    for job_state in &state.jobs {
        let Some(cutover) = job_state.cutover else { continue };
        let job_label = labels([("job_id", &job_state.job.id)]);
        if let Some(ms) = cutover.delay_ms {
            delay.get_or_create(&job_label).set(seconds(ms));
        }
        if let Some(checkpoint_ms) = cutover.checkpoint_at_ms {
            age.get_or_create(&job_label).set(seconds(cutover.last_seen_at_ms - checkpoint_ms));
        }
        read.get_or_create(&job_label).set(seconds(cutover.last_seen_at_ms));
        ready.get_or_create(&job_label).set(i64::from(cutover.state == CutoverState::Ready));
    }
    registry.register("delay_seconds", "How far the destination is behind the source", delay);
    registry.register("checkpoint_age_seconds", "Age of the checkpoint when the status was last read", age);
    registry.register("status_timestamp_seconds", "When the status of the job was last read", read);
    registry.register("ready_to_cut_over", "Whether the delay was low for long enough", ready);
}

fn objects(registry: &mut Registry, state: &ServiceState) {
    let (objects, verdicts) = (IntGauges::default(), IntGauges::default());
    for job in &state.jobs {
        let Some(summary) = job.summary else { continue };
        for phase in Phase::ALL {
            let of = &summary.counts[phase as usize];
            for (status, count) in [
                ("NotStarted", of.not_started),
                ("Migrating", of.migrating),
                ("Failed", of.failed),
                ("Finished", of.finished),
                ("other", of.other),
            ] {
                let labels = labels([("job_id", &job.job.id), ("phase", phase.as_str()), ("status", status)]);
                objects.get_or_create(&labels).set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
        let verdict = summary.verdict();
        for word in [
            JobVerdict::Finished,
            JobVerdict::FinishedWithFailures,
            JobVerdict::Failed,
            JobVerdict::InProgress,
            JobVerdict::Empty,
        ] {
            let labels = labels([("job_id", &job.job.id), ("verdict", word.as_str())]);
            verdicts.get_or_create(&labels).set(i64::from(word == verdict));
        }
    }
    registry.register("objects", "Listed objects by phase and status", objects);
    registry.register("verdict", "1 for the verdict of the job, 0 for all others", verdicts);
}

fn rows(registry: &mut Registry, state: &ServiceState) {
    let (finished, estimated, unknown) =
        (FloatGauges::default(), FloatGauges::default(), IntGauges::default());
    for job in &state.jobs {
        let Some(summary) = job.summary else { continue };
        let job_label = labels([("job_id", &job.job.id)]);
        finished.get_or_create(&job_label).set(summary.rows.finished);
        estimated.get_or_create(&job_label).set(summary.rows.estimated);
        unknown.get_or_create(&job_label).set(summary.rows.tables_without_estimate);
    }
    registry.register("finished_rows", "Copied rows of all listed tables", finished);
    registry.register("estimated_rows", "Sum of the row estimates of listed tables", estimated);
    registry.register("tables_without_estimate", "Listed tables without a row estimate", unknown);
}

fn table_rows(registry: &mut Registry, tables: &[(String, ActiveTable)]) {
    let (finished, total) = (IntGauges::default(), IntGauges::default());
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
    let note = "of migrating and failed tables, up to the configured number";
    registry.register("table_finished_rows", format!("Rows copied, {note}"), finished);
    registry.register("table_estimated_rows", format!("The estimate of all rows, {note}"), total);
}
