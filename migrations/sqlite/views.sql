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
drop view if exists stalls;
drop view if exists job_throughput;

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

-- What should have moved and did not, over or not.
create view stalls as
with
-- The usual time between two complete snapshots of each job: the lower median.
job_interval as materialized (
    select job_id, between_ms as typical_ms
    from (
        select
            job_id,
            between_ms,
            row_number() over (partition by job_id order by between_ms) as position,
            count(*) over (partition by job_id) as intervals
        from (
            select
                job.job_id,
                finished_at_ms - lag(finished_at_ms) over (partition by job.job_id order by snapshot_id) as between_ms
            from job
            join snapshot on snapshot.job_no = job.job_no and snapshot.outcome = 'complete'
        )
        where between_ms is not null
    )
    where position = (intervals + 1) / 2
),
-- Times without a complete snapshot for more than 2.5 usual intervals.
job_gap as materialized (
    select step.job_id, step.from_ms, step.to_ms
    from (
        select
            job.job_id,
            lag(finished_at_ms) over (partition by job.job_id order by snapshot_id) as from_ms,
            finished_at_ms as to_ms
        from job
        join snapshot on snapshot.job_no = job.job_no and snapshot.outcome = 'complete'
    ) as step
    join job_interval on job_interval.job_id = step.job_id
    where (step.to_ms - step.from_ms) * 2 > job_interval.typical_ms * 5
),
-- From the first start of a listed table to the last end, or to the last snapshot while any has not ended.
job_time as materialized (
    select job_id, started_ms, case when unended = 0 then ended_ms else last_ms end as ended_ms
    from (
        select
            newest.job_id,
            min((
                select min(observed_at_ms)
                from reading indexed by reading_transition
                where object_no = newest.object_no and status is not status_before and status <> 'NotStarted'
            )) as started_ms,
            max((
                select max(observed_at_ms)
                from reading indexed by reading_transition
                where object_no = newest.object_no and status is not status_before
            )) as ended_ms,
            sum(newest.status is not 'Finished' and newest.status is not 'Failed') as unended,
            (
                select max(finished_at_ms) from snapshot
                where snapshot.job_no = newest.job_no and snapshot.outcome = 'complete'
            ) as last_ms
        from object_newest as newest
        where newest.phase = 'data' and newest.listed = 1
        group by newest.job_id, newest.job_no
    )
),
-- The change rows of tables. A fall of the count by at most a twentieth opens no attempt if the status did not go back
-- and the table, at its fastest rate so far, could not have copied its rows again since it was last seen.
table_row as (
    select
        newest.job_id,
        newest.object_no,
        newest.last_seen_at_ms as last_seen_ms,
        reading.snapshot_id,
        reading.observed_at_ms,
        reading.previous_observed_at_ms,
        reading.status,
        reading.status_before,
        reading.finished_rows,
        coalesce(reading.total_rows > 0 and reading.finished_rows >= reading.total_rows, 0) as rows_done,
        reading.listed = 1 and reading.status is 'Migrating' and reading.finished_rows is not null as is_running,
        case
            when reading.finished_rows > reading.finished_rows_before
                and reading.observed_at_ms > reading.previous_observed_at_ms
            then (reading.finished_rows - reading.finished_rows_before) * 1000.0
                / (reading.observed_at_ms - reading.previous_observed_at_ms)
        end as rows_per_second,
        count(reading.finished_rows) over (partition by newest.object_no order by reading.snapshot_id) as counts
    from object_newest as newest
    join reading on reading.object_no = newest.object_no
    where newest.phase = 'data'
),
table_row_known as (
    select
        *,
        max(finished_rows) over (partition by object_no, counts) as known_rows,
        max(rows_per_second) over (
            partition by object_no order by snapshot_id rows between unbounded preceding and 1 preceding
        ) as peak,
        coalesce(
            is_running and lag(is_running) over by_time and finished_rows = lag(finished_rows) over by_time,
            0
        ) as is_same
    from table_row
    window by_time as (partition by object_no order by snapshot_id)
),
table_row_before as (
    select
        *,
        lag(known_rows) over by_time as rows_before,
        lead(is_same) over by_time as next_is_same,
        lead(previous_observed_at_ms) over by_time as next_previous_ms
    from table_row_known
    window by_time as (partition by object_no order by snapshot_id)
),
table_row_opens as (
    select
        *,
        finished_rows is not null and (
            rows_before is null
            or finished_rows < rows_before and not (
                finished_rows > 0
                and rows_before - finished_rows <= rows_before / 20
                and not (status_before in ('Failed', 'Finished') and status is not status_before)
                and not (status_before is 'Migrating' and status is 'NotStarted')
                and coalesce(
                    observed_at_ms <= previous_observed_at_ms
                    or finished_rows * 1000.0 / (observed_at_ms - previous_observed_at_ms) > peak,
                    0
                )
            )
        ) as opens
    from table_row_before
),
attempt_row as (
    select
        *,
        sum(opens) over by_time as attempt,
        sum(not is_same) over by_time as run
    from table_row_opens
    window by_time as (partition by object_no order by snapshot_id)
),
-- When copying began in each attempt, and the times between its rises.
attempt_rise as (
    select
        *,
        count(rows_per_second) over (partition by object_no, attempt) as rises,
        max(case when rows_per_second is not null then observed_at_ms end) over (
            partition by object_no, attempt order by snapshot_id
            rows between unbounded preceding and 1 preceding
        ) as rise_before_ms,
        coalesce(
            min(case
                when finished_rows is null then null
                when rows_per_second is not null and (status_before is 'NotStarted' or status is 'NotStarted')
                    then previous_observed_at_ms
                when status is not 'NotStarted' then observed_at_ms
            end) over (partition by object_no, attempt),
            min(case when finished_rows is not null then observed_at_ms end) over (partition by object_no, attempt)
        ) as begun_ms
    from attempt_row
),
attempt_interval as (
    select
        *,
        case when rows_per_second is not null then observed_at_ms - rise_before_ms end as between_ms,
        case when rows_per_second is not null then observed_at_ms - coalesce(rise_before_ms, begun_ms) end
            as since_begun_ms
    from attempt_rise
),
attempt_interval_rank as (
    select
        *,
        case when between_ms is not null then
            row_number() over (partition by object_no, attempt, between_ms is null order by between_ms)
        end as position
    from attempt_interval
),
-- A table with at least three rises may stand still for five times the lower median of the times between them.
attempt_threshold as (
    select
        *,
        5 * max(case when rises >= 3 and position = rises / 2 then between_ms end) over same_attempt as own_ms,
        case when rises <= 2 then min(since_begun_ms) over same_attempt end as early_ms
    from attempt_interval_rank
    window same_attempt as (partition by object_no, attempt)
),
attempt_known as (
    select
        *,
        sum(opens and own_ms is not null) over (partition by object_no order by snapshot_id) as known
    from attempt_threshold
),
-- Times in which a running table did not move. The threshold is that of the latest attempt that has one.
unchanged as (
    select *
    from (
        select
            job_id,
            object_no,
            is_running,
            first_value(observed_at_ms) over same_count as from_ms,
            coalesce(next_previous_ms, case when next_is_same is null then last_seen_ms else observed_at_ms end)
                as to_ms,
            next_is_same,
            next_is_same is not null as is_over,
            rows_done,
            early_ms,
            max(own_ms) over (partition by object_no, known) as own_ms
        from attempt_known
        window same_count as (partition by object_no, run order by snapshot_id)
    )
    where is_running and to_ms > from_ms and coalesce(next_is_same, 0) = 0
),
table_standstill as materialized (
    select job_id, object_no, from_ms, to_ms, is_over, rows_done, threshold_ms
    from (
        select
            *,
            coalesce(own_ms, 5 * max((
                select typical_ms from job_interval where job_interval.job_id = unchanged.job_id
            ), coalesce(early_ms, 0))) as threshold_ms
        from unchanged
    ) as run
    -- Gaps are looked for only where they could matter.
    where case when to_ms - from_ms > threshold_ms then
        to_ms - from_ms - coalesce((
            select sum(max(0, min(gap.to_ms, run.to_ms) - max(gap.from_ms, run.from_ms)))
            from job_gap as gap
            where gap.job_id = run.job_id
        ), 0) > threshold_ms
    end
),
-- The times in which a table was seen migrating: from the first sighting to the last.
table_run as materialized (
    select job_id, object_no, from_ms, to_ms
    from (
        select
            newest.job_id,
            newest.object_no,
            reading.status,
            reading.observed_at_ms as from_ms,
            coalesce(
                lead(reading.previous_observed_at_ms) over (
                    partition by newest.job_id, newest.object_no order by reading.snapshot_id
                ),
                newest.last_seen_at_ms
            ) as to_ms
        from object_newest as newest
        join reading indexed by reading_transition on reading.object_no = newest.object_no
        where newest.phase = 'data' and reading.status is not reading.status_before
    )
    where status = 'Migrating'
),
-- Times in which every running table of a job stood still, and one of them had rows left.
job_standstill as materialized (
    select frozen.job_id, frozen.from_ms, frozen.to_ms, frozen.recorded_ms
    from (
        select
            island.*,
            island.to_ms - island.from_ms - coalesce((
                select sum(max(0, min(gap.to_ms, island.to_ms) - max(gap.from_ms, island.from_ms)))
                from job_gap as gap
                where gap.job_id = island.job_id
            ), 0) as recorded_ms
        from (
            select job_id, min(at_ms) as from_ms, max(next_ms) as to_ms
            from (
                select
                    *,
                    sum(not is_frozen) over (partition by job_id order by at_ms) as moving_before
                from (
                    select
                        job_id,
                        at_ms,
                        next_ms,
                        running > 0 and still = running and unfinished > 0 and next_ms is not null as is_frozen
                    from (
                        select
                            job_id,
                            at_ms,
                            lead(at_ms) over by_time as next_ms,
                            sum(running) over by_time as running,
                            sum(still) over by_time as still,
                            sum(unfinished) over by_time as unfinished
                        from (
                            select
                                job_id, at_ms, sum(running) as running, sum(still) as still, sum(unfinished) as unfinished
                            from (
                                select job_id, from_ms as at_ms, 1 as running, 0 as still, 0 as unfinished
                                from table_run
                                union all
                                select job_id, to_ms, -1, 0, 0 from table_run
                                union all
                                select job_id, from_ms, 0, 1, not rows_done from table_standstill
                                union all
                                select job_id, to_ms, 0, -1, -(not rows_done) from table_standstill
                            )
                            group by job_id, at_ms
                        )
                        window by_time as (partition by job_id order by at_ms)
                    )
                )
            )
            where is_frozen
            group by job_id, moving_before
        ) as island
    ) as frozen
    join job_interval on job_interval.job_id = frozen.job_id
    where frozen.recorded_ms > job_interval.typical_ms * 5
),
-- Standstills of tables without the times in which the whole job stood still: each part that is left.
table_stall as materialized (
    select
        part.*,
        part.to_ms - part.from_ms - coalesce((
            select sum(max(0, min(gap.to_ms, part.to_ms) - max(gap.from_ms, part.from_ms)))
            from job_gap as gap
            where gap.job_id = part.job_id
        ), 0) as recorded_ms
    from (
        select
            start.job_id,
            start.object_no,
            start.from_ms,
            coalesce((
                select min(frozen.from_ms)
                from job_standstill as frozen
                where frozen.job_id = start.job_id
                    and frozen.from_ms >= start.from_ms and frozen.from_ms < start.until_ms
            ), start.until_ms) as to_ms,
            start.until_ms,
            start.is_over,
            start.rows_done,
            start.threshold_ms
        from (
            select still.job_id, object_no, from_ms, to_ms as until_ms, is_over, rows_done, threshold_ms
            from table_standstill as still
            where not exists (
                select 1
                from job_standstill as frozen
                where frozen.job_id = still.job_id
                    and frozen.from_ms <= still.from_ms and still.from_ms < frozen.to_ms
            )
            union all
            select still.job_id, object_no, frozen.to_ms, still.to_ms, is_over, rows_done, threshold_ms
            from table_standstill as still
            join job_standstill as frozen
                on frozen.job_id = still.job_id
                and frozen.to_ms > still.from_ms and frozen.to_ms < still.to_ms
        ) as start
    ) as part
)
select
    stall.job_id,
    stall.cause,
    object.source_db,
    object.destination_db,
    object.object_name as table_name,
    strftime('%Y-%m-%dT%H:%M:%S', stall.from_ms / 1000, 'unixepoch')
        || printf('.%03dZ', stall.from_ms % 1000) as from_at,
    strftime('%Y-%m-%dT%H:%M:%S', stall.to_ms / 1000, 'unixepoch')
        || printf('.%03dZ', stall.to_ms % 1000) as to_at,
    stall.duration_ms / 1000.0 as seconds
