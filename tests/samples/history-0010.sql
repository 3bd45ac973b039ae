-- Written by the program with the schema 0010: 17 snapshots and a failed one of the simulator, by sqlite3's .dump.
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
INSERT INTO _sqlx_migrations VALUES(1,'history','2026-11-24 00:12:29',1,X'9ed3cc53b3c7e7152591628bb92b722bab9ab5fb116eeafa9ba852e4316aefaebe2b6fa6d8e47b94d58e50fb2642d504',1570241);
INSERT INTO _sqlx_migrations VALUES(2,'views','2026-11-24 00:12:29',1,X'ad363a0c683fe9931708960170a16199395c5f031f3d77880314f799f1d8e5a9093456462f2c221f3315203a74ba491f',4708870);
INSERT INTO _sqlx_migrations VALUES(10,'outbox','2026-11-24 00:12:29',1,X'8ed84c259c5f9ecae99ff5f01f3b083a736ad704215121f737e77883ebe151c9308617097a7f925ab040ac176af96388',3900915);
CREATE TABLE job (
    job_no integer primary key,
    job_id text not null unique,            -- SynchronizationJobId
    region text,
    name text
) strict;
INSERT INTO job VALUES(1,'dtsdemo0a1b2c3d4e','cn-hangzhou',NULL);
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
INSERT INTO snapshot VALUES(1,1,1795479149723,1795479149831,'complete','api',1,54,54,NULL,0);
INSERT INTO snapshot VALUES(2,1,1795479150922,1795479151031,'complete','api',1,58,7,NULL,0);
INSERT INTO snapshot VALUES(3,1,1795479152094,1795479152204,'complete','api',1,53,4,NULL,0);
INSERT INTO snapshot VALUES(4,1,1795479153247,1795479153360,'complete','api',1,53,7,NULL,0);
INSERT INTO snapshot VALUES(5,1,1795479154410,1795479154514,'complete','api',1,53,2,NULL,0);
INSERT INTO snapshot VALUES(6,1,1795479155593,1795479155699,'complete','api',1,53,13,NULL,0);
INSERT INTO snapshot VALUES(7,1,1795479156774,1795479156884,'complete','api',1,58,5,NULL,0);
INSERT INTO snapshot VALUES(8,1,1795479158051,1795479158189,'complete','api',1,58,0,NULL,0);
INSERT INTO snapshot VALUES(9,1,1795479159286,1795479159390,'complete','api',1,58,0,NULL,0);
INSERT INTO snapshot VALUES(10,1,1795479160593,1795479160629,'failed','api',0,NULL,0,'the gateway of DTS answered DescribeInitializationStatus with SignatureDoesNotMatch (HTTP 400): Specified signature is not matched with our calculation; the server signed the same request, so the access key secret is wrong; copy it again, or create a new key (RequestId 078274E4-3C43-499C-8FDE-2CC74F58774A)',0);
INSERT INTO snapshot VALUES(11,1,1795479160705,1795479160833,'complete','api',1,58,0,NULL,0);
INSERT INTO snapshot VALUES(12,1,1795479162005,1795479162124,'complete','api',1,58,0,NULL,0);
INSERT INTO snapshot VALUES(13,1,1795479163253,1795479163374,'complete','api',1,58,0,NULL,0);
INSERT INTO snapshot VALUES(14,1,1795479164402,1795479164507,'complete','api',1,58,0,NULL,0);
INSERT INTO snapshot VALUES(15,1,1795479165551,1795479165664,'complete','api',1,58,0,NULL,0);
INSERT INTO snapshot VALUES(16,1,1795479166738,1795479166849,'complete','api',1,58,0,NULL,0);
INSERT INTO snapshot VALUES(17,1,1795479167972,1795479168081,'complete','api',1,58,0,NULL,0);
INSERT INTO snapshot VALUES(18,1,1795479169195,1795479169299,'complete','api',1,58,0,NULL,0);
CREATE TABLE page (
    job_no integer not null references job,
    number integer not null,
    arrived_at_ms integer not null,
    primary key (job_no, number)
) strict, without rowid;
INSERT INTO page VALUES(1,1,1795479169201);
CREATE TABLE text (
    text_no integer primary key,
    digest blob not null unique,
    body text not null
) strict;
INSERT INTO text VALUES(1,X'01d9c066a5c9c8c2e0cf3895e23b2aa4',replace('CREATE TABLE `shop`.`products` (\n`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , \n`title` varchar(100) CHARSET `utf8` COLLATE `utf8_general_ci` COMMENT '''' NOT NULL , \n`body` longtext COMMENT ''what the customer''''s agent wrote'' NULL , \n`author` varchar(40) CHARSET `utf8` COLLATE `utf8_general_ci` COMMENT ''作者'' NOT NULL \n, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=865141 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''products'' ;\n','\n',char(10)));
INSERT INTO text VALUES(2,X'0815a5aca37b06a28e49f25ce91d9cc6',replace('CREATE TABLE `shop`.`orders` (\n`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , \n`title` varchar(100) CHARSET `utf8` COLLATE `utf8_general_ci` COMMENT '''' NOT NULL , \n`body` longtext COMMENT ''what the customer''''s agent wrote'' NULL , \n`author` varchar(40) CHARSET `utf8` COLLATE `utf8_general_ci` COMMENT ''作者'' NOT NULL \n, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=369046 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''orders'' ;\n','\n',char(10)));
INSERT INTO text VALUES(3,X'08c21fe9f08162a162d070c32b5598b1',replace('CREATE TYPE "billing"."money_amount" AS (\n  "amount" numeric(18,4),\n  "currency" char(3)\n);','\n',char(10)));
INSERT INTO text VALUES(4,X'10d078828cc8df67a6ed53621705c4c3',replace('ALTER TABLE `crm`.`contacts` ADD CONSTRAINT `fk_contacts`\nFOREIGN KEY (`parent_id`) REFERENCES `crm`.`orders` (`id`) ON DELETE CASCADE','\n',char(10)));
INSERT INTO text VALUES(5,X'127aa44101f515a7f526558eea6900f2',replace('ALTER TABLE `shop`.`order_items` ADD CONSTRAINT `fk_order_items`\nFOREIGN KEY (`parent_id`) REFERENCES `shop`.`orders` (`id`) ON DELETE CASCADE','\n',char(10)));
INSERT INTO text VALUES(6,X'1d233e744971b1b55fd5df4e6b9532f8','CREATE INDEX "idx_usage_records_meter" ON "billing"."usage_records" ("meter_id", "recorded_at" DESC);');
INSERT INTO text VALUES(7,X'1e4b145d329c53b8720a02965a1f01b3',replace('CREATE DEFINER=`root`@`localhost` PROCEDURE `crm`.`sp_merge_contacts`(IN keep_id BIGINT, IN drop_id BIGINT)\nBEGIN\n  /* 合并重复联系人 */\n  UPDATE `crm`.`notes` SET `contact_id` = keep_id WHERE `contact_id` = drop_id;\n  DELETE FROM `crm`.`contacts` WHERE `id` = drop_id;\nEND','\n',char(10)));
INSERT INTO text VALUES(8,X'26531171b34f65fec26460cbecd401e6',replace('CREATE FUNCTION "billing"."proration"(amount numeric, span interval)\nRETURNS numeric LANGUAGE sql IMMUTABLE AS $$\n  SELECT round(span, 0) * amount / 30;\n$$;','\n',char(10)));
INSERT INTO text VALUES(9,X'30723769a87ee2bd3cc1001a13ad9e18',replace('CREATE RULE "protect_ledger" AS\n    ON DELETE TO "billing"."ledger_entries" DO INSTEAD NOTHING;','\n',char(10)));
INSERT INTO text VALUES(10,X'382c013aa212ef9bf9524130ef7e9487',replace('CREATE ALGORITHM=UNDEFINED DEFINER=`report`@`10.%` SQL SECURITY DEFINER VIEW `shop`.`v_daily_sales` AS\nselect cast(`p`.`paid_at` as date) AS `day`,sum(`p`.`amount`) AS `sales`\nfrom `shop`.`payments_2019` `p` group by cast(`p`.`paid_at` as date)','\n',char(10)));
INSERT INTO text VALUES(11,X'3a94d023d2722d2d6ada06957d880e88',replace('ALTER TABLE `shop`.`orders` ADD CONSTRAINT `fk_orders`\nFOREIGN KEY (`parent_id`) REFERENCES `shop`.`orders` (`id`) ON DELETE CASCADE','\n',char(10)));
INSERT INTO text VALUES(12,X'3e8142122678c14083dc61778ee1cee9','CREATE UNIQUE INDEX "uk_invoices" ON "billing"."invoices" USING btree ("id", "posted_at");');
INSERT INTO text VALUES(13,X'40f7fdaa50c90ef2ada9850a06af43b1',replace('CREATE TABLE `shop`.`customers` (\n`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , \n`code` char(8) CHARSET `ascii` COLLATE `ascii_bin` COMMENT '''' NOT NULL , \n`on_hand` int(11) COMMENT ''库存'' NOT NULL , \n`updated_at` timestamp DEFAULT CURRENT_TIMESTAMP COMMENT '''' NOT NULL \n, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=649756 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''customers'' ;\n','\n',char(10)));
INSERT INTO text VALUES(14,X'4479df6ba5bed849002a3e96b5cc83e1',replace('CREATE ALGORITHM=UNDEFINED DEFINER=`app`@`%` SQL SECURITY DEFINER VIEW `shop`.`v_open_orders` AS\nselect `o`.`id` AS `id`,`o`.`customer_id` AS `customer_id`\nfrom `shop`.`orders` `o` where (`o`.`status` <> ''closed'')','\n',char(10)));
INSERT INTO text VALUES(15,X'4f7513e83118641d467d6b4a5001c0db',replace('CREATE OR REPLACE PACKAGE "billing"."pkg_tax" IS\n  FUNCTION rate_of(region VARCHAR2) RETURN NUMBER;\n  PROCEDURE refresh_rates;\nEND pkg_tax;','\n',char(10)));
INSERT INTO text VALUES(16,X'51e57189930ede694acb7b4a102738ba',replace('CREATE DEFINER=`app`@`%` PROCEDURE `shop`.`sp_close_day`(IN closing DATE)\nBEGIN\n  UPDATE `shop`.`orders` SET `status` = ''closed'' WHERE `created_at` < closing; -- 日结\nEND','\n',char(10)));
INSERT INTO text VALUES(17,X'532501e1d1cdd91a631a1794ae23bde3',replace('CREATE DEFINER=`app`@`%` TRIGGER `shop`.`trg_inventory_guard` BEFORE UPDATE ON `shop`.`inventory` FOR EACH ROW\nBEGIN\n  IF NEW.`on_hand` < 0 THEN\n    SIGNAL SQLSTATE ''45000'' SET MESSAGE_TEXT = ''库存不足'';\n  END IF;\nEND','\n',char(10)));
INSERT INTO text VALUES(18,X'594f3d5f11673f60198e03583a86522c',replace('EXEC sp_create_plan_guide @name = N''pg_contacts_by_mail'',\n  @stmt = N''SELECT * FROM contacts WHERE email = @0'', @type = N''SQL'',\n  @hints = N''OPTION (OPTIMIZE FOR UNKNOWN)''','\n',char(10)));
INSERT INTO text VALUES(19,X'5ee68a3b7fd476638a4b1dfb500eb75d',replace('CREATE FUNCTION "billing"."ledger_balance"(account bigint)\nRETURNS numeric LANGUAGE plpgsql STABLE AS $$\nDECLARE total numeric;\nBEGIN\n  SELECT sum(amount) INTO total FROM "billing"."ledger_entries" WHERE account_id = account;\n  RETURN coalesce(total, 0); -- 余额\nEND;\n$$;','\n',char(10)));
INSERT INTO text VALUES(20,X'5fe2237ffcd64427ff0347a97004dea5','CREATE INDEX "idx_ledger_entries_posted_at" ON "billing"."ledger_entries" USING brin ("posted_at");');
INSERT INTO text VALUES(21,X'6ca20dab12544e9ad5bd6bba1b07e878',replace('CREATE FUNCTION "billing"."proration"(amount numeric, days integer)\nRETURNS numeric LANGUAGE sql IMMUTABLE AS $$\n  SELECT round(amount * days / 30, 4);\n$$;','\n',char(10)));
INSERT INTO text VALUES(22,X'74d6087b1878f71a213aeec397a7b092',replace('CREATE DEFINER=`app`@`%` PROCEDURE `shop`.`sp_reprice`()\nBEGIN\n  INSERT INTO `shop`.`price_history` SELECT `id`, `price` | 0, NOW() FROM `shop`.`products`;\n  SELECT ''<b>done</b>'' AS `result`;\nEND','\n',char(10)));
INSERT INTO text VALUES(23,X'7e578e2686eceb4c8ddf88276d27d98e',replace('CREATE TRIGGER "trg_invoices_total" AFTER INSERT OR UPDATE ON "billing"."invoice_lines"\n    FOR EACH ROW EXECUTE FUNCTION "billing"."refresh_total"();','\n',char(10)));
INSERT INTO text VALUES(24,X'7e71d87f7bbeb63ee6f0bbc0c4c25920',replace('CREATE SEQUENCE "billing"."ledger_entries_id_seq"\nMINVALUE 1 MAXVALUE 9223372036854775807 START 98113377 INCREMENT BY 50 CACHE 50 ;','\n',char(10)));
INSERT INTO text VALUES(25,X'8d51ebcf931e323aaed68bfa37718dfc','CREATE UNIQUE INDEX `uk_order_items` ON `shop`.`order_items` (`id`, `created_at`)');
INSERT INTO text VALUES(26,X'97f728097d2d0f52e259e943ab12e572','CREATE UNIQUE INDEX `uk_contacts` ON `crm`.`contacts` (`id`, `created_at`)');
INSERT INTO text VALUES(27,X'9df773201dedb4a420867658c1bcf8cd',replace('CREATE VIEW `crm`.`v_客户概览` AS\nselect `a`.`id` AS `编号`,`a`.`title` AS `名称` from `crm`.`accounts` `a`','\n',char(10)));
INSERT INTO text VALUES(28,X'9e0366da0f5cbf037a68ff762e20e397','ALTER TABLE "billing"."invoices" ADD CONSTRAINT "ck_invoices" CHECK (total_amount >= 0);');
INSERT INTO text VALUES(29,X'a1a5f4ca1935dc7d2c7254d905ee42e3','CREATE INDEX `idx_products` ON `shop`.`products` (`memo`(255) ASC) COMMENT ''检索''');
INSERT INTO text VALUES(30,X'a920a00b44643d550a391082b730c4b8',replace('CREATE MATERIALIZED VIEW "billing"."mv_aging" AS\nSELECT customer_id, count(*) AS overdue\n  FROM "billing"."invoices"\n WHERE due_at < now()\n GROUP BY customer_id;','\n',char(10)));
INSERT INTO text VALUES(31,X'b5ba9c672780225252d36e5c5ada9466','CREATE TYPE "billing"."invoice_state" AS ENUM (''draft'', ''open'', ''paid'', ''void'');');
INSERT INTO text VALUES(32,X'b9ec6c37e94cd9b33df42334144a79f4',replace('CREATE VIEW "billing"."v_open_invoices" AS\nSELECT i.id, i.customer_id, i.total_amount\n  FROM "billing"."invoices" i\n WHERE i.state = ''open''::"billing"."invoice_state";','\n',char(10)));
INSERT INTO text VALUES(33,X'b9f6259be5f13119796efef4fbf8ce0d',replace('CREATE SEQUENCE "billing"."invoices_id_seq"\nMINVALUE 1 MAXVALUE 9223372036854775807 START 700412 INCREMENT BY 1 ;','\n',char(10)));
INSERT INTO text VALUES(34,X'bb49b5efb2062a352054a7c954827565','CREATE UNIQUE INDEX `uk_products` ON `shop`.`products` (`id`, `created_at`)');
INSERT INTO text VALUES(35,X'c134407d163663daf0902e638c8401c5','CREATE SYNONYM "billing"."ledger" FOR "billing"."ledger_entries";');
INSERT INTO text VALUES(36,X'cbaefbb22d7664b2843bb2b5f84f9847',replace('CREATE VIEW `crm`.`v_pipeline` AS\nselect `stage`,count(0) AS `deals`,sum(`amount`) AS `amount`\nfrom `crm`.`opportunities` group by `stage`','\n',char(10)));
INSERT INTO text VALUES(37,X'cbda50727d62355cc6a6292456938190',replace('ALTER TABLE `shop`.`products` ADD CONSTRAINT `fk_products`\nFOREIGN KEY (`parent_id`) REFERENCES `shop`.`orders` (`id`) ON DELETE CASCADE','\n',char(10)));
INSERT INTO text VALUES(38,X'cc00fb2d401ad5a2c7084b3b7f46d305',replace('CREATE TABLE `crm`.`contacts` (\n`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , \n`happened_at` datetime(3) COMMENT ''UTC | 协调世界时'' NOT NULL , \n`source` varchar(64) CHARSET `utf8mb4` COLLATE `utf8mb4_bin` COMMENT '''' NULL , \n`payload` json COMMENT ''{"v": 2}'' NULL \n, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=754546 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''contacts'' ;\n','\n',char(10)));
INSERT INTO text VALUES(39,X'd21174d962e5630d95f15a044ea30604',replace('CREATE FUNCTION `crm`.`fn_score`(visits INT, opens INT) RETURNS int\n    NO SQL\nRETURN visits * 3 + opens','\n',char(10)));
INSERT INTO text VALUES(40,X'd66a8ea4cc999bec3072f729d126e523',replace('java.sql.SQLException: Incorrect string value: ''\xF0\x9F\x98\x80'' for column ''file_name'' at row 1\n	at com.mysql.jdbc.SQLError.createSQLException(SQLError.java:964)\n	at com.mysql.jdbc.MysqlIO.checkErrorPacket(MysqlIO.java:3978)','\n',char(10)));
INSERT INTO text VALUES(41,X'da00fd896083a361f82d1454c89ff4aa',replace('CREATE TRIGGER `crm`.`trg_contacts_touch` BEFORE UPDATE ON `crm`.`contacts` FOR EACH ROW\nSET NEW.`updated_at` = CURRENT_TIMESTAMP','\n',char(10)));
INSERT INTO text VALUES(42,X'dd5e9ac7904844c4ea9d351837e94066',replace('CREATE MATERIALIZED VIEW "billing"."mv_monthly_revenue" AS\nSELECT date_trunc(''month'', posted_at) AS month, sum(amount) AS revenue\n  FROM "billing"."ledger_entries"\n WHERE kind = ''revenue''\n GROUP BY 1\nWITH NO DATA;','\n',char(10)));
INSERT INTO text VALUES(43,X'de3a6bc7444b4d3b4f2952eb86d57b61',replace('CREATE DEFINER=`app`@`%` TRIGGER `shop`.`trg_orders_audit` AFTER UPDATE ON `shop`.`orders` FOR EACH ROW\nINSERT INTO `shop`.`audit` VALUES (OLD.`id`, NEW.`status`, NOW())','\n',char(10)));
INSERT INTO text VALUES(44,X'e65241e2464c3411e91cee6aa1b6b1b1','CREATE UNIQUE INDEX `uk_orders` ON `shop`.`orders` (`id`, `created_at`)');
INSERT INTO text VALUES(45,X'ea31d0146944a3be9042b51eb210577c',replace('CREATE SEQUENCE "billing"."credit_notes_id_seq"\nMINVALUE 1 MAXVALUE 2147483647 START 249 INCREMENT BY 1 ;','\n',char(10)));
INSERT INTO text VALUES(46,X'f4b6216b00fbc1c7a9ef3e48121d87c6',replace('CREATE TABLE `shop`.`order_items` (\n`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , \n`customer_id` bigint(20) unsigned COMMENT ''客户编号'' NOT NULL , \n`status` varchar(20) CHARSET `utf8mb4` COLLATE `utf8mb4_general_ci` COMMENT ''open, "held" or closed'' NOT NULL , \n`amount` decimal(12,2) COMMENT ''金额(元)'' NULL \n, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=527794 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''order_items'' ;\n','\n',char(10)));
INSERT INTO text VALUES(47,X'f9d1c8f132e3d4ee4779ebe6fec7ec44','DTS-1020042 Execute sql error sql: DTS-1020042 Execute sql error sql: View ''shop.v_daily_sales'' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them');
INSERT INTO text VALUES(48,X'f9dd5606a840fb807cdda952e1d039fb',replace('CREATE DEFINER=`app`@`%` FUNCTION `shop`.`fn_discount`(price DECIMAL(12,2), pct INT) RETURNS decimal(12,2)\n    DETERMINISTIC\nBEGIN\n  RETURN price - price * pct / 100;\nEND','\n',char(10)));
INSERT INTO text VALUES(49,X'fa0438b9509eb207bff61dda8da61d64',replace('CREATE TABLE "billing"."invoices" (\n  "id" bigint NOT NULL,\n  "code" character(8) NOT NULL,\n  "meter_id" integer NOT NULL,\n  "recorded_at" date NOT NULL,\n  PRIMARY KEY ("id")\n);\n','\n',char(10)));
INSERT INTO text VALUES(50,X'56e30786eae99e40a188249afd90bed1',replace('ALTER TABLE `crm`.`accounts` ADD CONSTRAINT `fk_accounts`\nFOREIGN KEY (`parent_id`) REFERENCES `crm`.`orders` (`id`) ON DELETE CASCADE','\n',char(10)));
INSERT INTO text VALUES(51,X'c948c5594743f89bb0974e5ec111b190',replace('CREATE TABLE `crm`.`accounts` (\n`id` bigint(20) unsigned auto_increment COMMENT '''' NOT NULL , \n`happened_at` datetime(3) COMMENT ''UTC | 协调世界时'' NOT NULL , \n`source` varchar(64) CHARSET `utf8mb4` COLLATE `utf8mb4_bin` COMMENT '''' NULL , \n`payload` json COMMENT ''{"v": 2}'' NULL \n, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT=637875 DEFAULT CHARSET=`utf8mb4` ROW_FORMAT= Dynamic comment = ''accounts'' ;\n','\n',char(10)));
INSERT INTO text VALUES(52,X'f08c45b1a6d5742e8297b0726d1a142a','CREATE UNIQUE INDEX `uk_accounts` ON `crm`.`accounts` (`id`, `created_at`)');
INSERT INTO text VALUES(53,X'16906f8aec5c166fe4eff3d45684b5c4','DTS-1020042 Execute sql error sql: Cannot add or update a child row: a foreign key constraint fails (`shop`.`#sql-1f3_2c`, CONSTRAINT `fk_order_items` FOREIGN KEY (`parent_id`) REFERENCES `orders` (`id`))');
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
INSERT INTO object VALUES(1,1,'structure','Default','billing','billing',NULL,'df_currency',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(2,1,'structure','Function','billing','billing',NULL,'ledger_balance',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(3,1,'structure','Function','billing','billing',NULL,'proration',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(4,1,'structure','Function','billing','billing',NULL,'proration',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(5,1,'structure','Index','billing','billing',NULL,'idx_ledger_entries_posted_at',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(6,1,'structure','Index','billing','billing',NULL,'idx_usage_records_meter',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(7,1,'structure','Materialize View','billing','billing',NULL,'mv_aging',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(8,1,'structure','Materialize View','billing','billing',NULL,'mv_monthly_revenue',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(9,1,'structure','Package','billing','billing',NULL,'pkg_tax',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(10,1,'structure','Rule','billing','billing',NULL,'protect_ledger',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(11,1,'structure','Sequence','billing','billing',NULL,'credit_notes_id_seq',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(12,1,'structure','Sequence','billing','billing',NULL,'invoices_id_seq',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(13,1,'structure','Sequence','billing','billing',NULL,'ledger_entries_id_seq',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(14,1,'structure','Synonym','billing','billing',NULL,'ledger',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(15,1,'structure','Table','billing','billing',NULL,'invoices',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(16,1,'structure','Trigger','billing','billing',NULL,'trg_invoices_total',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(17,1,'structure','Type','billing','billing',NULL,'invoice_state',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(18,1,'structure','Type','billing','billing',NULL,'money_amount',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(19,1,'structure','View','billing','billing',NULL,'v_open_invoices',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(20,1,'structure','Function','crm','crm_v2',NULL,'fn_score',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(21,1,'structure','PlanGuide','crm','crm_v2',NULL,'pg_contacts_by_mail',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(22,1,'structure','Procedure','crm','crm_v2',NULL,'sp_merge_contacts',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(23,1,'structure','Table','crm','crm_v2',NULL,'contacts',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(24,1,'structure','Trigger','crm','crm_v2',NULL,'trg_contacts_touch',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(25,1,'structure','View','crm','crm_v2',NULL,'v_pipeline',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(26,1,'structure','View','crm','crm_v2',NULL,'v_客户概览',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(27,1,'structure','Function','shop','shop',NULL,'fn_discount',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(28,1,'structure','Procedure','shop','shop',NULL,'sp_close_day',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(29,1,'structure','Procedure','shop','shop',NULL,'sp_reprice',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(30,1,'structure','Table','shop','shop',NULL,'customers',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(31,1,'structure','Table','shop','shop',NULL,'order_items',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(32,1,'structure','Table','shop','shop',NULL,'orders',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(33,1,'structure','Table','shop','shop',NULL,'products',1795479149739,4,NULL,1795479150937,2);
INSERT INTO object VALUES(34,1,'structure','Trigger','shop','shop',NULL,'trg_inventory_guard',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(35,1,'structure','Trigger','shop','shop',NULL,'trg_orders_audit',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(36,1,'structure','View','shop','shop',NULL,'v_daily_sales',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(37,1,'structure','View','shop','shop',NULL,'v_open_orders',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(38,1,'constraint','Table','billing','billing','invoices','invoices',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(39,1,'constraint','Table','billing','billing','invoices','invoices',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(40,1,'constraint','Table','crm','crm_v2','contacts','contacts',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(41,1,'constraint','Table','crm','crm_v2','contacts','contacts',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(42,1,'constraint','Table','shop','shop','order_items','order_items',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(43,1,'constraint','Table','shop','shop','order_items','order_items',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(44,1,'constraint','Table','shop','shop','orders','orders',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(45,1,'constraint','Table','shop','shop','orders','orders',1795479149739,3,1,NULL,0);
INSERT INTO object VALUES(46,1,'constraint','Table','shop','shop','products','products',1795479149739,4,NULL,1795479150937,2);
INSERT INTO object VALUES(47,1,'constraint','Table','shop','shop','products','products',1795479149739,4,NULL,1795479150937,2);
INSERT INTO object VALUES(48,1,'constraint','Table','shop','shop','products','products',1795479149739,4,NULL,1795479150937,2);
INSERT INTO object VALUES(49,1,'data',NULL,'billing','billing',NULL,'invoices',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(50,1,'data',NULL,'crm','crm_v2',NULL,'contacts',1795479149739,1,1,NULL,0);
INSERT INTO object VALUES(51,1,'data',NULL,'shop','shop',NULL,'customers',1795479149739,5,1,NULL,0);
INSERT INTO object VALUES(52,1,'data',NULL,'shop','shop',NULL,'order_items',1795479149739,6,1,NULL,0);
INSERT INTO object VALUES(53,1,'data',NULL,'shop','shop',NULL,'orders',1795479149739,3,1,NULL,0);
INSERT INTO object VALUES(54,1,'data',NULL,'shop','shop',NULL,'products',1795479149739,4,NULL,1795479150937,2);
INSERT INTO object VALUES(55,1,'structure','Table','crm','crm_v2',NULL,'accounts',1795479150937,2,1,NULL,0);
INSERT INTO object VALUES(56,1,'constraint','Table','crm','crm_v2','accounts','accounts',1795479150937,6,1,NULL,0);
INSERT INTO object VALUES(57,1,'constraint','Table','crm','crm_v2','accounts','accounts',1795479150937,2,1,NULL,0);
INSERT INTO object VALUES(58,1,'data',NULL,'crm','crm_v2',NULL,'accounts',1795479150937,2,1,NULL,0);
INSERT INTO object VALUES(59,1,'sync',NULL,'crm','crm_v2',NULL,'accounts',1795479156785,7,1,NULL,0);
INSERT INTO object VALUES(60,1,'sync',NULL,'crm','crm_v2',NULL,'contacts',1795479156785,7,1,NULL,0);
INSERT INTO object VALUES(61,1,'sync',NULL,'shop','shop',NULL,'customers',1795479156785,7,1,NULL,0);
INSERT INTO object VALUES(62,1,'sync',NULL,'shop','shop',NULL,'order_items',1795479156785,7,1,NULL,0);
INSERT INTO object VALUES(63,1,'sync',NULL,'shop','shop',NULL,'orders',1795479156785,7,1,NULL,0);
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
INSERT INTO reading VALUES(1,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO reading VALUES(2,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,19,1);
INSERT INTO reading VALUES(3,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,21,1);
INSERT INTO reading VALUES(4,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,8,1);
INSERT INTO reading VALUES(5,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,20,1);
INSERT INTO reading VALUES(5,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,20,1);
INSERT INTO reading VALUES(6,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,6,1);
INSERT INTO reading VALUES(6,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,6,1);
INSERT INTO reading VALUES(7,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,30,1);
INSERT INTO reading VALUES(8,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,42,1);
INSERT INTO reading VALUES(9,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,15,1);
INSERT INTO reading VALUES(10,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,9,1);
INSERT INTO reading VALUES(10,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,9,1);
INSERT INTO reading VALUES(11,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,45,1);
INSERT INTO reading VALUES(12,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,33,1);
INSERT INTO reading VALUES(13,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,24,1);
INSERT INTO reading VALUES(14,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,35,1);
INSERT INTO reading VALUES(15,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,49,1);
INSERT INTO reading VALUES(16,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,23,1);
INSERT INTO reading VALUES(16,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,23,1);
INSERT INTO reading VALUES(17,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,31,1);
INSERT INTO reading VALUES(18,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,3,1);
INSERT INTO reading VALUES(19,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,32,1);
INSERT INTO reading VALUES(20,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,39,1);
INSERT INTO reading VALUES(21,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,18,1);
INSERT INTO reading VALUES(22,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,7,1);
INSERT INTO reading VALUES(23,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,38,1);
INSERT INTO reading VALUES(24,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,41,1);
INSERT INTO reading VALUES(24,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,41,1);
INSERT INTO reading VALUES(25,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,36,1);
INSERT INTO reading VALUES(26,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,27,1);
INSERT INTO reading VALUES(27,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,48,1);
INSERT INTO reading VALUES(28,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,16,1);
INSERT INTO reading VALUES(29,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,22,1);
INSERT INTO reading VALUES(30,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,13,1);
INSERT INTO reading VALUES(31,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,46,1);
INSERT INTO reading VALUES(32,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,2,1);
INSERT INTO reading VALUES(33,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,1,1);
INSERT INTO reading VALUES(33,4,1795479153360,1795479150937,'Finished','Finished',NULL,NULL,NULL,NULL,NULL,1,0);
INSERT INTO reading VALUES(34,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,17,1);
INSERT INTO reading VALUES(34,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,17,1);
INSERT INTO reading VALUES(35,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,43,1);
INSERT INTO reading VALUES(35,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,43,1);
INSERT INTO reading VALUES(36,1,1795479149739,NULL,'Failed',NULL,NULL,NULL,NULL,NULL,47,10,1);
INSERT INTO reading VALUES(37,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,14,1);
INSERT INTO reading VALUES(38,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,28,1);
INSERT INTO reading VALUES(39,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,12,1);
INSERT INTO reading VALUES(40,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,4,1);
INSERT INTO reading VALUES(40,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,4,1);
INSERT INTO reading VALUES(41,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,26,1);
INSERT INTO reading VALUES(42,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,5,1);
INSERT INTO reading VALUES(42,6,1795479155607,1795479154415,'Failed','NotStarted',NULL,NULL,NULL,NULL,53,5,1);
INSERT INTO reading VALUES(43,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,25,1);
INSERT INTO reading VALUES(43,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,25,1);
INSERT INTO reading VALUES(44,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,11,1);
INSERT INTO reading VALUES(44,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,11,1);
INSERT INTO reading VALUES(45,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,44,1);
INSERT INTO reading VALUES(45,3,1795479152118,1795479150937,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,44,1);
INSERT INTO reading VALUES(46,1,1795479149739,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,37,1);
INSERT INTO reading VALUES(46,4,1795479153360,1795479150937,'NotStarted','NotStarted',NULL,NULL,NULL,NULL,NULL,37,0);
INSERT INTO reading VALUES(47,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,29,1);
INSERT INTO reading VALUES(47,4,1795479153360,1795479150937,'Finished','Finished',NULL,NULL,NULL,NULL,NULL,29,0);
INSERT INTO reading VALUES(48,1,1795479149739,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,34,1);
INSERT INTO reading VALUES(48,4,1795479153360,1795479150937,'Finished','Finished',NULL,NULL,NULL,NULL,NULL,34,0);
INSERT INTO reading VALUES(49,1,1795479149739,NULL,'Failed',NULL,90467,NULL,146790,'6.2',40,NULL,1);
INSERT INTO reading VALUES(50,1,1795479149739,NULL,'Finished',NULL,60695,NULL,61362,'14.9',NULL,NULL,1);
INSERT INTO reading VALUES(51,1,1795479149739,NULL,'Migrating',NULL,3044366,NULL,18151682,'212.1',NULL,NULL,1);
INSERT INTO reading VALUES(51,2,1795479150937,1795479149739,'Migrating','Migrating',4642536,3044366,18151682,'934.6',NULL,NULL,1);
INSERT INTO reading VALUES(51,3,1795479152118,1795479150937,'Migrating','Migrating',14277311,4642536,18151682,'1641.1',NULL,NULL,1);
INSERT INTO reading VALUES(51,4,1795479153255,1795479152118,'Migrating','Migrating',23025892,14277311,18151682,'2325.9',NULL,NULL,1);
INSERT INTO reading VALUES(51,5,1795479154415,1795479153255,'Finished','Migrating',24529367,23025892,18151682,'2406.6',NULL,NULL,1);
INSERT INTO reading VALUES(52,1,1795479149739,NULL,'Migrating',NULL,7297538,NULL,35122956,'433.8',NULL,NULL,1);
INSERT INTO reading VALUES(52,2,1795479150937,1795479149739,'Migrating','Migrating',8452275,7297538,35122956,'1156.2',NULL,NULL,1);
INSERT INTO reading VALUES(52,3,1795479152118,1795479150937,'Migrating','Migrating',15664334,8452275,35122956,'1862.8',NULL,NULL,1);
INSERT INTO reading VALUES(52,4,1795479153255,1795479152118,'Migrating','Migrating',15664334,15664334,35122956,'2547.6',NULL,NULL,1);
INSERT INTO reading VALUES(52,5,1795479154415,1795479153255,'Migrating','Migrating',22556930,15664334,35122956,'3243.9',NULL,NULL,1);
INSERT INTO reading VALUES(52,6,1795479155607,1795479154415,'Finished','Migrating',34809669,22556930,35122956,'3905.4',NULL,NULL,1);
INSERT INTO reading VALUES(53,1,1795479149739,NULL,'Migrating',NULL,221561,NULL,4610979,'9.8',NULL,NULL,1);
INSERT INTO reading VALUES(53,2,1795479150937,1795479149739,'Migrating','Migrating',2686531,221561,4610979,'732.2',NULL,NULL,1);
INSERT INTO reading VALUES(53,3,1795479152118,1795479150937,'Finished','Migrating',4551806,2686531,4610979,'820.3',NULL,NULL,1);
INSERT INTO reading VALUES(54,1,1795479149739,NULL,'Finished',NULL,398461,NULL,402844,'37.4',NULL,NULL,1);
INSERT INTO reading VALUES(54,4,1795479153360,1795479150937,'Finished','Finished',398461,398461,402844,'37.4',NULL,NULL,0);
INSERT INTO reading VALUES(55,2,1795479150937,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,51,1);
INSERT INTO reading VALUES(56,2,1795479150937,NULL,'NotStarted',NULL,NULL,NULL,NULL,NULL,NULL,50,1);
INSERT INTO reading VALUES(56,6,1795479155607,1795479154415,'Finished','NotStarted',NULL,NULL,NULL,NULL,NULL,50,1);
INSERT INTO reading VALUES(57,2,1795479150937,NULL,'Finished',NULL,NULL,NULL,NULL,NULL,NULL,52,1);
INSERT INTO reading VALUES(58,2,1795479150937,NULL,'Finished',NULL,37228,NULL,38307,'4.9',NULL,NULL,1);
INSERT INTO reading VALUES(59,7,1795479156785,NULL,'Migrating',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO reading VALUES(60,7,1795479156785,NULL,'Migrating',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO reading VALUES(61,7,1795479156785,NULL,'Migrating',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO reading VALUES(62,7,1795479156785,NULL,'Migrating',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO reading VALUES(63,7,1795479156785,NULL,'Migrating',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
CREATE TABLE outbox (
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
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 VALUES('reading','reading_transition','54 1 1 1 1');
INSERT INTO sqlite_stat1 VALUES('reading','reading','54 1 1');
INSERT INTO sqlite_stat1 VALUES('object','object_of_job','54 54 18');
INSERT INTO sqlite_stat1 VALUES('text','sqlite_autoindex_text_1','49 1');
INSERT INTO sqlite_stat1 VALUES('page','page','1 1 1');
INSERT INTO sqlite_stat1 VALUES('_sqlx_migrations','sqlite_autoindex__sqlx_migrations_1','3 1');
INSERT INTO sqlite_stat1 VALUES('job','sqlite_autoindex_job_1','1 1');
INSERT INTO sqlite_stat1 VALUES('snapshot','snapshot_of_job','11 11 6 1');
ANALYZE sqlite_schema;
CREATE INDEX snapshot_of_job on snapshot (job_no, outcome, snapshot_id);
CREATE INDEX object_of_job on object (job_no, phase);
CREATE INDEX reading_transition on reading (object_no, snapshot_id, status, status_before)
    where status is not status_before;
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
group by job.job_no;
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
join reading on reading.object_no = object.object_no
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
    join reading as failed on failed.object_no = newest.object_no
    left join reading as after
        on after.object_no = newest.object_no
        and after.snapshot_id = (
            select min(snapshot_id)
            from reading
            where object_no = newest.object_no
                and snapshot_id > failed.snapshot_id
                and status is not status_before
        )
    where failed.status = 'Failed'
        and failed.status is not failed.status_before
);
CREATE INDEX outbox_waiting on outbox (next_try_at_ms) where next_try_at_ms is not null;
COMMIT;
