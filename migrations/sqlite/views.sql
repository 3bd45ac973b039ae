-- The views: the public interface. Their columns are documented in docs/views.md and change only on purpose.
-- The whole file is applied again whenever it has changed, so a view is edited in place; a view that is removed keeps
-- its `drop view` line.
--
-- Times are text, UTC, YYYY-MM-DDTHH:MM:SS.mmmZ. Milliseconds are printed as an integer, never through a
-- floating-point second, which could round.

drop view if exists jobs;
drop view if exists snapshots;
drop view if exists object_newest;
drop view if exists table_latest;
drop view if exists table_history;
drop view if exists table_throughput;
drop view if exists object_latest;
drop view if exists status_transitions;
drop view if exists failures;
drop view if exists pruned;
drop view if exists job_history;
drop view if exists job_latest;
drop view if exists sync_latest;

-- Grouped by the id that users filter by, so that one job's line reads one job's snapshots only.
create view jobs as
select
    job.job_id,
    job.region,
    job.name,
    strftime('%Y-%m-%dT%H:%M:%S', min(snapshot.finished_at_ms) / 1000, 'unixepoch')
        || printf('.%03dZ', min(snapshot.finished_at_ms) % 1000) as first_snapshot_at,
    strftime('%Y-%m-%dT%H:%M:%S', max(snapshot.finished_at_ms) / 1000, 'unixepoch')
        || printf('.%03dZ', max(snapshot.finished_at_ms) % 1000) as last_snapshot_at,
    count(snapshot.snapshot_id) as snapshots
from job
left join snapshot on snapshot.job_no = job.job_no and snapshot.outcome = 'complete'
group by job.job_no, job.job_id;