from (
    select
        gap.job_id,
        'recorder_down' as cause,
        null as object_no,
        gap.from_ms,
        gap.to_ms,
        gap.to_ms - gap.from_ms as duration_ms
    from job_gap as gap
    join job_time on job_time.job_id = gap.job_id
    where job_time.started_ms < job_time.ended_ms
        and gap.from_ms < job_time.ended_ms and job_time.started_ms < gap.to_ms
    union all
    select
        frozen.job_id,
        case when (
            -- At least three snapshots without any change are no coincidence.
            select count(*) >= 3 and sum(changes) = 0
            from job
            join snapshot on snapshot.job_no = job.job_no and snapshot.outcome = 'complete'
            where job.job_id = frozen.job_id
                and snapshot.started_at_ms > frozen.from_ms and snapshot.finished_at_ms <= frozen.to_ms
        ) then 'same_replies' else 'everything_frozen' end,
        null,
        frozen.from_ms,
        case when not exists (
            select 1
            from table_standstill as still
            where still.job_id = frozen.job_id
                and still.to_ms = frozen.to_ms and not still.is_over and not still.rows_done
        ) then frozen.to_ms end,
        frozen.recorded_ms
    from job_standstill as frozen
    join job_time on job_time.job_id = frozen.job_id
    where job_time.started_ms < job_time.ended_ms
    union all
    select
        part.job_id,
        case when part.rows_done then 'rows_done' else 'table_frozen' end,
        part.object_no,
        part.from_ms,
        case when part.is_over or part.to_ms < part.until_ms then part.to_ms end,
        part.recorded_ms
    from table_stall as part
    join job_time on job_time.job_id = part.job_id
    where job_time.started_ms < job_time.ended_ms
        and part.from_ms < part.to_ms and part.recorded_ms > part.threshold_ms
) as stall
left join object on object.object_no = stall.object_no;

