//! English.

use super::catalog::Text;
use super::figures::{EtaText, FigureText, LabelText};
use super::headline::HeadlineText;
use super::plural::{counted, form};
use super::sections::{ChartText, FailureText, ProvenanceText, SectionText, SqlText, TableText};
use super::verdict::VerdictText;
use crate::report::number::integer;

pub(super) const TEXT: Text = Text {
    tag: "en",
    figure: FIGURE,
    labels: LABELS,
    verdict: VERDICT,
    headline: HEADLINE,
    eta: ETA,
    cutover: super::cutover::EN,
    section: SECTION,
    failure: FAILURE,
    cause: super::cause::EN,
    insight: super::insight::EN,
    time_lost: super::time_lost::EN,
    repair: super::repair::EN,
    table: TABLE,
    quality: super::quality::EN,
    chart: CHART,
    provenance: PROVENANCE,
    sql: SQL,
    cli: super::cli::EN,
    comparison: super::comparison::EN,
    wait: super::wait::EN,
    overview: super::service::OVERVIEW_EN,
    notification: super::service::NOTIFICATION_EN,
};

const FIGURE: FigureText = FigureText {
    unknown: "unknown",
    not_yet: "not yet",
    percent: |digits| format!("{digits} %"),
    rate: |digits| format!("{digits} rows/s"),
    rows: |digits| format!("{digits} rows"),
    seconds: |s| format!("{s} s"),
    minutes: |m, s| if s == 0 { format!("{m} min") } else { format!("{m} min {s} s") },
    hours: |h, m| if m == 0 { format!("{h} h") } else { format!("{h} h {m} min") },
    days: |d, h| if h == 0 { format!("{d} d") } else { format!("{d} d {h} h") },
    between_seconds: |a, b| format!("between {a} and {b} s"),
    to_seconds: |a, b| format!("{a}–{b} s"),
    between: |a, b| format!("between {a} and {b}"),
    at_least: |a| format!("at least {a}"),
    about: |a| format!("about {a}"),
    before_recording: |seen| format!("before recording began (first seen {seen})"),
    not_by: |at| format!("not yet (as of {at})"),
    zone: |zone, offset| format!("{zone} ({offset})"),
    labelled: |label, value| format!("{label}: {value}"),
    comma: ", ",
    space: " ",
};

const LABELS: LabelText = LabelText {
    not_started: "Not started",
    migrating: "Migrating",
    failed: "Failed",
    finished: "Finished",
    no_status: "No status",
    other: "Other status",
    first_seen: "first seen",
    unlisted: "no longer listed",
    phases: ["Structure", "Constraint", "Data", "Synchronization"],
    object_type: |word| word,
};

const VERDICT: VerdictText = VerdictText {
    finished: "Finished",
    finished_with_failures: "Finished with failures",
    failed: "Failed",
    in_progress: "In progress",
    empty: "Nothing to report",
    means_finished: |all, tables| {
        format!(
            "{} {} finished; {} with data among them. There are no open failures.",
            counted(all, "object", "objects"),
            form(all, "is", "are"),
            counted(tables, "table", "tables")
        )
    },
    means_finished_with_failures: |failed, all| {
        format!(
            "{} of {} failed. The others are finished, and the initialization has ended.",
            integer(failed),
            counted(all, "object", "objects")
        )
    },
    means_failed: |failed, waiting, all| match waiting {
        0 => {
            format!("{} of {} failed, and nothing moves.", integer(failed), counted(all, "object", "objects"))
        }
        _ => format!(
            "{} of {} failed, {} {} waiting, and nothing moves.",
            integer(failed),
            counted(all, "object", "objects"),
            integer(waiting),
            form(waiting, "is", "are")
        ),
    },
    means_in_progress: |finished, moving, all| {
        format!(
            "{} of {} {} finished, {} {} being worked on.",
            integer(finished),
            counted(all, "object", "objects"),
            form(if all == 1 { 1 } else { finished }, "is", "are"),
            integer(moving),
            form(moving, "is", "are")
        )
    },
    failed_so_far: |failed| format!("{} failed so far.", counted(failed, "object has", "objects have")),
    means_empty: "The snapshots are complete, but they list no object of the initialization.",
    means_gone: "The job no longer lists its objects, and some of them had not finished when they were last seen.",
    means_unrecorded: "No complete snapshot of this job was recorded in this period.",
    means_failing: |count, error| {
        format!(
            "No complete snapshot of this job was recorded in this period. {} failed, the last with: {error}",
            counted(count, "snapshot", "snapshots")
        )
    },
    next: "What to do next",
    next_compare: "Compare row counts and a sample of the data at both ends before you cut over: the figures here are DTS’s own.",
    next_repair: "For each failure below, remove the cause named in the error, then run the statement at the destination or retry the task in the DTS console.",
    next_record: "Then record another snapshot. A failure is resolved once DTS reports another status for the object.",
    next_waiting: |waiting| {
        format!("{} will not start before that.", counted(waiting, "waiting object", "waiting objects"))
    },
    next_watch: "No action is needed now. Keep recording: more snapshots make forecasts and times more precise.",
    next_other: |count| {
        format!("Check {} without a known status in the DTS console.", counted(count, "object", "objects"))
    },
    next_failing: "Remove the cause named in the error. “dts-history check” tests everything that a snapshot needs and suggests the next step.",
    next_window: "Choose another period with --from and --to, or omit both.",
    next_empty: "Check the job’s id and region, and that its initialization has begun. Then record a snapshot with “dts-history collect”.",
    as_of: |at| format!("As of {at}"),
    as_of_never: "No complete snapshot yet",
    window: |from, to| {
        format!(
            "Changes of status, rates and attempts are those from {from} to {to}; everything else is as of the end of that period."
        )
    },
    recording_start: "the beginning of the recording",
    recording_end: "the end of the recording",
};

