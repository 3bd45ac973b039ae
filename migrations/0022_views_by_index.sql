-- The same views with the same columns and rows, for large histories.

-- Grouped by the id that users ask for, so that one job's line needs one job's snapshots and no others.
drop view jobs;

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

-- SQLite must be told that transitions and failures have an index of their own: until it has gathered statistics,
-- which a service that runs for weeks puts off, it takes the whole history of each object to be as cheap.
drop view status_transitions;

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

drop view failures;

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
    join reading as failed indexed by reading_transition on failed.object_no = newest.object_no
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