-- Rows of all tables in each minute. A rate is spread evenly over the minutes that it reaches into, so that no row counts
-- twice and a gap of the recording shows no peak.
create view job_throughput as
with recursive part (job_id, object_no, from_ms, to_ms, copied, minute) as (
    select
        job.job_id,
        object.object_no,
        reading.previous_observed_at_ms,
        reading.observed_at_ms,
        reading.finished_rows - reading.finished_rows_before,
        reading.previous_observed_at_ms / 60000
    from object
    join job on job.job_no = object.job_no
    join reading on reading.object_no = object.object_no
    where object.phase = 'data'
        and reading.finished_rows > reading.finished_rows_before
        and reading.observed_at_ms > reading.previous_observed_at_ms
    union all
    select job_id, object_no, from_ms, to_ms, copied, minute + 1
    from part
    where (minute + 1) * 60000 < to_ms
)
select
    job_id,
    strftime('%Y-%m-%dT%H:%M:%S', minute * 60, 'unixepoch') || '.000Z' as from_at,
    strftime('%Y-%m-%dT%H:%M:%S', (minute + 1) * 60, 'unixepoch') || '.000Z' as to_at,
    rows,
    rows / 60.0 as rows_per_second,
    tables
from (
    select
        job_id,
        minute,
        sum(
            copied * 1.0 * (min(to_ms, (minute + 1) * 60000) - max(from_ms, minute * 60000)) / (to_ms - from_ms)
        ) as rows,
        count(distinct object_no) as tables
    from part
    group by job_id, minute
);