const HEADLINE: HeadlineText = HeadlineText {
    tables: "Tables",
    tables_finished: |done, all| format!("{} of {} finished", integer(done), integer(all)),
    rows: "Rows copied",
    rows_estimated: |total, percent| format!("tables with an estimate: {percent} of {total}"),
    rows_no_estimate: "no estimated total is known",
    rows_left_out: |count| format!("{} without", counted(count, "table", "tables")),
    duration: "Duration",
    from_to: |from, to| format!("start: {from}; end: {to}"),
    throughput: "Throughput",
    throughput_active: |time| format!("over the {time} in which rows increased"),
    throughput_none: "no increase was seen",
    failures: "Open failures",
    failures_of: [
        |count| counted(count, "DDL statement", "DDL statements"),
        |count| counted(count, "constraint", "constraints"),
        |count| counted(count, "table", "tables"),
        |count| counted(count, "synchronization row", "synchronization rows"),
    ],
    failures_none: "no failures in this period",
    failures_none_open: "There are no open failures.",
    failures_resolved: |count| format!("{} resolved", integer(count)),
    forecast: "Forecast end",
    forecast_note: |share| format!("the end lies in such a range in {share} of simulated migrations"),
    progress_rows: "Rows (against the estimate)",
    progress_tables: "Tables finished",
    progress_objects: "Structure objects and constraints finished",
    progress: "Progress",
    of: |done, all| format!("{done} of {all}"),
};

const ETA: EtaText = EtaText {
    likely: |likely, range| format!("likely {likely}, {range}"),
    likely_cell: |likely, range| format!("{likely} ({range})"),
    not_before: |range| format!("{range} at the earliest"),
    left_out: |count| {
        counted(count, "table without an estimate is not in it", "tables without an estimate are not in it")
    },
    done: "done",
    not_yet: "not yet: too few snapshots",
    due: "due any moment",
    stalled: |since| format!("none: no increase since {since}"),
    failed: "none: failed",
    unknown: "none: no estimated total",
};

const SECTION: SectionText = SectionText {
    report: "Migration report",
    contents: "Contents",
    failures: "Failures",
    failed_objects: "Failed DDL statements",
    failed_constraints: "Failed constraints",
    failed_tables: "Failed tables",
    failed_sync: "Failed synchronization rows",
    resolved: "Resolved failures",
    progress_note: "Rows, tables and objects are counted separately. Rows are relative to the vendor’s estimate at that time, so their line falls where a table was restarted or the estimate grew.",
    throughput: "Throughput",
    throughput_note: "Rows per second of the whole job.",
    throughput_empty: "No increase was seen between two snapshots, so there is no rate to draw.",
    timeline: "Timeline of the tables",
    timeline_note: |shown, all| {
        if shown == all {
            format!("{}, in the order in which they began.", counted(shown, "table", "tables"))
        } else {
            format!(
                "{} of {}: the longest whose times were seen, in the order in which they began.",
                integer(shown),
                counted(all, "table", "tables")
            )
        }
    },
    timeline_empty: "No table was seen to begin or end, so there is no timeline to draw.",
    tables: "Tables",
    tables_all: |all| format!("{}, the longest first.", counted(all, "table", "tables")),
    tables_some: |shown, all| {
        format!("The {} longest and largest of {}.", integer(shown), counted(all, "table", "tables"))
    },
    tables_longest: |shown, all| {
        format!("The {} longest of {}.", integer(shown), counted(all, "table", "tables"))
    },
    times_on: |day| format!("All times are on {day}."),
    tables_empty: "The job lists no table with data.",
    attempts: "Attempts",
    attempts_note: "A fall of finished rows is a restart: it begins the next attempt, and no rate spans it. A fall of at most a twentieth while the status stays is taken for a correction of the count, unless the table could have copied its rows again in the time between the two samples; both are uncertain and marked. Rows done again: at least what is missing, at most what the attempt before had copied if it went on at its fastest rate.",
    transitions: "Changes of status",
    transitions_note: |shown, left_out| match left_out {
        0 => format!("{}, the latest first.", counted(shown, "change", "changes")),
        _ => format!(
            "{}, the latest first. {} that had not started are left out.",
            counted(shown, "change", "changes"),
            counted(left_out, "first sight of an object", "first sights of objects")
        ),
    },
    transitions_empty: "No change of status was seen in this period.",
    more: |count| format!("… and {} more.", integer(count)),
    more_in: |view| format!("All of them are in the view “{view}” of the database."),
    provenance: "What these figures rest on",
    sql: "The same by SQL",
    sql_note: "The database opens in any SQLite shell, also while recording runs. These statements give the figures of this report; times there are UTC.",
    watching: |now, every| format!("{now} · every {every} · Ctrl-C ends it"),
    made_by: |version| format!("Made by {version}"),
};

