-- The history of history-0100.sql, upgraded by the program with the schema 0102, by Python's iterdump.
pragma application_id = 1146377032;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO "_sqlx_migrations" VALUES(100,'history','2026-11-24 11:57:25',1,X'CB419984C46514673A227DE47C8F7BACE418D9758336C45C9208799BD2974CBA8BCAD5D1D18BF95FA950C458E8E8D708',5458069);
INSERT INTO "_sqlx_migrations" VALUES(101,'forgotten','2026-11-24 16:10:28',1,X'8A9F0357A42942208BA853918E962BFF9F7D6F382718E41B3A775258C46544ED04CBDF8D1C5E26A0F99CC595D994B9E9',366564);
INSERT INTO "_sqlx_migrations" VALUES(102,'failed','2026-11-24 16:10:28',1,X'397F35C75698A0572F52BB5DA34C9387DB15D9D63A5F8566B42DE5A5FFC1B73AA2EDFAFBC0FF216FFB6EFE162ED2A47B',302308);
CREATE TABLE dropped_job (
    job_no integer primary key
) strict;
CREATE TABLE forgotten (
    forgotten_no integer primary key,
    job_id text not null,
    forgotten_at_ms integer not null,
    snapshots integer not null,
    change_rows integer not null,
    -- No later snapshot gets a number up to this one: caches and events know snapshots by their numbers.
    last_snapshot_id integer not null
) strict;
CREATE TABLE job (
    job_no integer primary key,
    job_id text not null unique,            -- SynchronizationJobId
    region text,
    name text
) strict;
INSERT INTO "job" VALUES(1,'dtsdemo0a1b2c3d4e','cn-hangzhou',NULL);
CREATE TABLE object (
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
INSERT INTO "object" VALUES(1,1,'structure','Default','billing','billing',NULL,'df_currency',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(2,1,'structure','Function','billing','billing',NULL,'ledger_balance',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(3,1,'structure','Function','billing','billing',NULL,'proration',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(4,1,'structure','Function','billing','billing',NULL,'proration',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(5,1,'structure','Index','billing','billing',NULL,'idx_ledger_entries_posted_at',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(6,1,'structure','Index','billing','billing',NULL,'idx_usage_records_meter',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(7,1,'structure','Materialize View','billing','billing',NULL,'mv_aging',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(8,1,'structure','Materialize View','billing','billing',NULL,'mv_monthly_revenue',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(9,1,'structure','Package','billing','billing',NULL,'pkg_tax',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(10,1,'structure','Rule','billing','billing',NULL,'protect_ledger',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(11,1,'structure','Sequence','billing','billing',NULL,'credit_notes_id_seq',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(12,1,'structure','Sequence','billing','billing',NULL,'invoices_id_seq',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(13,1,'structure','Sequence','billing','billing',NULL,'ledger_entries_id_seq',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(14,1,'structure','Synonym','billing','billing',NULL,'ledger',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(15,1,'structure','Table','billing','billing',NULL,'invoices',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(16,1,'structure','Trigger','billing','billing',NULL,'trg_invoices_total',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(17,1,'structure','Type','billing','billing',NULL,'invoice_state',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(18,1,'structure','Type','billing','billing',NULL,'money_amount',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(19,1,'structure','View','billing','billing',NULL,'v_open_invoices',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(20,1,'structure','Function','crm','crm_v2',NULL,'fn_score',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(21,1,'structure','PlanGuide','crm','crm_v2',NULL,'pg_contacts_by_mail',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(22,1,'structure','Procedure','crm','crm_v2',NULL,'sp_merge_contacts',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(23,1,'structure','Table','crm','crm_v2',NULL,'contacts',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(24,1,'structure','Trigger','crm','crm_v2',NULL,'trg_contacts_touch',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(25,1,'structure','View','crm','crm_v2',NULL,'v_pipeline',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(26,1,'structure','View','crm','crm_v2',NULL,'v_客户概览',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(27,1,'structure','Function','shop','shop',NULL,'fn_discount',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(28,1,'structure','Procedure','shop','shop',NULL,'sp_close_day',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(29,1,'structure','Procedure','shop','shop',NULL,'sp_reprice',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(30,1,'structure','Table','shop','shop',NULL,'customers',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(31,1,'structure','Table','shop','shop',NULL,'order_items',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(32,1,'structure','Table','shop','shop',NULL,'orders',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(33,1,'structure','Table','shop','shop',NULL,'products',1795479149739,4,NULL,1795479150937,2);
INSERT INTO "object" VALUES(34,1,'structure','Trigger','shop','shop',NULL,'trg_inventory_guard',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(35,1,'structure','Trigger','shop','shop',NULL,'trg_orders_audit',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(36,1,'structure','View','shop','shop',NULL,'v_daily_sales',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(37,1,'structure','View','shop','shop',NULL,'v_open_orders',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(38,1,'constraint','Table','billing','billing','invoices','invoices',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(39,1,'constraint','Table','billing','billing','invoices','invoices',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(40,1,'constraint','Table','crm','crm_v2','contacts','contacts',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(41,1,'constraint','Table','crm','crm_v2','contacts','contacts',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(42,1,'constraint','Table','shop','shop','order_items','order_items',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(43,1,'constraint','Table','shop','shop','order_items','order_items',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(44,1,'constraint','Table','shop','shop','orders','orders',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(45,1,'constraint','Table','shop','shop','orders','orders',1795479149739,3,1,NULL,0);
INSERT INTO "object" VALUES(46,1,'constraint','Table','shop','shop','products','products',1795479149739,4,NULL,1795479150937,2);
INSERT INTO "object" VALUES(47,1,'constraint','Table','shop','shop','products','products',1795479149739,4,NULL,1795479150937,2);
INSERT INTO "object" VALUES(48,1,'constraint','Table','shop','shop','products','products',1795479149739,4,NULL,1795479150937,2);
INSERT INTO "object" VALUES(49,1,'data',NULL,'billing','billing',NULL,'invoices',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(50,1,'data',NULL,'crm','crm_v2',NULL,'contacts',1795479149739,1,1,NULL,0);
INSERT INTO "object" VALUES(51,1,'data',NULL,'shop','shop',NULL,'customers',1795479149739,5,1,NULL,0);
INSERT INTO "object" VALUES(52,1,'data',NULL,'shop','shop',NULL,'order_items',1795479149739,6,1,NULL,0);
INSERT INTO "object" VALUES(53,1,'data',NULL,'shop','shop',NULL,'orders',1795479149739,3,1,NULL,0);
INSERT INTO "object" VALUES(54,1,'data',NULL,'shop','shop',NULL,'products',1795479149739,4,NULL,1795479150937,2);
INSERT INTO "object" VALUES(55,1,'structure','Table','crm','crm_v2',NULL,'accounts',1795479150937,2,1,NULL,0);
INSERT INTO "object" VALUES(56,1,'constraint','Table','crm','crm_v2','accounts','accounts',1795479150937,6,1,NULL,0);
INSERT INTO "object" VALUES(57,1,'constraint','Table','crm','crm_v2','accounts','accounts',1795479150937,2,1,NULL,0);
INSERT INTO "object" VALUES(58,1,'data',NULL,'crm','crm_v2',NULL,'accounts',1795479150937,2,1,NULL,0);
INSERT INTO "object" VALUES(59,1,'sync',NULL,'crm','crm_v2',NULL,'accounts',1795479156785,7,1,NULL,0);
INSERT INTO "object" VALUES(60,1,'sync',NULL,'crm','crm_v2',NULL,'contacts',1795479156785,7,1,NULL,0);
INSERT INTO "object" VALUES(61,1,'sync',NULL,'shop','shop',NULL,'customers',1795479156785,7,1,NULL,0);
INSERT INTO "object" VALUES(62,1,'sync',NULL,'shop','shop',NULL,'order_items',1795479156785,7,1,NULL,0);
INSERT INTO "object" VALUES(63,1,'sync',NULL,'shop','shop',NULL,'orders',1795479156785,7,1,NULL,0);
CREATE TABLE outbox (
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
CREATE TABLE page (
    job_no integer not null references job,
    number integer not null,
    arrived_at_ms integer not null,
    -- 16 bytes of the page's content: a page with the same digest needs no comparison of its objects. NULL if a row of
    -- it also stood on another page.
    digest blob,
    primary key (job_no, number)
) strict, without rowid;
INSERT INTO "page" VALUES(1,1,1795479169201,NULL);
CREATE TABLE pruning (
    job_no integer primary key references job,
    thinned_rows integer not null default 0,    -- change rows merged into the next one of their table
    thinned_to_ms integer,                      -- when the newest of them was observed
    bucket_ms integer,                          -- the longest interval that was merged into one row
    failed_sweeps integer not null default 0    -- snapshots with outcome 'failed' that were removed
) strict;
CREATE TABLE reading (
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
INSERT INTO "reading" VALUES(1,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO "reading" VALUES(2,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,19,1);
INSERT INTO "reading" VALUES(3,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,21,1);
INSERT INTO "reading" VALUES(4,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,8,1);
INSERT INTO "reading" VALUES(5,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,20,1);
INSERT INTO "reading" VALUES(5,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,20,1);
INSERT INTO "reading" VALUES(6,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,6,1);
INSERT INTO "reading" VALUES(6,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,6,1);
INSERT INTO "reading" VALUES(7,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,30,1);
INSERT INTO "reading" VALUES(8,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,42,1);
INSERT INTO "reading" VALUES(9,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,15,1);
INSERT INTO "reading" VALUES(10,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,9,1);
INSERT INTO "reading" VALUES(10,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,9,1);
INSERT INTO "reading" VALUES(11,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,45,1);
INSERT INTO "reading" VALUES(12,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,33,1);
INSERT INTO "reading" VALUES(13,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,24,1);
INSERT INTO "reading" VALUES(14,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,35,1);
INSERT INTO "reading" VALUES(15,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,49,1);
INSERT INTO "reading" VALUES(16,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,23,1);
INSERT INTO "reading" VALUES(16,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,23,1);
INSERT INTO "reading" VALUES(17,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,31,1);
INSERT INTO "reading" VALUES(18,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,3,1);
INSERT INTO "reading" VALUES(19,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,32,1);
INSERT INTO "reading" VALUES(20,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,39,1);
INSERT INTO "reading" VALUES(21,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,18,1);
INSERT INTO "reading" VALUES(22,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,7,1);
INSERT INTO "reading" VALUES(23,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,38,1);
INSERT INTO "reading" VALUES(24,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,41,1);
INSERT INTO "reading" VALUES(24,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,41,1);
INSERT INTO "reading" VALUES(25,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,36,1);
INSERT INTO "reading" VALUES(26,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,27,1);
INSERT INTO "reading" VALUES(27,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,48,1);
INSERT INTO "reading" VALUES(28,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,16,1);
INSERT INTO "reading" VALUES(29,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,22,1);
INSERT INTO "reading" VALUES(30,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,13,1);
INSERT INTO "reading" VALUES(31,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,46,1);
INSERT INTO "reading" VALUES(32,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,2,1);
INSERT INTO "reading" VALUES(33,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,1,1);
INSERT INTO "reading" VALUES(33,4,1795479153360,1795479150937,'Finished','Finished',NULL,NULL,NULL,NULL,NULL,1,0);
INSERT INTO "reading" VALUES(34,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,17,1);
INSERT INTO "reading" VALUES(34,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,17,1);
INSERT INTO "reading" VALUES(35,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,43,1);
INSERT INTO "reading" VALUES(35,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,43,1);
INSERT INTO "reading" VALUES(36,1,1795479149739,NULL,'Failed',NULL,NULL,NULL,NULL,NULL,47,10,1);
INSERT INTO "reading" VALUES(37,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,14,1);
INSERT INTO "reading" VALUES(38,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,28,1);
INSERT INTO "reading" VALUES(39,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,12,1);
INSERT INTO "reading" VALUES(40,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,4,1);
INSERT INTO "reading" VALUES(40,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,4,1);
INSERT INTO "reading" VALUES(41,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,26,1);
INSERT INTO "reading" VALUES(42,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,5,1);
INSERT INTO "reading" VALUES(42,6,1795479155607,1795479154415,'Failed','NotStarted',NULL,NULL,NULL,NULL,53,5,1);
INSERT INTO "reading" VALUES(43,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,25,1);
INSERT INTO "reading" VALUES(43,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,25,1);
INSERT INTO "reading" VALUES(44,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,11,1);
INSERT INTO "reading" VALUES(44,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,11,1);
INSERT INTO "reading" VALUES(45,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,44,1);
INSERT INTO "reading" VALUES(45,3,1795479152118,1795479150937,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,44,1);
INSERT INTO "reading" VALUES(46,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,37,1);
INSERT INTO "reading" VALUES(46,4,1795479153360,1795479150937,'NotStarted','NotStarted',NULL,NULL,NULL,NULL,NULL,37,0);
INSERT INTO "reading" VALUES(47,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,29,1);
INSERT INTO "reading" VALUES(47,4,1795479153360,1795479150937,'Finished','Finished',NULL,NULL,NULL,NULL,NULL,29,0);
INSERT INTO "reading" VALUES(48,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,34,1);
INSERT INTO "reading" VALUES(48,4,1795479153360,1795479150937,'Finished','Finished',NULL,NULL,NULL,NULL,NULL,34,0);
INSERT INTO "reading" VALUES(49,1,1795479149739,NULL,'Failed',NULL,90467,NULL,146790,'6.2',40,NULL,1);
INSERT INTO "reading" VALUES(50,1,1795479149739,NULL,'Finished',NULL,60695,NULL,61362,'14.9',NULL,NULL,1);
INSERT INTO "reading" VALUES(51,1,1795479149739,NULL,'Migrating',NULL,3044366,NULL,18151682,'212.1',NULL,NULL,1);
INSERT INTO "reading" VALUES(51,2,1795479150937,1795479149739,'Migrating','Migrating',4642536,3044366,18151682,'934.6',NULL,NULL,1);
INSERT INTO "reading" VALUES(51,3,1795479152118,1795479150937,'Migrating','Migrating',14277311,4642536,18151682,'1641.1',NULL,NULL,1);
INSERT INTO "reading" VALUES(51,4,1795479153255,1795479152118,'Migrating','Migrating',23025892,14277311,18151682,'2325.9',NULL,NULL,1);
INSERT INTO "reading" VALUES(51,5,1795479154415,1795479153255,'Finished','Migrating',24529367,23025892,18151682,'2406.6',NULL,NULL,1);
INSERT INTO "reading" VALUES(52,1,1795479149739,NULL,'Migrating',NULL,7297538,NULL,35122956,'433.8',NULL,NULL,1);
INSERT INTO "reading" VALUES(52,2,1795479150937,1795479149739,'Migrating','Migrating',8452275,7297538,35122956,'1156.2',NULL,NULL,1);
INSERT INTO "reading" VALUES(52,3,1795479152118,1795479150937,'Migrating','Migrating',15664334,8452275,35122956,'1862.8',NULL,NULL,1);
INSERT INTO "reading" VALUES(52,4,1795479153255,1795479152118,'Migrating','Migrating',15664334,15664334,35122956,'2547.6',NULL,NULL,1);
INSERT INTO "reading" VALUES(52,5,1795479154415,1795479153255,'Migrating','Migrating',22556930,15664334,35122956,'3243.9',NULL,NULL,1);
INSERT INTO "reading" VALUES(52,6,1795479155607,1795479154415,'Finished','Migrating',34809669,22556930,35122956,'3905.4',NULL,NULL,1);
INSERT INTO "reading" VALUES(53,1,1795479149739,NULL,'Migrating',NULL,221561,NULL,4610979,'9.8',NULL,NULL,1);
INSERT INTO "reading" VALUES(53,2,1795479150937,1795479149739,'Migrating','Migrating',2686531,221561,4610979,'732.2',NULL,NULL,1);
INSERT INTO "reading" VALUES(53,3,1795479152118,1795479150937,'Finished','Migrating',4551806,2686531,4610979,'820.3',NULL,NULL,1);
INSERT INTO "reading" VALUES(54,1,1795479149739,NULL,'Finished',NULL,398461,NULL,402844,'37.4',NULL,NULL,1);
INSERT INTO "reading" VALUES(54,4,1795479153360,1795479150937,'Finished','Finished',398461,398461,402844,'37.4',NULL,NULL,0);
INSERT INTO "reading" VALUES(55,2,1795479150937,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,51,1);
INSERT INTO "reading" VALUES(56,2,1795479150937,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,50,1);
INSERT INTO "reading" VALUES(56,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,50,1);
INSERT INTO "reading" VALUES(57,2,1795479150937,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,52,1);
INSERT INTO "reading" VALUES(58,2,1795479150937,NULL,'Finished',NULL,37228,NULL,38307,'4.9',NULL,NULL,1);
INSERT INTO "reading" VALUES(59,7,1795479156785,NULL,'Migrating',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO "reading" VALUES(60,7,1795479156785,NULL,'Migrating',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO "reading" VALUES(61,7,1795479156785,NULL,'Migrating',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO "reading" VALUES(62,7,1795479156785,NULL,'Migrating',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO "reading" VALUES(63,7,1795479156785,NULL,'Migrating',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
CREATE TABLE snapshot (
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
INSERT INTO "snapshot" VALUES(1,1,1795479149723,1795479149831,'complete','api',1,54,54,NULL,0);
INSERT INTO "snapshot" VALUES(2,1,1795479150922,1795479151031,'complete','api',1,58,7,NULL,0);
INSERT INTO "snapshot" VALUES(3,1,1795479152094,1795479152204,'complete','api',1,53,4,NULL,0);
INSERT INTO "snapshot" VALUES(4,1,1795479153247,1795479153360,'complete','api',1,53,7,NULL,0);
INSERT INTO "snapshot" VALUES(5,1,1795479154410,1795479154514,'complete','api',1,53,2,NULL,0);
INSERT INTO "snapshot" VALUES(6,1,1795479155593,1795479155699,'complete','api',1,53,13,NULL,0);
INSERT INTO "snapshot" VALUES(7,1,1795479156774,1795479156884,'complete','api',1,58,5,NULL,0);
INSERT INTO "snapshot" VALUES(8,1,1795479158051,1795479158189,'complete','api',1,58,0,NULL,0);
INSERT INTO "snapshot" VALUES(9,1,1795479159286,1795479159390,'complete','api',1,58,0,NULL,0);
INSERT INTO "snapshot" VALUES(10,1,1795479160593,1795479160629,'failed','api',0,NULL,0,'the gateway of DTS answered DescribeInitializationStatus with SignatureDoesNotMatch (HTTP 400): Specified signature is not matched with our calculation; the server signed the same request, so the access key secret is wrong; copy it again, or create a new key (RequestId 078274E4-3C43-499C-8FDE-2CC74F58774A)',0);
INSERT INTO "snapshot" VALUES(11,1,1795479160705,1795479160833,'complete','api',1,58,0,NULL,0);
INSERT INTO "snapshot" VALUES(12,1,1795479162005,1795479162124,'complete','api',1,58,0,NULL,0);
INSERT INTO "snapshot" VALUES(13,1,1795479163253,1795479163374,'complete','api',1,58,0,NULL,0);
INSERT INTO "snapshot" VALUES(14,1,1795479164402,1795479164507,'complete','api',1,58,0,NULL,0);
INSERT INTO "snapshot" VALUES(15,1,1795479165551,1795479165664,'complete','api',1,58,0,NULL,0);
INSERT INTO "snapshot" VALUES(16,1,1795479166738,1795479166849,'complete','api',1,58,0,NULL,0);
INSERT INTO "snapshot" VALUES(17,1,1795479167972,1795479168081,'complete','api',1,58,0,NULL,0);
INSERT INTO "snapshot" VALUES(18,1,1795479169195,1795479169299,'complete','api',1,58,0,NULL,0);
ANALYZE "sqlite_master";
INSERT INTO "sqlite_stat1" VALUES('text','sqlite_autoindex_text_1','53 1');
INSERT INTO "sqlite_stat1" VALUES('snapshot','snapshot_of_job','18 18 9 1');
INSERT INTO "sqlite_stat1" VALUES('reading','reading_failed','3 1 1');
INSERT INTO "sqlite_stat1" VALUES('reading','reading_transition','79 2 1 1 1');
INSERT INTO "sqlite_stat1" VALUES('reading','reading','92 2 1');
INSERT INTO "sqlite_stat1" VALUES('object','object_on_page','63 63 32');
INSERT INTO "sqlite_stat1" VALUES('object','object_of_job','63 63 16');
INSERT INTO "sqlite_stat1" VALUES('page','page','1 1 1');
INSERT INTO "sqlite_stat1" VALUES('_sqlx_migrations','sqlite_autoindex__sqlx_migrations_1','3 1');
INSERT INTO "sqlite_stat1" VALUES('job','sqlite_autoindex_job_1','1 1');
CREATE TABLE text (
    text_no integer primary key,
    digest blob not null unique,
    body text not null
) strict;
INSERT INTO "text" VALUES(1,X'01D9C066A5C9C8C2E0CF3895E23B2AA4','CREATE TABLE `shop`.`products` (
`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , 
`title` varchar(100) CHARSET `utf8` COLLATE `utf8_general_ci` COMMENT '''' NOT NULL , 
`body` longtext COMMENT ''what the customer''''s agent wrote'' NULL , 
`author` varchar(40) CHARSET `utf8` COLLATE `utf8_general_ci` COMMENT ''作者'' NOT NULL 
, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=865141 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''products'' ;
');
INSERT INTO "text" VALUES(2,X'0815A5ACA37B06A28E49F25CE91D9CC6','CREATE TABLE `shop`.`orders` (
`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , 
`title` varchar(100) CHARSET `utf8` COLLATE `utf8_general_ci` COMMENT '''' NOT NULL , 
`body` longtext COMMENT ''what the customer''''s agent wrote'' NULL , 
`author` varchar(40) CHARSET `utf8` COLLATE `utf8_general_ci` COMMENT ''作者'' NOT NULL 
, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=369046 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''orders'' ;
');
INSERT INTO "text" VALUES(3,X'08C21FE9F08162A162D070C32B5598B1','CREATE TYPE "billing"."money_amount" AS (
  "amount" numeric(18,4),
  "currency" char(3)
);');
INSERT INTO "text" VALUES(4,X'10D078828CC8DF67A6ED53621705C4C3','ALTER TABLE `crm`.`contacts` ADD CONSTRAINT `fk_contacts`
FOREIGN KEY (`parent_id`) REFERENCES `crm`.`orders` (`id`) ON DELETE CASCADE');
INSERT INTO "text" VALUES(5,X'127AA44101F515A7F526558EEA6900F2','ALTER TABLE `shop`.`order_items` ADD CONSTRAINT `fk_order_items`
FOREIGN KEY (`parent_id`) REFERENCES `shop`.`orders` (`id`) ON DELETE CASCADE');
INSERT INTO "text" VALUES(6,X'1D233E744971B1B55FD5DF4E6B9532F8','CREATE INDEX "idx_usage_records_meter" ON "billing"."usage_records" ("meter_id", "recorded_at" DESC);');
INSERT INTO "text" VALUES(7,X'1E4B145D329C53B8720A02965A1F01B3','CREATE DEFINER=`root`@`localhost` PROCEDURE `crm`.`sp_merge_contacts`(IN keep_id BIGINT, IN drop_id BIGINT)
BEGIN
  /* 合并重复联系人 */
  UPDATE `crm`.`notes` SET `contact_id` = keep_id WHERE `contact_id` = drop_id;
  DELETE FROM `crm`.`contacts` WHERE `id` = drop_id;
END');
INSERT INTO "text" VALUES(8,X'26531171B34F65FEC26460CBECD401E6','CREATE FUNCTION "billing"."proration"(amount numeric, span interval)
RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT round(span, 0) * amount / 30;
$$;');
INSERT INTO "text" VALUES(9,X'30723769A87EE2BD3CC1001A13AD9E18','CREATE RULE "protect_ledger" AS
    ON DELETE TO "billing"."ledger_entries" DO INSTEAD NOTHING;');
INSERT INTO "text" VALUES(10,X'382C013AA212EF9BF9524130EF7E9487','CREATE ALGORITHM=UNDEFINED DEFINER=`report`@`10.%` SQL SECURITY DEFINER VIEW `shop`.`v_daily_sales` AS
select cast(`p`.`paid_at` as date) AS `day`,sum(`p`.`amount`) AS `sales`
from `shop`.`payments_2019` `p` group by cast(`p`.`paid_at` as date)');
INSERT INTO "text" VALUES(11,X'3A94D023D2722D2D6ADA06957D880E88','ALTER TABLE `shop`.`orders` ADD CONSTRAINT `fk_orders`
FOREIGN KEY (`parent_id`) REFERENCES `shop`.`orders` (`id`) ON DELETE CASCADE');
INSERT INTO "text" VALUES(12,X'3E8142122678C14083DC61778EE1CEE9','CREATE UNIQUE INDEX "uk_invoices" ON "billing"."invoices" USING btree ("id", "posted_at");');
INSERT INTO "text" VALUES(13,X'40F7FDAA50C90EF2ADA9850A06AF43B1','CREATE TABLE `shop`.`customers` (
`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , 
`code` char(8) CHARSET `ascii` COLLATE `ascii_bin` COMMENT '''' NOT NULL , 
`on_hand` int(11) COMMENT ''库存'' NOT NULL , 
`updated_at` timestamp DEFAULT CURRENT_TIMESTAMP COMMENT '''' NOT NULL 
, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=649756 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''customers'' ;
');
INSERT INTO "text" VALUES(14,X'4479DF6BA5BED849002A3E96B5CC83E1','CREATE ALGORITHM=UNDEFINED DEFINER=`app`@`%` SQL SECURITY DEFINER VIEW `shop`.`v_open_orders` AS
select `o`.`id` AS `id`,`o`.`customer_id` AS `customer_id`
from `shop`.`orders` `o` where (`o`.`status` <> ''closed'')');
INSERT INTO "text" VALUES(15,X'4F7513E83118641D467D6B4A5001C0DB','CREATE OR REPLACE PACKAGE "billing"."pkg_tax" IS
  FUNCTION rate_of(region VARCHAR2) RETURN NUMBER;
  PROCEDURE refresh_rates;
END pkg_tax;');
INSERT INTO "text" VALUES(16,X'51E57189930EDE694ACB7B4A102738BA','CREATE DEFINER=`app`@`%` PROCEDURE `shop`.`sp_close_day`(IN closing DATE)
BEGIN
  UPDATE `shop`.`orders` SET `status` = ''closed'' WHERE `created_at` < closing; -- 日结
END');
INSERT INTO "text" VALUES(17,X'532501E1D1CDD91A631A1794AE23BDE3','CREATE DEFINER=`app`@`%` TRIGGER `shop`.`trg_inventory_guard` BEFORE UPDATE ON `shop`.`inventory` FOR EACH ROW
BEGIN
  IF NEW.`on_hand` < 0 THEN
    SIGNAL SQLSTATE ''45000'' SET MESSAGE_TEXT = ''库存不足'';
  END IF;
END');
INSERT INTO "text" VALUES(18,X'594F3D5F11673F60198E03583A86522C','EXEC sp_create_plan_guide @name = N''pg_contacts_by_mail'',
  @stmt = N''SELECT * FROM contacts WHERE email = @0'', @type = N''SQL'',
  @hints = N''OPTION (OPTIMIZE FOR UNKNOWN)''');
INSERT INTO "text" VALUES(19,X'5EE68A3B7FD476638A4B1DFB500EB75D','CREATE FUNCTION "billing"."ledger_balance"(account bigint)
RETURNS numeric LANGUAGE plpgsql STABLE AS $$
DECLARE total numeric;
BEGIN
  SELECT sum(amount) INTO total FROM "billing"."ledger_entries" WHERE account_id = account;
  RETURN coalesce(total, 0); -- 余额
END;
$$;');
INSERT INTO "text" VALUES(20,X'5FE2237FFCD64427FF0347A97004DEA5','CREATE INDEX "idx_ledger_entries_posted_at" ON "billing"."ledger_entries" USING brin ("posted_at");');
INSERT INTO "text" VALUES(21,X'6CA20DAB12544E9AD5BD6BBA1B07E878','CREATE FUNCTION "billing"."proration"(amount numeric, days integer)
RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT round(amount * days / 30, 4);
$$;');
INSERT INTO "text" VALUES(22,X'74D6087B1878F71A213AEEC397A7B092','CREATE DEFINER=`app`@`%` PROCEDURE `shop`.`sp_reprice`()
BEGIN
  INSERT INTO `shop`.`price_history` SELECT `id`, `price` | 0, NOW() FROM `shop`.`products`;
  SELECT ''<b>done</b>'' AS `result`;
END');
INSERT INTO "text" VALUES(23,X'7E578E2686ECEB4C8DDF88276D27D98E','CREATE TRIGGER "trg_invoices_total" AFTER INSERT OR UPDATE ON "billing"."invoice_lines"
    FOR EACH ROW EXECUTE FUNCTION "billing"."refresh_total"();');
INSERT INTO "text" VALUES(24,X'7E71D87F7BBEB63EE6F0BBC0C4C25920','CREATE SEQUENCE "billing"."ledger_entries_id_seq"
MINVALUE 1 MAXVALUE 9223372036854775807 START 98113377 INCREMENT BY 50 CACHE 50 ;');
INSERT INTO "text" VALUES(25,X'8D51EBCF931E323AAED68BFA37718DFC','CREATE UNIQUE INDEX `uk_order_items` ON `shop`.`order_items` (`id`, `created_at`)');
INSERT INTO "text" VALUES(26,X'97F728097D2D0F52E259E943AB12E572','CREATE UNIQUE INDEX `uk_contacts` ON `crm`.`contacts` (`id`, `created_at`)');
INSERT INTO "text" VALUES(27,X'9DF773201DEDB4A420867658C1BCF8CD','CREATE VIEW `crm`.`v_客户概览` AS
select `a`.`id` AS `编号`,`a`.`title` AS `名称` from `crm`.`accounts` `a`');
INSERT INTO "text" VALUES(28,X'9E0366DA0F5CBF037A68FF762E20E397','ALTER TABLE "billing"."invoices" ADD CONSTRAINT "ck_invoices" CHECK (total_amount >= 0);');
INSERT INTO "text" VALUES(29,X'A1A5F4CA1935DC7D2C7254D905EE42E3','CREATE INDEX `idx_products` ON `shop`.`products` (`memo`(255) ASC) COMMENT ''检索''');
INSERT INTO "text" VALUES(30,X'A920A00B44643D550A391082B730C4B8','CREATE MATERIALIZED VIEW "billing"."mv_aging" AS
SELECT customer_id, count(*) AS overdue
  FROM "billing"."invoices"
 WHERE due_at < now()
 GROUP BY customer_id;');
INSERT INTO "text" VALUES(31,X'B5BA9C672780225252D36E5C5ADA9466','CREATE TYPE "billing"."invoice_state" AS ENUM (''draft'', ''open'', ''paid'', ''void'');');
INSERT INTO "text" VALUES(32,X'B9EC6C37E94CD9B33DF42334144A79F4','CREATE VIEW "billing"."v_open_invoices" AS
SELECT i.id, i.customer_id, i.total_amount
  FROM "billing"."invoices" i
 WHERE i.state = ''open''::"billing"."invoice_state";');
INSERT INTO "text" VALUES(33,X'B9F6259BE5F13119796EFEF4FBF8CE0D','CREATE SEQUENCE "billing"."invoices_id_seq"
MINVALUE 1 MAXVALUE 9223372036854775807 START 700412 INCREMENT BY 1 ;');
INSERT INTO "text" VALUES(34,X'BB49B5EFB2062A352054A7C954827565','CREATE UNIQUE INDEX `uk_products` ON `shop`.`products` (`id`, `created_at`)');
INSERT INTO "text" VALUES(35,X'C134407D163663DAF0902E638C8401C5','CREATE SYNONYM "billing"."ledger" FOR "billing"."ledger_entries";');
INSERT INTO "text" VALUES(36,X'CBAEFBB22D7664B2843BB2B5F84F9847','CREATE VIEW `crm`.`v_pipeline` AS
select `stage`,count(0) AS `deals`,sum(`amount`) AS `amount`
from `crm`.`opportunities` group by `stage`');
INSERT INTO "text" VALUES(37,X'CBDA50727D62355CC6A6292456938190','ALTER TABLE `shop`.`products` ADD CONSTRAINT `fk_products`
FOREIGN KEY (`parent_id`) REFERENCES `shop`.`orders` (`id`) ON DELETE CASCADE');
INSERT INTO "text" VALUES(38,X'CC00FB2D401AD5A2C7084B3B7F46D305','CREATE TABLE `crm`.`contacts` (
`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , 
`happened_at` datetime(3) COMMENT ''UTC | 协调世界时'' NOT NULL , 
`source` varchar(64) CHARSET `utf8mb4` COLLATE `utf8mb4_bin` COMMENT '''' NULL , 
`payload` json COMMENT ''{"v": 2}'' NULL 
, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=754546 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''contacts'' ;
');
INSERT INTO "text" VALUES(39,X'D21174D962E5630D95F15A044EA30604','CREATE FUNCTION `crm`.`fn_score`(visits INT, opens INT) RETURNS int
    NO SQL
RETURN visits * 3 + opens');
INSERT INTO "text" VALUES(40,X'D66A8EA4CC999BEC3072F729D126E523','java.sql.SQLException: Incorrect string value: ''\xF0\x9F\x98\x80'' for column ''file_name'' at row 1
	at com.mysql.jdbc.SQLError.createSQLException(SQLError.java:964)
	at com.mysql.jdbc.MysqlIO.checkErrorPacket(MysqlIO.java:3978)');
INSERT INTO "text" VALUES(41,X'DA00FD896083A361F82D1454C89FF4AA','CREATE TRIGGER `crm`.`trg_contacts_touch` BEFORE UPDATE ON `crm`.`contacts` FOR EACH ROW
SET NEW.`updated_at` = CURRENT_TIMESTAMP');
INSERT INTO "text" VALUES(42,X'DD5E9AC7904844C4EA9D351837E94066','CREATE MATERIALIZED VIEW "billing"."mv_monthly_revenue" AS
SELECT date_trunc(''month'', posted_at) AS month, sum(amount) AS revenue
  FROM "billing"."ledger_entries"
 WHERE kind = ''revenue''
 GROUP BY 1
WITH NO DATA;');
INSERT INTO "text" VALUES(43,X'DE3A6BC7444B4D3B4F2952EB86D57B61','CREATE DEFINER=`app`@`%` TRIGGER `shop`.`trg_orders_audit` AFTER UPDATE ON `shop`.`orders` FOR EACH ROW
INSERT INTO `shop`.`audit` VALUES (OLD.`id`, NEW.`status`, NOW())');
INSERT INTO "text" VALUES(44,X'E65241E2464C3411E91CEE6AA1B6B1B1','CREATE UNIQUE INDEX `uk_orders` ON `shop`.`orders` (`id`, `created_at`)');
INSERT INTO "text" VALUES(45,X'EA31D0146944A3BE9042B51EB210577C','CREATE SEQUENCE "billing"."credit_notes_id_seq"
MINVALUE 1 MAXVALUE 2147483647 START 249 INCREMENT BY 1 ;');
INSERT INTO "text" VALUES(46,X'F4B6216B00FBC1C7A9EF3E48121D87C6','CREATE TABLE `shop`.`order_items` (
`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , 
`customer_id` bigint(20) unsigned COMMENT ''客户编号'' NOT NULL , 
`status` varchar(20) CHARSET `utf8mb4` COLLATE `utf8mb4_general_ci` COMMENT ''open, "held" or closed'' NOT NULL , 
`amount` decimal(12,2) COMMENT ''金额(元)'' NULL 
, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=527794 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''order_items'' ;
');
INSERT INTO "text" VALUES(47,X'F9D1C8F132E3D4EE4779EBE6FEC7EC44','DTS-1020042 Execute sql error sql: DTS-1020042 Execute sql error sql: View ''shop.v_daily_sales'' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them');
INSERT INTO "text" VALUES(48,X'F9DD5606A840FB807CDDA952E1D039FB','CREATE DEFINER=`app`@`%` FUNCTION `shop`.`fn_discount`(price DECIMAL(12,2), pct INT) RETURNS decimal(12,2)
    DETERMINISTIC
BEGIN
  RETURN price - price * pct / 100;
END');
INSERT INTO "text" VALUES(49,X'FA0438B9509EB207BFF61DDA8DA61D64','CREATE TABLE "billing"."invoices" (
  "id" bigint NOT NULL,
  "code" character(8) NOT NULL,
  "meter_id" integer NOT NULL,
  "recorded_at" date NOT NULL,
  PRIMARY KEY ("id")
);
');
INSERT INTO "text" VALUES(50,X'56E30786EAE99E40A188249AFD90BED1','ALTER TABLE `crm`.`accounts` ADD CONSTRAINT `fk_accounts`
FOREIGN KEY (`parent_id`) REFERENCES `crm`.`orders` (`id`) ON DELETE CASCADE');
INSERT INTO "text" VALUES(51,X'C948C5594743F89BB0974E5EC111B190','CREATE TABLE `crm`.`accounts` (
`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , 
`happened_at` datetime(3) COMMENT ''UTC | 协调世界时'' NOT NULL , 
`source` varchar(64) CHARSET `utf8mb4` COLLATE `utf8mb4_bin` COMMENT '''' NULL , 
`payload` json COMMENT ''{"v": 2}'' NULL 
, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=637875 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''accounts'' ;
');
INSERT INTO "text" VALUES(52,X'F08C45B1A6D5742E8297B0726D1A142A','CREATE UNIQUE INDEX `uk_accounts` ON `crm`.`accounts` (`id`, `created_at`)');
INSERT INTO "text" VALUES(53,X'16906F8AEC5C166FE4EFF3D45684B5C4','DTS-1020042 Execute sql error sql: Cannot add or update a child row: a foreign key constraint fails (`shop`.`#sql-1f3_2c`, CONSTRAINT `fk_order_items` FOREIGN KEY (`parent_id`) REFERENCES `orders` (`id`))');
CREATE TABLE view_digest (
    digest blob not null
) strict;
INSERT INTO "view_digest" VALUES(X'780474E55E5337C812D888FA174C8C30EBE1217E6429A001D4665D0F8C96C3AE');
CREATE INDEX snapshot_of_job on snapshot (job_no, outcome, snapshot_id);
CREATE INDEX object_of_job on object (job_no, phase);
CREATE INDEX object_on_page on object (job_no, page_number);
CREATE INDEX reading_transition on reading (object_no, snapshot_id, status, status_before)
    where status is not status_before;
CREATE INDEX outbox_waiting on outbox (next_try_at_ms) where next_try_at_ms is not null;
CREATE INDEX reading_failed on reading (object_no, snapshot_id)
    where status = 'Failed' and status is not status_before;
CREATE VIEW jobs as
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
CREATE VIEW snapshots as
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
    torn
from snapshot
join job using (job_no);
CREATE VIEW object_newest as
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
    coalesce(object.absent_since_ms, page.arrived_at_ms) as last_seen_at_ms
from object
join job on job.job_no = object.job_no
join reading on reading.object_no = object.object_no and reading.snapshot_id = object.changed_snapshot_id
left join page on page.job_no = object.job_no and page.number = object.page_number;
CREATE VIEW table_latest as
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
    listed
from object_newest
where phase = 'data';
CREATE VIEW table_history as
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
CREATE VIEW table_throughput as
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
CREATE VIEW object_latest as
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
    listed
from object_newest
where phase in ('structure', 'constraint');
CREATE VIEW status_transitions as
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
CREATE VIEW failures as
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
CREATE VIEW pruned as
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
COMMIT;
