-- The status of the jobs themselves.

alter table job add column kind text check (kind in ('synchronization', 'migration', 'task')); -- NULL: not recorded then
alter table job add column source_engine text;
alter table job add column destination_engine text;
-- When the status was last read, changed or not; NULL if it never was.
alter table job add column status_seen_at_ms integer;

-- Why the status could not be read with this snapshot; NULL if it was, or was not asked for.
alter table snapshot add column job_status_error text;

-- Change rows: a status seen again unchanged adds none.
create table job_status (
    job_no integer not null references job,
    observed_at_ms integer not null,
    previous_observed_at_ms integer,
    snapshot_id integer references snapshot,    -- NULL: read without a sweep of the objects
    status text,
    structure_status text,
    structure_percent integer,
    data_status text,
    data_percent integer,
    data_rows integer,
    sync_status text,
    delay_ms integer,
    checkpoint_at_ms integer,
    rows_per_second integer,
    retrying integer check (retrying in (0, 1)),
    error_no integer references text,
    primary key (job_no, observed_at_ms)
) strict, without rowid;

-- What only some calls say of an object: the vendor's own times, more about an error, and the row itself where the
-- meaning of its fields is not certain.
alter table reading add column started_at_ms integer;
alter table reading add column finished_at_ms integer;
alter table reading add column details_no integer references text;      -- JSON
