//! Views, functions, triggers and the like of the simulated source, with their DDL.

use super::schema::{BILLING, CRM, Database, SHOP, SchemaObject};

const fn object(
    database: Database,
    object_type: &'static str,
    name: &'static str,
    definition: &'static str,
) -> SchemaObject {
    SchemaObject { database, object_type, name, definition }
}

/// Every object that is not a table. The two functions named `proration` are overloads; `Default` has no
/// definition.
pub(crate) const SCHEMA_OBJECTS: [SchemaObject; 31] = [
    object(
        BILLING,
        "Type",
        "invoice_state",
        "CREATE TYPE \"billing\".\"invoice_state\" AS ENUM ('draft', 'open', 'paid', 'void');",
    ),
    object(
        BILLING,
        "Type",
        "money_amount",
        "CREATE TYPE \"billing\".\"money_amount\" AS (\n  \"amount\" numeric(18,4),\n  \"currency\" char(3)\n);",
    ),
    object(
        BILLING,
        "Sequence",
        "invoices_id_seq",
        "CREATE SEQUENCE \"billing\".\"invoices_id_seq\"\nMINVALUE 1 MAXVALUE 9223372036854775807 START 700412 INCREMENT BY 1 ;",
    ),
    object(
        BILLING,
        "Sequence",
        "ledger_entries_id_seq",
        "CREATE SEQUENCE \"billing\".\"ledger_entries_id_seq\"\nMINVALUE 1 MAXVALUE 9223372036854775807 START 98113377 INCREMENT BY 50 CACHE 50 ;",
    ),
    object(
        BILLING,
        "Sequence",
        "credit_notes_id_seq",
        "CREATE SEQUENCE \"billing\".\"credit_notes_id_seq\"\nMINVALUE 1 MAXVALUE 2147483647 START 249 INCREMENT BY 1 ;",
    ),
    object(
        BILLING,
        "Function",
        "proration",
        "CREATE FUNCTION \"billing\".\"proration\"(amount numeric, days integer)\nRETURNS numeric LANGUAGE sql IMMUTABLE AS $$\n  SELECT round(amount * days / 30, 4);\n$$;",
    ),
    object(
        BILLING,
        "Function",
        "proration",
        "CREATE FUNCTION \"billing\".\"proration\"(amount numeric, span interval)\nRETURNS numeric LANGUAGE sql IMMUTABLE AS $$\n  SELECT round(span, 0) * amount / 30;\n$$;",
    ),
    object(
        BILLING,
        "Function",
        "ledger_balance",
        "CREATE FUNCTION \"billing\".\"ledger_balance\"(account bigint)\nRETURNS numeric LANGUAGE plpgsql STABLE AS $$\nDECLARE total numeric;\nBEGIN\n  SELECT sum(amount) INTO total FROM \"billing\".\"ledger_entries\" WHERE account_id = account;\n  RETURN coalesce(total, 0); -- 余额\nEND;\n$$;",
    ),
    object(
        BILLING,
        "View",
        "v_open_invoices",
        "CREATE VIEW \"billing\".\"v_open_invoices\" AS\nSELECT i.id, i.customer_id, i.total_amount\n  FROM \"billing\".\"invoices\" i\n WHERE i.state = 'open'::\"billing\".\"invoice_state\";",
    ),
    object(
        BILLING,
        "Materialize View",
        "mv_monthly_revenue",
        "CREATE MATERIALIZED VIEW \"billing\".\"mv_monthly_revenue\" AS\nSELECT date_trunc('month', posted_at) AS month, sum(amount) AS revenue\n  FROM \"billing\".\"ledger_entries\"\n WHERE kind = 'revenue'\n GROUP BY 1\nWITH NO DATA;",
    ),
    object(
        BILLING,
        "Materialize View",
        "mv_aging",
        "CREATE MATERIALIZED VIEW \"billing\".\"mv_aging\" AS\nSELECT customer_id, count(*) AS overdue\n  FROM \"billing\".\"invoices\"\n WHERE due_at < now()\n GROUP BY customer_id;",
    ),
    object(
        BILLING,
        "Synonym",
        "ledger",
        "CREATE SYNONYM \"billing\".\"ledger\" FOR \"billing\".\"ledger_entries\";",
    ),
    object(
        BILLING,
        "Package",
        "pkg_tax",
        "CREATE OR REPLACE PACKAGE \"billing\".\"pkg_tax\" IS\n  FUNCTION rate_of(region VARCHAR2) RETURN NUMBER;\n  PROCEDURE refresh_rates;\nEND pkg_tax;",
    ),
    object(BILLING, "Default", "df_currency", ""),
    object(
        BILLING,
        "Rule",
        "protect_ledger",
        "CREATE RULE \"protect_ledger\" AS\n    ON DELETE TO \"billing\".\"ledger_entries\" DO INSTEAD NOTHING;",
    ),
    object(
        BILLING,
        "Index",
        "idx_ledger_entries_posted_at",
        "CREATE INDEX \"idx_ledger_entries_posted_at\" ON \"billing\".\"ledger_entries\" USING brin (\"posted_at\");",
    ),
    object(
        BILLING,
        "Index",
        "idx_usage_records_meter",
        "CREATE INDEX \"idx_usage_records_meter\" ON \"billing\".\"usage_records\" (\"meter_id\", \"recorded_at\" DESC);",
    ),
    object(
        BILLING,
        "Trigger",
        "trg_invoices_total",
        "CREATE TRIGGER \"trg_invoices_total\" AFTER INSERT OR UPDATE ON \"billing\".\"invoice_lines\"\n    FOR EACH ROW EXECUTE FUNCTION \"billing\".\"refresh_total\"();",
    ),
    object(
        SHOP,
        "View",
        "v_open_orders",
        "CREATE ALGORITHM=UNDEFINED DEFINER=`app`@`%` SQL SECURITY DEFINER VIEW `shop`.`v_open_orders` AS\nselect `o`.`id` AS `id`,`o`.`customer_id` AS `customer_id`\nfrom `shop`.`orders` `o` where (`o`.`status` <> 'closed')",
    ),
    object(
        SHOP,
        "View",
        "v_daily_sales",
        "CREATE ALGORITHM=UNDEFINED DEFINER=`report`@`10.%` SQL SECURITY DEFINER VIEW `shop`.`v_daily_sales` AS\nselect cast(`p`.`paid_at` as date) AS `day`,sum(`p`.`amount`) AS `sales`\nfrom `shop`.`payments_2019` `p` group by cast(`p`.`paid_at` as date)",
    ),
    object(
        SHOP,
        "Function",
        "fn_discount",
        "CREATE DEFINER=`app`@`%` FUNCTION `shop`.`fn_discount`(price DECIMAL(12,2), pct INT) RETURNS decimal(12,2)\n    DETERMINISTIC\nBEGIN\n  RETURN price - price * pct / 100;\nEND",
    ),
    object(
        SHOP,
        "Procedure",
        "sp_close_day",
        "CREATE DEFINER=`app`@`%` PROCEDURE `shop`.`sp_close_day`(IN closing DATE)\nBEGIN\n  UPDATE `shop`.`orders` SET `status` = 'closed' WHERE `created_at` < closing; -- 日结\nEND",
    ),
    object(
        SHOP,
        "Procedure",
        "sp_reprice",
        "CREATE DEFINER=`app`@`%` PROCEDURE `shop`.`sp_reprice`()\nBEGIN\n  INSERT INTO `shop`.`price_history` SELECT `id`, `price` | 0, NOW() FROM `shop`.`products`;\n  SELECT '<b>done</b>' AS `result`;\nEND",
    ),
    object(
        SHOP,
        "Trigger",
        "trg_orders_audit",
        "CREATE DEFINER=`app`@`%` TRIGGER `shop`.`trg_orders_audit` AFTER UPDATE ON `shop`.`orders` FOR EACH ROW\nINSERT INTO `shop`.`audit` VALUES (OLD.`id`, NEW.`status`, NOW())",
    ),
    object(
        SHOP,
        "Trigger",
        "trg_inventory_guard",
        "CREATE DEFINER=`app`@`%` TRIGGER `shop`.`trg_inventory_guard` BEFORE UPDATE ON `shop`.`inventory` FOR EACH ROW\nBEGIN\n  IF NEW.`on_hand` < 0 THEN\n    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '库存不足';\n  END IF;\nEND",
    ),
    object(
        CRM,
        "View",
        "v_pipeline",
        "CREATE VIEW `crm`.`v_pipeline` AS\nselect `stage`,count(0) AS `deals`,sum(`amount`) AS `amount`\nfrom `crm`.`opportunities` group by `stage`",
    ),
    object(
        CRM,
        "View",
        "v_客户概览",
        "CREATE VIEW `crm`.`v_客户概览` AS\nselect `a`.`id` AS `编号`,`a`.`title` AS `名称` from `crm`.`accounts` `a`",
    ),
    object(
        CRM,
        "Function",
        "fn_score",
        "CREATE FUNCTION `crm`.`fn_score`(visits INT, opens INT) RETURNS int\n    NO SQL\nRETURN visits * 3 + opens",
    ),
    object(
        CRM,
        "Procedure",
        "sp_merge_contacts",
        "CREATE DEFINER=`root`@`localhost` PROCEDURE `crm`.`sp_merge_contacts`(IN keep_id BIGINT, IN drop_id BIGINT)\nBEGIN\n  /* 合并重复联系人 */\n  UPDATE `crm`.`notes` SET `contact_id` = keep_id WHERE `contact_id` = drop_id;\n  DELETE FROM `crm`.`contacts` WHERE `id` = drop_id;\nEND",
    ),
    object(
        CRM,
        "Trigger",
        "trg_contacts_touch",
        "CREATE TRIGGER `crm`.`trg_contacts_touch` BEFORE UPDATE ON `crm`.`contacts` FOR EACH ROW\nSET NEW.`updated_at` = CURRENT_TIMESTAMP",
    ),
    object(
        CRM,
        "PlanGuide",
        "pg_contacts_by_mail",
        "EXEC sp_create_plan_guide @name = N'pg_contacts_by_mail',\n  @stmt = N'SELECT * FROM contacts WHERE email = @0', @type = N'SQL',\n  @hints = N'OPTION (OPTIMIZE FOR UNKNOWN)'",
    ),
];
