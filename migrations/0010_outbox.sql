-- What is to be told to whom: one row for each event and receiver, kept when it is done, so that nothing is
-- told twice. Not a part of the history: rows may be removed once they are old.
create table outbox (
    outbox_no integer primary key,
    event_key text not null,                -- the job, what happened, and what tells it from the next time
    receiver text not null,                 -- [[webhook]] name
    body text not null,                     -- the event as JSON
    created_at_ms integer not null,
    tries integer not null default 0,
    next_try_at_ms integer,                 -- none: delivered, or given up
    delivered_at_ms integer,
    error text,                             -- why the last try failed
    unique (event_key, receiver)
) strict;

-- "What is due, and when is the next?"
create index outbox_waiting on outbox (next_try_at_ms) where next_try_at_ms is not null;
