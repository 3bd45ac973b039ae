-- What `forget` took back: one row for each time. The job may be gone since, so it is named by its id.
create table forgotten (
    forgotten_no integer primary key,
    job_id text not null,
    forgotten_at_ms integer not null,
    snapshots integer not null,
    change_rows integer not null,
    -- No later snapshot gets a number up to this one: caches and events know snapshots by their numbers.
    last_snapshot_id integer not null
) strict;
