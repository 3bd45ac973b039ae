-- "Which objects failed, and when?": what failed is looked for far more often than all transitions, and is rare.
create index reading_failed on reading (object_no, snapshot_id)
    where status = 'Failed' and status is not status_before;