create view snapshots as
select
    snapshot.snapshot_id,
    job.job_id,
    strftime('%Y-%m-%dT%H:%M:%S', started_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', started_at_ms % 1000) as started_at,
    strftime('%Y-%m-%dT%H:%M:%S', finished_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', finished_at_ms % 1000) as finished_at,
    outcome,
    source,
    pages,
    objects,
    changes,
    error,
    torn,
    job_status_error
from snapshot
join job using (job_no);

-- Every object with its newest change row; last_seen_at_ms is its last true sighting. Internal.
create view object_newest as
select
    object.*,
    job.job_id,
    reading.observed_at_ms,
    reading.status,
    reading.finished_rows,
    reading.total_rows,
    reading.used_time,
    reading.error_no,
    reading.definition_no,
    reading.listed,
    reading.started_at_ms,
    reading.finished_at_ms,
    coalesce(object.absent_since_ms, page.arrived_at_ms) as last_seen_at_ms
from object
join job on job.job_no = object.job_no
join reading on reading.object_no = object.object_no and reading.snapshot_id = object.changed_snapshot_id
left join page on page.job_no = object.job_no and page.number = object.page_number;

create view table_latest as
select
    job_id,
    source_db,
    destination_db,
    object_name as table_name,
    status,
    finished_rows,
    total_rows,
    used_time,
    (select body from text where text_no = error_no) as error_message,
    strftime('%Y-%m-%dT%H:%M:%S', first_seen_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', first_seen_at_ms % 1000) as first_seen_at,
    strftime('%Y-%m-%dT%H:%M:%S', observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', observed_at_ms % 1000) as changed_at,
    strftime('%Y-%m-%dT%H:%M:%S', last_seen_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', last_seen_at_ms % 1000) as last_seen_at,
    listed,
    strftime('%Y-%m-%dT%H:%M:%S', started_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', started_at_ms % 1000) as started_at,
    strftime('%Y-%m-%dT%H:%M:%S', finished_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', finished_at_ms % 1000) as finished_at
from object_newest
where phase = 'data';

create view table_history as
select
    job.job_id,
    reading.snapshot_id,
    strftime('%Y-%m-%dT%H:%M:%S', previous_observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', previous_observed_at_ms % 1000) as previous_observed_at,
    strftime('%Y-%m-%dT%H:%M:%S', observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', observed_at_ms % 1000) as observed_at,
    object.source_db,
    object.destination_db,
    object.object_name as table_name,
    reading.status,
    reading.finished_rows,
    reading.total_rows,
    reading.used_time,
    (select body from text where text_no = reading.error_no) as error_message,
    reading.listed
from object
join job on job.job_no = object.job_no
join reading on reading.object_no = object.object_no
where object.phase = 'data';

create view table_throughput as
select
    job.job_id,
    object.source_db,
    object.destination_db,
    object.object_name as table_name,
    strftime('%Y-%m-%dT%H:%M:%S', previous_observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', previous_observed_at_ms % 1000) as from_at,
    strftime('%Y-%m-%dT%H:%M:%S', observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', observed_at_ms % 1000) as to_at,
    (observed_at_ms - previous_observed_at_ms) / 1000.0 as seconds,
    finished_rows - finished_rows_before as rows,
    (finished_rows - finished_rows_before) * 1000.0 / (observed_at_ms - previous_observed_at_ms)
        as rows_per_second
from object
join job on job.job_no = object.job_no
join reading on reading.object_no = object.object_no
where object.phase = 'data'
    and reading.finished_rows > reading.finished_rows_before
    and reading.observed_at_ms > reading.previous_observed_at_ms;

create view object_latest as
select
    job_id,
    phase,
    object_type,
    source_db,
    destination_db,
    parent_name,
    object_name,
    status,
    (select body from text where text_no = definition_no) as definition,
    (select body from text where text_no = error_no) as error_message,
    strftime('%Y-%m-%dT%H:%M:%S', first_seen_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', first_seen_at_ms % 1000) as first_seen_at,
    strftime('%Y-%m-%dT%H:%M:%S', observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', observed_at_ms % 1000) as changed_at,
    strftime('%Y-%m-%dT%H:%M:%S', last_seen_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', last_seen_at_ms % 1000) as last_seen_at,
    listed,
    strftime('%Y-%m-%dT%H:%M:%S', started_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', started_at_ms % 1000) as started_at,
    strftime('%Y-%m-%dT%H:%M:%S', finished_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', finished_at_ms % 1000) as finished_at
from object_newest
where phase in ('structure', 'constraint');

-- The index is named because SQLite, until it has gathered statistics, estimates the whole history of each object to
-- be as cheap; a service that runs for weeks gathers them late.
create view status_transitions as
select
    job.job_id,
    reading.snapshot_id,
    object.phase,
    object.object_type,
    object.source_db,
    object.destination_db,
    object.parent_name,
    object.object_name,
    reading.status_before as from_status,
    reading.status as to_status,
    strftime('%Y-%m-%dT%H:%M:%S', previous_observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', previous_observed_at_ms % 1000) as previous_observed_at,
    strftime('%Y-%m-%dT%H:%M:%S', observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', observed_at_ms % 1000) as observed_at,
    (select body from text where text_no = reading.error_no) as error_message
from object
join job on job.job_no = object.job_no
join reading indexed by reading_transition on reading.object_no = object.object_no
where reading.status is not reading.status_before;

-- One row for each time an object went to Failed, with the transition that ended it, if one did.
create view failures as
select
    job_id,
    phase,
    object_type,
    source_db,
    destination_db,
    parent_name,
    object_name,
    (select body from text where text_no = definition_no) as definition,
    (select body from text where text_no = error_no) as error_message,
    strftime('%Y-%m-%dT%H:%M:%S', failed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', failed_at_ms % 1000) as first_failed_at,
    strftime('%Y-%m-%dT%H:%M:%S', seen_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', seen_at_ms % 1000) as last_seen_at,
    strftime('%Y-%m-%dT%H:%M:%S', resolved_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', resolved_at_ms % 1000) as resolved_at
from (
    select
        newest.job_id,
        newest.phase,
        newest.object_type,
        newest.source_db,
        newest.destination_db,
        newest.parent_name,
        newest.object_name,
        failed.definition_no,
        failed.error_no,
        failed.observed_at_ms as failed_at_ms,
        case when after.snapshot_id is null then newest.last_seen_at_ms else after.previous_observed_at_ms end
            as seen_at_ms,
        after.observed_at_ms as resolved_at_ms
    from object_newest as newest
    join reading as failed indexed by reading_failed on failed.object_no = newest.object_no
    left join reading as after
        on after.object_no = newest.object_no
        and after.snapshot_id = (
            select min(snapshot_id)
            from reading indexed by reading_transition
            where object_no = newest.object_no
                and snapshot_id > failed.snapshot_id
                and status is not status_before
        )
    where failed.status = 'Failed'
        and failed.status is not failed.status_before
);

-- What `prune` and `forget` removed. A job that was forgotten whole has no other row left.
create view pruned as
select
    ids.job_id,
    coalesce(thinned_rows, 0) as thinned_rows,
    strftime('%Y-%m-%dT%H:%M:%S', thinned_to_ms / 1000, 'unixepoch')
        || printf('.%03dZ', thinned_to_ms % 1000) as thinned_to,
    bucket_ms / 60000.0 as bucket_minutes,
    coalesce(failed_sweeps, 0) as failed_sweeps,
    coalesce(forgotten_snapshots, 0) as forgotten_snapshots,
    strftime('%Y-%m-%dT%H:%M:%S', forgotten_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', forgotten_at_ms % 1000) as forgotten_at
from (select job_id from pruning join job using (job_no) union select job_id from forgotten) as ids
left join job on job.job_id = ids.job_id
left join pruning on pruning.job_no = job.job_no
left join (
    select job_id, sum(snapshots) as forgotten_snapshots, max(forgotten_at_ms) as forgotten_at_ms
    from forgotten group by job_id
) as taken_back on taken_back.job_id = ids.job_id;

-- Sync rows carry no counts.
create view sync_latest as
select
    job_id,
    source_db,
    destination_db,
    object_name as table_name,
    status,
    (select body from text where text_no = error_no) as error_message,
    strftime('%Y-%m-%dT%H:%M:%S', first_seen_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', first_seen_at_ms % 1000) as first_seen_at,
    strftime('%Y-%m-%dT%H:%M:%S', observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', observed_at_ms % 1000) as changed_at,
    strftime('%Y-%m-%dT%H:%M:%S', last_seen_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', last_seen_at_ms % 1000) as last_seen_at,
    listed,
    strftime('%Y-%m-%dT%H:%M:%S', started_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', started_at_ms % 1000) as started_at,
    strftime('%Y-%m-%dT%H:%M:%S', finished_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', finished_at_ms % 1000) as finished_at
from object_newest
where phase = 'sync';

create view job_history as
select
    job.job_id,
    job_status.snapshot_id,
    strftime('%Y-%m-%dT%H:%M:%S', job_status.previous_observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', job_status.previous_observed_at_ms % 1000) as previous_observed_at,
    strftime('%Y-%m-%dT%H:%M:%S', job_status.observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', job_status.observed_at_ms % 1000) as observed_at,
    job_status.status,
    job_status.structure_status,
    job_status.structure_percent,
    job_status.data_status,
    job_status.data_percent,
    job_status.data_rows,
    job_status.sync_status,
    job_status.delay_ms,
    strftime('%Y-%m-%dT%H:%M:%S', job_status.checkpoint_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', job_status.checkpoint_at_ms % 1000) as checkpoint_at,
    (select body from text where text_no = job_status.error_no) as error_message,
    job_status.rows_per_second as applied_rows_per_second,
    job_status.retrying
from job
join job_status on job_status.job_no = job.job_no;

-- Every job, also one whose status was never read.
create view job_latest as
select
    job.job_id,
    job.kind,
    job.region,
    job.name,
    job.source_engine,
    job.destination_engine,
    job_status.status,
    job_status.structure_status,
    job_status.structure_percent,
    job_status.data_status,
    job_status.data_percent,
    job_status.data_rows,
    job_status.sync_status,
    job_status.delay_ms,
    strftime('%Y-%m-%dT%H:%M:%S', job_status.checkpoint_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', job_status.checkpoint_at_ms % 1000) as checkpoint_at,
    (select body from text where text_no = job_status.error_no) as error_message,
    strftime('%Y-%m-%dT%H:%M:%S', job_status.observed_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', job_status.observed_at_ms % 1000) as changed_at,
    strftime('%Y-%m-%dT%H:%M:%S', job.status_seen_at_ms / 1000, 'unixepoch')
        || printf('.%03dZ', job.status_seen_at_ms % 1000) as last_seen_at,
    job_status.rows_per_second as applied_rows_per_second,
    job_status.retrying
from job
left join job_status on job_status.job_no = job.job_no
    and job_status.observed_at_ms =
        (select max(observed_at_ms) from job_status where job_status.job_no = job.job_no);
