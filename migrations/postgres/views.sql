-- The views: the public interface, with the names, columns, order and text of migrations/sqlite/views.sql.
-- The whole file is applied again whenever it has changed. A view is replaced, so that grants on it stay: columns are
-- added at the end only; a view that loses or moves one needs a `drop view` line before it.
--
-- Times are text, UTC, YYYY-MM-DDTHH:MM:SS.mmmZ.

create or replace view jobs as
select
    job.job_id,
    job.region,
    job.name,
    to_char(min(snapshot.finished_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as first_snapshot_at,
    to_char(max(snapshot.finished_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last_snapshot_at,
    count(snapshot.snapshot_id) as snapshots
from job
left join snapshot on snapshot.job_no = job.job_no and snapshot.outcome = 'complete'
group by job.job_no, job.job_id, job.region, job.name;

create or replace view snapshots as
select
    snapshot.snapshot_id,
    job.job_id,
    to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as started_at,
    to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as finished_at,
    outcome,
    source,
    pages,
    objects,
    changes,
    error,
    torn::int::bigint as torn,
    job_status_error
from snapshot
join job using (job_no);

-- Every object with its newest change row; last_seen is its last true sighting. Internal.
create or replace view object_newest as
select
    object.job_no,
    object.object_no,
    object.phase,
    object.object_type,
    object.source_db,
    object.destination_db,
    object.parent_name,
    object.object_name,
    object.first_seen_at,
    job.job_id,
    reading.observed_at,
    reading.status,
    reading.finished_rows,
    reading.total_rows,
    reading.used_time,
    reading.error_digest,
    reading.definition_digest,
    reading.listed,
    reading.started_at,
    reading.finished_at,
    coalesce(object.absent_since, page.arrived_at) as last_seen
from object
join job on job.job_no = object.job_no
join reading on reading.job_no = object.job_no and reading.object_no = object.object_no
    and reading.snapshot_id = object.changed_snapshot_id
left join page on page.job_no = object.job_no and page.number = object.page_number;

create or replace view table_latest as
select
    job_id,
    source_db,
    destination_db,
    object_name as table_name,
    status,
    finished_rows,
    total_rows,
    used_time,
    (select body from stored_text where stored_text.job_no = object_newest.job_no and digest = error_digest) as error_message,
    to_char(first_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as first_seen_at,
    to_char(observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as changed_at,
    to_char(last_seen at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last_seen_at,
    listed::int::bigint as listed,
    to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as started_at,
    to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as finished_at
from object_newest
where phase = 'data';

create or replace view table_history as
select
    job.job_id,
    reading.snapshot_id,
    to_char(previous_observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as previous_observed_at,
    to_char(observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as observed_at,
    object.source_db,
    object.destination_db,
    object.object_name as table_name,
    reading.status,
    reading.finished_rows,
    reading.total_rows,
    reading.used_time,
    (select body from stored_text where stored_text.job_no = reading.job_no and digest = reading.error_digest) as error_message,
    reading.listed::int::bigint as listed
from object
join job on job.job_no = object.job_no
join reading on reading.job_no = object.job_no and reading.object_no = object.object_no
where object.phase = 'data';

create or replace view table_throughput as
select
    job.job_id,
    object.source_db,
    object.destination_db,
    object.object_name as table_name,
    to_char(previous_observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as from_at,
    to_char(observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as to_at,
    ((extract(epoch from observed_at) * 1000)::bigint
        - (extract(epoch from previous_observed_at) * 1000)::bigint)::double precision / 1000 as seconds,
    finished_rows - finished_rows_before as rows,
    (finished_rows - finished_rows_before)::double precision * 1000
        / ((extract(epoch from observed_at) * 1000)::bigint
            - (extract(epoch from previous_observed_at) * 1000)::bigint)::double precision as rows_per_second
from object
join job on job.job_no = object.job_no
join reading on reading.job_no = object.job_no and reading.object_no = object.object_no
where object.phase = 'data'
    and reading.finished_rows > reading.finished_rows_before
    and reading.observed_at > reading.previous_observed_at;

create or replace view object_latest as
select
    job_id,
    phase,
    object_type,
    source_db,
    destination_db,
    parent_name,
    object_name,
    status,
    (select body from stored_text where stored_text.job_no = object_newest.job_no and digest = definition_digest) as definition,
    (select body from stored_text where stored_text.job_no = object_newest.job_no and digest = error_digest) as error_message,
    to_char(first_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as first_seen_at,
    to_char(observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as changed_at,
    to_char(last_seen at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last_seen_at,
    listed::int::bigint as listed,
    to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as started_at,
    to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as finished_at
from object_newest
where phase in ('structure', 'constraint');

create or replace view status_transitions as
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
    to_char(previous_observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as previous_observed_at,
    to_char(observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as observed_at,
    (select body from stored_text where stored_text.job_no = reading.job_no and digest = reading.error_digest) as error_message
from object
join job on job.job_no = object.job_no
join reading on reading.job_no = object.job_no and reading.object_no = object.object_no
where reading.status is distinct from reading.status_before;

-- One row for each time an object went to Failed, with the transition that ended it, if one did.
create or replace view failures as
select
    newest.job_id,
    newest.phase,
    newest.object_type,
    newest.source_db,
    newest.destination_db,
    newest.parent_name,
    newest.object_name,
    (select body from stored_text where stored_text.job_no = newest.job_no and digest = failed.definition_digest) as definition,
    (select body from stored_text where stored_text.job_no = newest.job_no and digest = failed.error_digest) as error_message,
    to_char(failed.observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as first_failed_at,
    to_char((case when after.snapshot_id is null then newest.last_seen else after.previous_observed_at end) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last_seen_at,
    to_char(after.observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as resolved_at
from object_newest as newest
join reading as failed on failed.job_no = newest.job_no and failed.object_no = newest.object_no
    and failed.status = 'Failed' and failed.status is distinct from failed.status_before
left join lateral (
    select snapshot_id, previous_observed_at, observed_at
    from reading
    where reading.job_no = failed.job_no
        and reading.object_no = failed.object_no
        and reading.snapshot_id > failed.snapshot_id
        and reading.status is distinct from reading.status_before
    order by reading.snapshot_id
    limit 1
) as after on true;

-- What `prune` and `forget` removed. A job that was forgotten whole has no other row left.
create or replace view pruned as
select
    ids.job_id,
    coalesce(thinned_rows, 0) as thinned_rows,
    to_char(thinned_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as thinned_to,
    bucket_ms::double precision / 60000 as bucket_minutes,
    coalesce(failed_sweeps, 0) as failed_sweeps,
    coalesce(forgotten_snapshots, 0) as forgotten_snapshots,
    to_char(taken_back.forgotten_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as forgotten_at
from (select job_id from pruning join job using (job_no) union select job_id from forgotten) as ids
left join job on job.job_id = ids.job_id
left join pruning on pruning.job_no = job.job_no
left join (
    select job_id, sum(snapshots)::bigint as forgotten_snapshots, max(forgotten_at) as forgotten_at
    from forgotten group by job_id
) as taken_back on taken_back.job_id = ids.job_id;

-- Sync rows carry no counts.
create or replace view sync_latest as
select
    job_id,
    source_db,
    destination_db,
    object_name as table_name,
    status,
    (select body from stored_text where stored_text.job_no = object_newest.job_no and digest = error_digest) as error_message,
    to_char(first_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as first_seen_at,
    to_char(observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as changed_at,
    to_char(last_seen at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last_seen_at,
    listed::int::bigint as listed,
    to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as started_at,
    to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as finished_at
from object_newest
where phase = 'sync';

create or replace view job_history as
select
    job.job_id,
    job_status.snapshot_id,
    to_char(job_status.previous_observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as previous_observed_at,
    to_char(job_status.observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as observed_at,
    job_status.status,
    job_status.structure_status,
    job_status.structure_percent,
    job_status.data_status,
    job_status.data_percent,
    job_status.data_rows,
    job_status.sync_status,
    job_status.delay_ms,
    to_char(job_status.checkpoint_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as checkpoint_at,
    (select body from stored_text where stored_text.job_no = job_status.job_no and digest = job_status.error_digest) as error_message,
    job_status.rows_per_second as applied_rows_per_second,
    job_status.retrying::int::bigint as retrying
from job
join job_status on job_status.job_no = job.job_no;

-- Every job, also one whose status was never read.
create or replace view job_latest as
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
    to_char(job_status.checkpoint_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as checkpoint_at,
    (select body from stored_text where stored_text.job_no = job_status.job_no and digest = job_status.error_digest) as error_message,
    to_char(job_status.observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as changed_at,
    to_char(job.status_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last_seen_at,
    job_status.rows_per_second as applied_rows_per_second,
    job_status.retrying::int::bigint as retrying
from job
left join lateral (
    select * from job_status as it where it.job_no = job.job_no order by it.observed_at desc limit 1
) as job_status on true;

-- What should have moved and did not, over or not.
create or replace view stalls as
with
-- The times as milliseconds, so that differences are exact.
reading_ms as not materialized (
    select *, (extract(epoch from observed_at) * 1000)::bigint as observed_at_ms,
        (extract(epoch from previous_observed_at) * 1000)::bigint as previous_observed_at_ms
    from reading
),
snapshot_ms as not materialized (
    select *, (extract(epoch from started_at) * 1000)::bigint as started_at_ms,
        (extract(epoch from finished_at) * 1000)::bigint as finished_at_ms
    from snapshot
),
newest_ms as not materialized (
    select *, (extract(epoch from last_seen) * 1000)::bigint as last_seen_at_ms
    from object_newest
),
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
            join snapshot_ms as snapshot on snapshot.job_no = job.job_no and snapshot.outcome = 'complete'
        ) as rows_1
        where between_ms is not null
    ) as rows_2
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
        join snapshot_ms as snapshot on snapshot.job_no = job.job_no and snapshot.outcome = 'complete'
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
                from reading_ms as reading
                where reading.job_no = newest.job_no and reading.object_no = newest.object_no and status is distinct from status_before and status <> 'NotStarted'
            )) as started_ms,
            max((
                select max(observed_at_ms)
                from reading_ms as reading
                where reading.job_no = newest.job_no and reading.object_no = newest.object_no and status is distinct from status_before
            )) as ended_ms,
            count(*) filter (where newest.status is distinct from 'Finished' and newest.status is distinct from 'Failed') as unended,
            (
                select max(finished_at_ms) from snapshot_ms as snapshot
                where snapshot.job_no = newest.job_no and snapshot.outcome = 'complete'
            ) as last_ms
        from newest_ms as newest
        where newest.phase = 'data' and newest.listed
        group by newest.job_id, newest.job_no
    ) as rows_3
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
        coalesce(reading.total_rows > 0 and reading.finished_rows >= reading.total_rows, false) as rows_done,
        reading.listed and reading.status is not distinct from 'Migrating' and reading.finished_rows is not null as is_running,
        case
            when reading.finished_rows > reading.finished_rows_before
                and reading.observed_at_ms > reading.previous_observed_at_ms
            then (reading.finished_rows - reading.finished_rows_before)::double precision * 1000
                / (reading.observed_at_ms - reading.previous_observed_at_ms)
        end as rows_per_second,
        count(reading.finished_rows) over (partition by newest.job_id, newest.object_no order by reading.snapshot_id) as counts
    from newest_ms as newest
    join reading_ms as reading on reading.job_no = newest.job_no and reading.object_no = newest.object_no
    where newest.phase = 'data'
),
table_row_known as (
    select
        *,
        max(finished_rows) over (partition by job_id, object_no, counts) as known_rows,
        max(rows_per_second) over (
            partition by job_id, object_no order by snapshot_id rows between unbounded preceding and 1 preceding
        ) as peak,
        coalesce(
            is_running and lag(is_running) over by_time and finished_rows = lag(finished_rows) over by_time,
            false
        ) as is_same
    from table_row
    window by_time as (partition by job_id, object_no order by snapshot_id)
),
table_row_before as (
    select
        *,
        lag(known_rows) over by_time as rows_before,
        lead(is_same) over by_time as next_is_same,
        lead(previous_observed_at_ms) over by_time as next_previous_ms
    from table_row_known
    window by_time as (partition by job_id, object_no order by snapshot_id)
),
table_row_opens as (
    select
        *,
        finished_rows is not null and (
            rows_before is null
            or finished_rows < rows_before and not (
                finished_rows > 0
                and rows_before - finished_rows <= rows_before / 20
                and not (status_before in ('Failed', 'Finished') and status is distinct from status_before)
                and not (status_before is not distinct from 'Migrating' and status is not distinct from 'NotStarted')
                and coalesce(
                    observed_at_ms <= previous_observed_at_ms
                    or finished_rows::double precision * 1000 / (observed_at_ms - previous_observed_at_ms) > peak,
                    false
                )
            )
        ) as opens
    from table_row_before
),
attempt_row as (
    select
        *,
        sum(opens::int) over by_time as attempt,
        sum((not is_same)::int) over by_time as run
    from table_row_opens
    window by_time as (partition by job_id, object_no order by snapshot_id)
),
-- When copying began in each attempt, and the times between its rises.
attempt_rise as (
    select
        *,
        count(rows_per_second) over (partition by job_id, object_no, attempt) as rises,
        max(case when rows_per_second is not null then observed_at_ms end) over (
            partition by job_id, object_no, attempt order by snapshot_id
            rows between unbounded preceding and 1 preceding
        ) as rise_before_ms,
        coalesce(
            min(case
                when finished_rows is null then null
                when rows_per_second is not null and (status_before is not distinct from 'NotStarted' or status is not distinct from 'NotStarted')
                    then previous_observed_at_ms
                when status is distinct from 'NotStarted' then observed_at_ms
            end) over (partition by job_id, object_no, attempt),
            min(case when finished_rows is not null then observed_at_ms end) over (partition by job_id, object_no, attempt)
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
            row_number() over (partition by job_id, object_no, attempt, between_ms is null order by between_ms)
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
    window same_attempt as (partition by job_id, object_no, attempt)
),
attempt_known as (
    select
        *,
        sum((opens and own_ms is not null)::int) over (partition by job_id, object_no order by snapshot_id) as known
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
            max(own_ms) over (partition by job_id, object_no, known) as own_ms
        from attempt_known
        window same_count as (partition by job_id, object_no, run order by snapshot_id)
    ) as rows_4
    where is_running and to_ms > from_ms and not coalesce(next_is_same, false)
),
table_standstill as materialized (
    select job_id, object_no, from_ms, to_ms, is_over, rows_done, threshold_ms
    from (
        select
            *,
            coalesce(own_ms, 5 * (
                select greatest(typical_ms, coalesce(early_ms, 0))
                from job_interval
                where job_interval.job_id = unchanged.job_id
            )) as threshold_ms
        from unchanged
    ) as run
    -- Gaps are looked for only where they could matter.
    where case when to_ms - from_ms > threshold_ms then
        to_ms - from_ms - coalesce((
            select sum(greatest(0, least(gap.to_ms, run.to_ms) - greatest(gap.from_ms, run.from_ms)))
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
        from newest_ms as newest
        join reading_ms as reading on reading.job_no = newest.job_no and reading.object_no = newest.object_no
        where newest.phase = 'data' and reading.status is distinct from reading.status_before
    ) as rows_5
    where status = 'Migrating'
),
-- Times in which every running table of a job stood still, and one of them had rows left.
job_standstill as materialized (
    select frozen.job_id, frozen.from_ms, frozen.to_ms, frozen.recorded_ms
    from (
        select
            island.*,
            island.to_ms - island.from_ms - coalesce((
                select sum(greatest(0, least(gap.to_ms, island.to_ms) - greatest(gap.from_ms, island.from_ms)))
                from job_gap as gap
                where gap.job_id = island.job_id
            ), 0) as recorded_ms
        from (
            select job_id, min(at_ms) as from_ms, max(next_ms) as to_ms
            from (
                select
                    *,
                    sum((not is_frozen)::int) over (partition by job_id order by at_ms) as moving_before
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
                                select job_id, from_ms, 0, 1, (not rows_done)::int from table_standstill
                                union all
                                select job_id, to_ms, 0, -1, -((not rows_done)::int) from table_standstill
                            ) as rows_6
                            group by job_id, at_ms
                        ) as rows_7
                        window by_time as (partition by job_id order by at_ms)
                    ) as rows_8
                ) as rows_9
            ) as rows_10
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
            select sum(greatest(0, least(gap.to_ms, part.to_ms) - greatest(gap.from_ms, part.from_ms)))
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
    to_char(to_timestamp(0) at time zone 'UTC' + stall.from_ms * interval '1 millisecond', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as from_at,
    to_char(to_timestamp(0) at time zone 'UTC' + stall.to_ms * interval '1 millisecond', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as to_at,
    stall.duration_ms::double precision / 1000 as seconds
from (
    select
        gap.job_id,
        'recorder_down' as cause,
        null::bigint as object_no,
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
            join snapshot_ms as snapshot on snapshot.job_no = job.job_no and snapshot.outcome = 'complete'
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
left join job on job.job_id = stall.job_id
left join object on object.job_no = job.job_no and object.object_no = stall.object_no;

-- Rows of all tables in each minute. A rate is spread evenly over the minutes that it reaches into, so that no row counts
-- twice and a gap of the recording shows no peak.
create or replace view job_throughput as
with recursive part (job_id, object_no, from_ms, to_ms, copied, minute) as (
    select
        job.job_id,
        object.object_no,
        (extract(epoch from reading.previous_observed_at) * 1000)::bigint,
        (extract(epoch from reading.observed_at) * 1000)::bigint,
        reading.finished_rows - reading.finished_rows_before,
        (extract(epoch from reading.previous_observed_at) * 1000)::bigint / 60000
    from object
    join job on job.job_no = object.job_no
    join reading on reading.job_no = object.job_no and reading.object_no = object.object_no
    where object.phase = 'data'
        and reading.finished_rows > reading.finished_rows_before
        and reading.observed_at > reading.previous_observed_at
    union all
    select job_id, object_no, from_ms, to_ms, copied, minute + 1
    from part
    where (minute + 1) * 60000 < to_ms
)
select
    job_id,
    to_char(to_timestamp(minute * 60) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as from_at,
    to_char(to_timestamp((minute + 1) * 60) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as to_at,
    rows,
    rows / 60 as rows_per_second,
    tables
from (
    select
        job_id,
        minute,
        sum(
            copied::double precision * (least(to_ms, (minute + 1) * 60000) - greatest(from_ms, minute * 60000)) / (to_ms - from_ms)
        ) as rows,
        count(distinct object_no) as tables
    from part
    group by job_id, minute
) as rows_11;