const FAILURE: FailureText = FailureText {
    databases: "Source → destination",
    parent: "Table",
    failed: "Failed",
    last_seen: "Last seen failed",
    resolved: "Resolved by",
    error: "Error",
    no_error: "DTS returned no error message.",
    definition: "Definition",
    no_definition: "DTS returned no definition.",
    copy: "Copy",
    copied: "Copied",
    link: "Link to this failure",
    unlisted: "The job no longer lists this object.",
    nameless: "(no name)",
};

const TABLE: TableText = TableText {
    table: "Table",
    database: "Database",
    object: "Object",
    phase: "Phase",
    status: "Status",
    from: "From",
    to: "To",
    when: "When",
    error: "Error",
    rows: "Rows",
    total: "Estimated total",
    percent: "Done",
    rate: "Rows/s, mean",
    peak: "Rows/s, peak",
    started: "Started",
    ended: "Ended",
    duration: "Duration",
    eta: "Forecast end",
    attempt: "Attempt",
    first_rows: "Rows at its start",
    last_rows: "Rows at its end",
    search: "Search by name",
    all: "all",
    previous: "Previous",
    next: "Next",
    showing: "{from}–{to} of {of} ({all} in all)",
    nothing: "No table matches.",
    sort: "sort",
};

const CHART: ChartText = ChartText {
    rows_per_second: "rows/s",
    tables_at_once: "tables at once",
    throughput_desc: |peak, from, to| {
        format!("Rows per second from {from} to {to}. The highest bar is {peak}.")
    },
    concurrency: "Tables at once",
    concurrency_desc: |most, from, to| {
        format!(
            "Number of tables being copied at once from {from} to {to}. The maximum was {}.",
            integer(most)
        )
    },
    level: |time, tables| format!("{time}: {tables} tables at once"),
    progress_desc: |from, to| {
        format!(
            "Progress of rows, tables and objects from {from} to {to}, each as a percentage of its total."
        )
    },
    bucket: |time, rate, tables| format!("{time}: {rate}, {}", counted(tables, "table", "tables")),
    gap: |time| format!("No snapshot: {time}"),
    timeline_desc: |tables, from, to| {
        format!("When {} began and ended, from {from} to {to}.", counted(tables, "table", "tables"))
    },
    span: |table, status, time| format!("{table}: {status}, {time}"),
    uncertain: |table, time| format!("{table}: changed {time}"),
    legend_certain: "seen migrating",
    legend_uncertain: "changed in this interval, between two samples",
    legend_failed: "seen failed",
    legend_finished: "finished",
    legend_running: "still migrating",
    legend_gap: "no snapshot",
};

const PROVENANCE: ProvenanceText = ProvenanceText {
    snapshots: "Complete snapshots",
    snapshots_value: |count, from, to| format!("{}, from {from} to {to}", integer(count)),
    snapshots_none: "none",
    changes: "Recorded changes",
    interval: "Typical interval",
    interval_none: "unknown with fewer than two snapshots",
    sweep: "Longest snapshot, first request to last reply",
    failed_sweeps: "Snapshots that failed",
    gaps: "Gaps in recording",
    none: "none",
    failed_sweep: |at, error| format!("{at}: {error}"),
    gap: |from, to, long| format!("{from} to {to} ({long})"),
    set_back: "Clock set back",
    set_back_value: |from, to| format!("from {from} to {to}"),
    pruned: "Taken out of the history",
    thinned: |rows, until, bucket| {
        format!(
            "{rows} change rows of finished tables until {until}, of which one per {bucket} is kept: rates, peaks, charts and forecasts of that period are based on longer intervals. Statuses, failures, counts and durations are exact."
        )
    },
    failed_gone: |count| counted(count, "snapshot that failed", "snapshots that failed"),
    rules: "How to read them",
    reading: [
        "Times are known only between two samples. “Between A and B” means: not yet at A, but at B.",
        "A rate is the exact difference of finished rows over the exact time between the two samples. Mean rates count only the time in which rows rose. In the chart, a rate that spans several bars is spread over them.",
        "The estimated total comes from the source before the copy began. It can be wrong, so the percentage can exceed 100. 100 % is shown only if the status is Finished.",
        "States between two samples are never invented: an object may have changed more often than is listed here.",
        "A figure that was not reported or not seen is shown as a dash or “unknown”, never as zero.",
    ],
};

const SQL: SqlText = SqlText {
    failures: "Every failure, open ones first",
    tables: "The current state of every table",
    throughput: "Rows per second of every table between two samples",
    transitions: "Changes of status, the latest first",
    snapshots: "Snapshots, and why some failed",
};
