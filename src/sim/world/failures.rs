//! The errors of the simulated migration, in the forms that DTS uses.
//!
//! The forms of the texts are those seen in public: `DTS-1020042 Execute sql error sql: …` (also with the
//! prefix doubled), `DTS-31009: … cause: … DTS-51009: …`, a code with a leading zero, a bare Java exception,
//! Chinese text without a code. The statements and names are our own.

/// How a failure ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The object stays failed.
    Permanent,
    /// The failure is fixed, and the object is created after all.
    Resolved,
}

/// A structure object whose creation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DdlFailure {
    pub(crate) database: &'static str,
    pub(crate) object_type: &'static str,
    pub(crate) name: &'static str,
    /// A part of the definition, where the name alone is ambiguous.
    pub(crate) definition_has: &'static str,
    pub(crate) error: &'static str,
    pub(crate) ending: Ending,
}

const fn failure(
    names: (&'static str, &'static str, &'static str),
    definition_has: &'static str,
    error: &'static str,
    ending: Ending,
) -> DdlFailure {
    let (database, object_type, name) = names;
    DdlFailure { database, object_type, name, definition_has, error, ending }
}

/// Failing DDL; a scenario uses the first `failed_objects`.
pub(crate) const OBJECT_FAILURES: [DdlFailure; 10] = [
    failure(
        ("billing", "Table", "store_locations"),
        "",
        "DTS-1020042 Execute sql error sql: ERROR: type \"geometry\" does not exist",
        Ending::Permanent,
    ),
    failure(
        ("shop", "Table", "customers"),
        "",
        "DTS-1020042 Execute sql error sql: Table 'customers' already exists",
        Ending::Resolved,
    ),
    failure(
        ("shop", "View", "v_daily_sales"),
        "",
        "DTS-1020042 Execute sql error sql: DTS-1020042 Execute sql error sql: View 'shop.v_daily_sales' \
         references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them",
        Ending::Permanent,
    ),
    failure(
        ("billing", "Function", "proration"),
        "interval",
        "DTS-31009: apply structure failed, cause: org.postgresql.util.PSQLException: ERROR: function \
         round(interval, integer) does not exist\n  Hint: No function matches the given name and argument \
         types. You might need to add explicit type casts.\n  Position: 118, DTS-51009: read data cache failed",
        Ending::Permanent,
    ),
    failure(
        ("crm", "Procedure", "sp_merge_contacts"),
        "",
        "存储过程创建失败:目标库账号缺少 SUPER 权限,请授权后重试",
        Ending::Permanent,
    ),
    failure(
        ("shop", "Trigger", "trg_orders_audit"),
        "",
        "DTS-1020042 Execute sql error sql: Table 'shop.audit' doesn't exist",
        Ending::Permanent,
    ),
    failure(
        ("crm", "Trigger", "trg_contacts_touch"),
        "",
        "java.lang.NumberFormatException: For input string: \"\"",
        Ending::Resolved,
    ),
    failure(
        ("billing", "Materialize View", "mv_monthly_revenue"),
        "",
        "DTS-070211: create object failed: ERROR: column \"kind\" does not exist\n  Position: 139",
        Ending::Permanent,
    ),
    failure(
        ("shop", "Procedure", "sp_reprice"),
        "",
        "DTS-1020042 Execute sql error sql: You have an error in your SQL syntax near '| 0, NOW() FROM \
         `shop`.`products`;\n  SELECT '<b>done</b>'' at line 3",
        Ending::Resolved,
    ),
    failure(
        ("billing", "Package", "pkg_tax"),
        "",
        "DTS-100047: retry 16 times, DTS-1020042 Execute sql error sql: ERROR: syntax error at or near \"PACKAGE\"",
        Ending::Permanent,
    ),
];

/// Failing constraints; a scenario uses the first `failed_constraints`. `object_type` is always `Table`.
pub(crate) const CONSTRAINT_FAILURES: [DdlFailure; 4] = [
    failure(
        ("shop", "Table", "order_items"),
        "FOREIGN KEY",
        "DTS-1020042 Execute sql error sql: Cannot add or update a child row: a foreign key constraint fails \
         (`shop`.`#sql-1f3_2c`, CONSTRAINT `fk_order_items` FOREIGN KEY (`parent_id`) REFERENCES `orders` (`id`))",
        Ending::Permanent,
    ),
    failure(
        ("crm", "Table", "contacts"),
        "UNIQUE INDEX",
        "DTS-1020042 Execute sql error sql: Duplicate entry 'li.wei@example.com|2' for key 'uk_contacts'",
        Ending::Permanent,
    ),
    failure(
        ("billing", "Table", "invoices"),
        "CHECK",
        "DTS-1020042 Execute sql error sql: ERROR: check constraint \"ck_invoices\" of relation \"invoices\" is \
         violated by some row",
        Ending::Resolved,
    ),
    failure(
        ("shop", "Table", "orders"),
        "UNIQUE INDEX",
        "DTS-1020042 Execute sql error sql: Specified key was too long; max key length is 3072 bytes",
        Ending::Permanent,
    ),
];

/// The failure, among the first `count`, of the object with these names and this definition.
pub(crate) fn find_failure<'a>(
    failures: &'a [DdlFailure],
    count: usize,
    (database, object_type, name): (&str, &str, &str),
    definition: &str,
) -> Option<&'a DdlFailure> {
    failures.iter().take(count).find(|failure| {
        (failure.database, failure.object_type, failure.name) == (database, object_type, name)
            && definition.contains(failure.definition_has)
    })
}

/// Error of a table's copy whose retry succeeds.
pub(crate) const RETRIED_COPY_ERROR: &str = "DTS-30011: write record failed, cause: \
     com.mysql.jdbc.exceptions.jdbc4.MySQLTransactionRollbackException: Lock wait timeout exceeded; try \
     restarting transaction, DTS-51009: read data cache failed";

/// Error of a table's copy that stays failed.
pub(crate) const FAILED_COPY_ERROR: &str = "java.sql.SQLException: Incorrect string value: '\\xF0\\x9F\\x98\\x80' for \
     column 'file_name' at row 1\n\tat com.mysql.jdbc.SQLError.createSQLException(SQLError.java:964)\n\tat \
     com.mysql.jdbc.MysqlIO.checkErrorPacket(MysqlIO.java:3978)";

/// Error of the copy of a table that was not created.
pub(crate) const MISSING_TABLE_ERROR: &str = "DTS-70002: table or database does not exist at the destination";

/// Error of a table whose changes cannot be applied for a while. The text is the vendor's sample.
pub(crate) const SYNC_ERROR: &str = "任务失败太久 无法恢复";

/// DdlFailure of a constraint whose table was not created.
pub(crate) const CONSTRAINT_WITHOUT_TABLE: DdlFailure = failure(
    ("", "Table", ""),
    "",
    "DTS-1020042 Execute sql error sql: ERROR: relation does not exist",
    Ending::Permanent,
);
