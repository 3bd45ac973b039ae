//! DDL of the simulated tables and of their constraints, written as DTS quotes it.

use std::fmt::Write as _;

use super::schema::{Dialect, Table};
use crate::sim::rng::Rng;

/// Column lists by theme; MySQL and PostgreSQL spelling. Comments are in English and Chinese, with the
/// quotes that real schemas have.
const COLUMN_THEMES: [(&[&str], &[&str]); 4] = [
    (
        &[
            "`customer_id` bigint(20) unsigned COMMENT '客户编号' NOT NULL",
            "`status` varchar(20) CHARSET `utf8mb4` COLLATE `utf8mb4_general_ci` COMMENT 'open, \"held\" or closed' NOT NULL",
            "`amount` decimal(12,2) COMMENT '金额(元)' NULL",
        ],
        &[
            "\"customer_id\" bigint NOT NULL",
            "\"state\" \"billing\".\"invoice_state\" DEFAULT 'draft'::\"billing\".\"invoice_state\"",
            "\"total_amount\" numeric(18,4)",
        ],
    ),
    (
        &[
            "`title` varchar(100) CHARSET `utf8` COLLATE `utf8_general_ci` COMMENT '' NOT NULL",
            "`body` longtext COMMENT 'what the customer''s agent wrote' NULL",
            "`author` varchar(40) CHARSET `utf8` COLLATE `utf8_general_ci` COMMENT '作者' NOT NULL",
        ],
        &[
            "\"title\" character varying(100) NOT NULL",
            "\"body\" text",
            "\"tags\" text[] DEFAULT '{}'::text[]",
        ],
    ),
    (
        &[
            "`happened_at` datetime(3) COMMENT 'UTC | 协调世界时' NOT NULL",
            "`source` varchar(64) CHARSET `utf8mb4` COLLATE `utf8mb4_bin` COMMENT '' NULL",
            "`payload` json COMMENT '{\"v\": 2}' NULL",
        ],
        &[
            "\"posted_at\" timestamp with time zone NOT NULL",
            "\"account_id\" bigint NOT NULL",
            "\"payload\" jsonb",
        ],
    ),
    (
        &[
            "`code` char(8) CHARSET `ascii` COLLATE `ascii_bin` COMMENT '' NOT NULL",
            "`on_hand` int(11) COMMENT '库存' NOT NULL",
            "`updated_at` timestamp DEFAULT CURRENT_TIMESTAMP COMMENT '' NOT NULL",
        ],
        &["\"code\" character(8) NOT NULL", "\"meter_id\" integer NOT NULL", "\"recorded_at\" date NOT NULL"],
    ),
];

/// A name in the quotes of its dialect, quotes inside it doubled.
fn quote_identifier(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::MySql => format!("`{}`", name.replace('`', "``")),
        Dialect::PostgreSql => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

fn qualified_name(table: &Table) -> String {
    let dialect = table.database.dialect;
    format!("{}.{}", quote_identifier(dialect, table.database.source), quote_identifier(dialect, &table.name))
}

/// `CREATE TABLE` for this table, formatted like the vendor's sample: a space before each comma, a newline after
/// it and one at the end.
pub(crate) fn create_table_statement(table: &Table, rng: &mut Rng) -> String {
    let theme = usize::try_from(rng.between(0, 3)).unwrap_or(0);
    let (mysql, postgresql) = COLUMN_THEMES[theme];
    match table.database.dialect {
        Dialect::MySql => {
            let mut text = format!(
                "CREATE TABLE {} (\n`id` bigint(20) unsigned auto_increment COMMENT '' NOT NULL",
                qualified_name(table)
            );
            for column in mysql {
                let _ = write!(text, " , \n{column}");
            }
            let next = rng.between(1, 900_000);
            let _ = write!(
                text,
                " \n, PRIMARY KEY (`id`)) engine=InnoDB AUTO_INCREMENT={next} DEFAULT CHARSET=`utf8mb4` \
                 ROW_FORMAT= Dynamic comment = '{}' ;\n",
                table.name.replace('\'', "''")
            );
            text
        }
        Dialect::PostgreSql => {
            let mut text = format!("CREATE TABLE {} (\n  \"id\" bigint NOT NULL", qualified_name(table));
            let geometry = ["\"position\" geometry(Point,4326)"];
            let special: &[&str] = if table.name == "store_locations" { &geometry } else { &[] };
            for column in postgresql.iter().chain(special) {
                let _ = write!(text, ",\n  {column}");
            }
            text.push_str(",\n  PRIMARY KEY (\"id\")\n);\n");
            text
        }
    }
}

/// The DDL of the table's constraints: none to three, each different.
pub(crate) fn constraint_statements(table: &Table, rng: &mut Rng) -> Vec<String> {
    let count = match table.name.as_str() {
        // `failures` names constraints of these tables, so they always have some.
        "order_items" | "contacts" | "orders" | "invoices" => 2,
        _ => usize::try_from(rng.between(-4, 3).max(0)).unwrap_or(0),
    };
    let dialect = table.database.dialect;
    let short: String = table.name.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    let (on, name) =
        (qualified_name(table), |kind: &str| quote_identifier(dialect, &format!("{kind}_{short}")));
    let database = quote_identifier(dialect, table.database.source);
    let all = match dialect {
        Dialect::MySql => [
            format!("CREATE UNIQUE INDEX {} ON {on} (`id`, `created_at`)", name("uk")),
            format!(
                "ALTER TABLE {on} ADD CONSTRAINT {}\nFOREIGN KEY (`parent_id`) REFERENCES {database}.`orders` (`id`) ON DELETE CASCADE",
                name("fk")
            ),
            format!("CREATE INDEX {} ON {on} (`memo`(255) ASC) COMMENT '检索'", name("idx")),
        ],
        Dialect::PostgreSql => [
            format!("ALTER TABLE {on} ADD CONSTRAINT {} CHECK (total_amount >= 0);", name("ck")),
            format!("CREATE UNIQUE INDEX {} ON {on} USING btree (\"id\", \"posted_at\");", name("uk")),
            format!(
                "CREATE SEQUENCE {database}.{} MINVALUE 1 MAXVALUE 9223372036854775807 START 249 INCREMENT BY 1 ;",
                name("seq")
            ),
        ],
    };
    all.into_iter().take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::super::schema::tables;
    use super::*;

    #[test]
    fn a_quote_in_a_name_is_doubled() {
        let odd = tables(60)
            .into_iter()
            .find(|table| table.name.starts_with("odd|"))
            .expect("named in the catalog");
        let text = create_table_statement(&odd, &mut Rng::for_label(1, "ddl"));
        assert!(text.starts_with("CREATE TABLE `crm`.`odd|pipe``tick'quote\"` (\n`id`"), "{text}");
        assert!(text.contains("comment = 'odd|pipe`tick''quote\"' ;\n"), "{text}");
    }

    #[test]
    fn no_two_constraints_of_a_table_are_the_same() {
        let mut rng = Rng::for_label(1, "ddl");
        for table in tables(300) {
            let mut texts = constraint_statements(&table, &mut rng);
            let count = texts.len();
            texts.sort();
            texts.dedup();
            assert_eq!(texts.len(), count, "{}", table.name);
        }
    }
}
