//! The simulated source databases: tables with names and sizes, and the types of the other objects.

/// SQL dialect of a database's DDL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    MySql,
    PostgreSql,
}

/// A source database and its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Database {
    pub(crate) source: &'static str,
    pub(crate) destination: &'static str,
    pub(crate) dialect: Dialect,
}

pub(crate) const SHOP: Database = Database { source: "shop", destination: "shop", dialect: Dialect::MySql };
pub(crate) const CRM: Database = Database { source: "crm", destination: "crm_v2", dialect: Dialect::MySql };
pub(crate) const BILLING: Database =
    Database { source: "billing", destination: "billing", dialect: Dialect::PostgreSql };

/// Order of magnitude of a table's row count. A few tables hold nearly all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// 32 to 128 million.
    Huge,
    /// 4 to 32 million.
    Large,
    /// 16 thousand to a million.
    Medium,
    /// 32 to 8 thousand.
    Small,
    /// None.
    Empty,
}

impl Size {
    /// Exponents of the powers of two between which the row count lies; `None` for an empty table.
    pub(crate) fn exponents(self) -> Option<(i64, i64)> {
        match self {
            Self::Huge => Some((25, 26)),
            Self::Large => Some((22, 24)),
            Self::Medium => Some((14, 19)),
            Self::Small => Some((5, 12)),
            Self::Empty => None,
        }
    }
}

/// A table of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) database: Database,
    pub(crate) name: String,
    pub(crate) size: Size,
}

/// The named tables, ordered so that any prefix of the list has every size and every database. Some names contain
/// markup or quotes on purpose: a report has to show them as text.
const TABLES: [(Database, &str, Size); 60] = [
    (SHOP, "orders", Size::Large),
    (CRM, "contacts", Size::Medium),
    (BILLING, "invoices", Size::Medium),
    (SHOP, "customers", Size::Large),
    (SHOP, "order_items", Size::Huge),
    (CRM, "accounts", Size::Medium),
    (SHOP, "products", Size::Medium),
    (BILLING, "ledger_entries", Size::Huge),
    (SHOP, "payments", Size::Large),
    (CRM, "leads", Size::Small),
    (SHOP, "categories", Size::Small),
    (SHOP, "feature_flags", Size::Empty),
    (BILLING, "store_locations", Size::Medium),
    (SHOP, "price_history", Size::Large),
    (CRM, "attachments", Size::Large),
    (CRM, "<script>alert(1)</script>", Size::Small),
    (SHOP, "shipments", Size::Large),
    (SHOP, "订单明细", Size::Medium),
    (CRM, "activities", Size::Huge),
    (BILLING, "subscriptions", Size::Medium),
    (SHOP, "coupons", Size::Small),
    (CRM, "import_batches", Size::Small),
    (SHOP, "gift_cards", Size::Medium),
    (BILLING, "plans", Size::Small),
    (SHOP, "click_events", Size::Huge),
    (CRM, "opportunities", Size::Medium),
    (SHOP, "inventory", Size::Medium),
    (CRM, "odd|pipe`tick'quote\"", Size::Small),
    (BILLING, "usage_records", Size::Large),
    (SHOP, "reviews", Size::Medium),
    (CRM, "tickets", Size::Medium),
    (CRM, "ticket_comments", Size::Large),
    (SHOP, "addresses", Size::Medium),
    (SHOP, "log 😀 emoji", Size::Small),
    (BILLING, "invoice_lines", Size::Large),
    (CRM, "campaigns", Size::Small),
    (CRM, "campaign_members", Size::Medium),
    (SHOP, "carts", Size::Medium),
    (SHOP, "cart_items", Size::Medium),
    (BILLING, "payment_intents", Size::Medium),
    (CRM, "territories", Size::Small),
    (SHOP, "refunds", Size::Medium),
    (SHOP, "wishlists", Size::Medium),
    (CRM, "users", Size::Small),
    (CRM, "roles", Size::Small),
    (BILLING, "credit_notes", Size::Small),
    (SHOP, "suppliers", Size::Small),
    (SHOP, "warehouses", Size::Small),
    (CRM, "merge_candidates", Size::Empty),
    (SHOP, "stock_moves", Size::Large),
    (BILLING, "tax_jurisdictions", Size::Small),
    (CRM, "notes", Size::Medium),
    (SHOP, "tax_rates", Size::Small),
    (BILLING, "dunning_runs", Size::Empty),
    (CRM, "客户备注", Size::Medium),
    (CRM, "emails", Size::Large),
    (BILLING, "disputes", Size::Small),
    (SHOP, "product_images", Size::Medium),
    (SHOP, "sessions_archive", Size::Empty),
    (CRM, "custom_fields", Size::Small),
];

/// Sizes of the numbered tables that follow the named ones.
const PARTITIONS: [Size; 8] = [
    Size::Medium,
    Size::Small,
    Size::Small,
    Size::Medium,
    Size::Small,
    Size::Empty,
    Size::Small,
    Size::Medium,
];

/// The first `count` tables: the named ones, then numbered partitions of them.
pub(crate) fn tables(count: usize) -> Vec<Table> {
    let named = TABLES.iter().map(|&(database, name, size)| Table { database, name: name.to_owned(), size });
    let numbered = (0..).zip(TABLES.iter().cycle()).map(|(index, &(database, name, _))| Table {
        database,
        name: format!("{name}_p{:05}", index + 1),
        size: PARTITIONS[index % PARTITIONS.len()],
    });
    named.chain(numbered).take(count).collect()
}

/// When an object that is not a table is created: triggers wait until the rows have been copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CreationStep {
    BeforeData,
    AfterData,
}

/// A structure object that is not a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SchemaObject {
    pub(crate) database: Database,
    /// As the vendor spells it: `Materialize View` has a space.
    pub(crate) object_type: &'static str,
    pub(crate) name: &'static str,
    /// Empty if the reply has no definition.
    pub(crate) definition: &'static str,
}

impl SchemaObject {
    pub(crate) fn creation_step(&self) -> CreationStep {
        match self.object_type {
            "Trigger" | "Index" | "Rule" => CreationStep::AfterData,
            _ => CreationStep::BeforeData,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_tables_share_a_name() {
        let all = tables(500);
        let names: BTreeSet<_> = all.iter().map(|table| (table.database.source, &table.name)).collect();
        assert_eq!((all.len(), names.len()), (500, 500));
    }
}
