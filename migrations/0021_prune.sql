-- What `prune` took out of a job's history, so that its reports can say so. One row for each job of which it took
-- anything.
create table pruning (
    job_no integer primary key references job,
    thinned_rows integer not null default 0,    -- change rows merged into the next one of their table
    thinned_to_ms integer,                      -- when the newest of them was observed
    bucket_ms integer,                          -- at most so much time became one row; the longest there was
    failed_sweeps integer not null default 0    -- snapshots with outcome 'failed' that were removed
) strict;

-- Jobs that are dropped: their row in `job` is gone, and with it all that the views show of them; the other rows
-- that bear this number are still being removed. No new job gets it until they are.
create table dropped_job (
    job_no integer primary key
) strict;

create view pruned as
select
    job_id,
    thinned_rows,
    strftime('%Y-%m-%dT%H:%M:%S', thinned_to_ms / 1000, 'unixepoch')
        || printf('.%03dZ', thinned_to_ms % 1000) as thinned_to,
    bucket_ms / 60000.0 as bucket_minutes,
    failed_sweeps
from pruning
join job using (job_no);
