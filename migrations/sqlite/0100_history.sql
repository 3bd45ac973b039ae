-- The base tables. They are internal: the views of views.sql are the interface.
-- Times are milliseconds since 1970-01-01 UTC, so that differences are exact and rows are small.

-- A job that was recorded, or tried to be.
create table job (
    job_no integer primary key,
    job_id text not null unique,            -- SynchronizationJobId
    region text,
    name text
) strict;

-- One row a sweep, complete or failed. The snapshots of a job are recorded in the order of their times.
create table snapshot (
    snapshot_id integer primary key,
    job_no integer not null references job,
    started_at_ms integer not null,
    finished_at_ms integer not null,
    outcome text not null check (outcome in ('complete', 'failed')),
    source text not null check (source in ('api', 'import')),
    pages integer not null,
    objects integer,                        -- unknown if it failed
    changes integer not null,
    error text,
    -- 1 if pages shifted while they were read, also the second time.
    torn integer not null default 0 check (torn in (0, 1)),
    check ((outcome = 'failed') = (error is not null))
) strict;

-- "What was the last complete snapshot of this job?" and "all snapshots of this job".
create index snapshot_of_job on snapshot (job_no, outcome, snapshot_id);

-- When each page of a job's last complete snapshot arrived: one row a page instead of one a sighting.
create table page (
    job_no integer not null references job,
    number integer not null,
    arrived_at_ms integer not null,
    -- 16 bytes of the page's content: a page with the same digest needs no comparison of its objects. NULL if a row of
    -- it also stood on another page.
    digest blob,
    primary key (job_no, number)
) strict, without rowid;

-- DDL and error texts, each stored once. Found by the first 16 bytes of their SHA-256.
create table text (
    text_no integer primary key,
    digest blob not null unique,
    body text not null
) strict;

-- An object that was ever seen, where the last complete snapshot had it, and its newest change row.
create table object (
    object_no integer primary key,
    job_no integer not null references job,
    phase text not null check (phase in ('structure', 'constraint', 'data', 'sync')),
    object_type text,
    source_db text not null,
    destination_db text not null,
    parent_name text,
    object_name text not null,
    first_seen_at_ms integer not null,
    changed_snapshot_id integer not null references snapshot,
    -- On this page of the last complete snapshot, or on none: then since when, and for how many snapshots
    -- (1: perhaps a page shifted under the reader; 2: two in a row, no longer listed).
    page_number integer,
    absent_since_ms integer,
    absences integer not null default 0 check (absences in (0, 1, 2)),
    check ((page_number is null) = (absences > 0) and (absent_since_ms is null) = (absences = 0))
) strict;

-- "Every object of this job", before each sweep is compared and for each view.
create index object_of_job on object (job_no, phase);

-- "The objects on these pages, and those on none": all that a sweep is compared with.
create index object_on_page on object (job_no, page_number);

-- Change rows, and nothing else: an object seen again unchanged adds none. The status and count before stand
-- beside each row, so that rates and transitions need no look at another row.
create table reading (
    object_no integer not null references object,
    snapshot_id integer not null references snapshot,
    observed_at_ms integer not null,
    previous_observed_at_ms integer,
    status text,
    status_before text,
    finished_rows integer,
    finished_rows_before integer,
    total_rows integer,
    used_time text,
    error_no integer references text,
    definition_no integer references text,
    listed integer not null check (listed in (0, 1)),
    primary key (object_no, snapshot_id)
) strict, without rowid;

-- "All transitions" and "all failures": few rows among many.
create index reading_transition on reading (object_no, snapshot_id, status, status_before)
    where status is not status_before;

-- A transactional outbox: one row for each event and receiver, kept after delivery so that no event is delivered
-- twice. Not a part of the history: old rows may be removed.
create table outbox (
    outbox_no integer primary key,
    event_key text not null,                -- job, event, and a mark that differs at its next occurrence
    receiver text not null,                 -- [[webhook]] name
    body text not null,                     -- the event as JSON
    created_at_ms integer not null,
    tries integer not null default 0,
    next_try_at_ms integer,                 -- NULL: delivered, or given up
    delivered_at_ms integer,
    error text,                             -- of the last attempt
    unique (event_key, receiver)
) strict;

-- "What is due, and when is the next?"
create index outbox_waiting on outbox (next_try_at_ms) where next_try_at_ms is not null;

-- Rows that `prune` removed from a job's history, so that reports can say so. One row for each job that lost any.
create table pruning (
    job_no integer primary key references job,
    thinned_rows integer not null default 0,    -- change rows merged into the next one of their table
    thinned_to_ms integer,                      -- when the newest of them was observed
    bucket_ms integer,                          -- the longest interval that was merged into one row
    failed_sweeps integer not null default 0    -- snapshots with outcome 'failed' that were removed
) strict;

-- Jobs that were dropped: their row in `job` is gone, so that no view shows them; their other rows are still being
-- removed. No new job gets one of these numbers.
create table dropped_job (
    job_no integer primary key
) strict;

-- Which views.sql was applied last, by its SHA-256: at most one row.
create table view_digest (
    digest blob not null
) strict;
