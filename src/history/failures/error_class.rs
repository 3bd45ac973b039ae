//! Classes of error messages, by phrases of DTS and the database systems.

use serde::{Serialize, Serializer};

/// The class of an error message. Each has a hint in `report::text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorClass {
    /// Something is there already.
    AlreadyExists,
    /// A type is missing.
    MissingType,
    /// A table, view or sequence is missing.
    MissingTable,
    /// A column is missing.
    MissingColumn,
    /// A function, procedure or operator is missing.
    MissingFunction,
    /// A schema or database is missing.
    MissingSchema,
    /// A user, a role or a definer is missing.
    MissingUser,
    /// A view or key refers to something that is missing, different or forbidden.
    InvalidReference,
    /// Rows break a unique key.
    DuplicateRows,
    /// Rows break a foreign key.
    OrphanRows,
    /// Rows break a check or a not-null rule.
    RuleBroken,
    /// A right is missing.
    Privilege,
    /// The destination does not understand the statement.
    Syntax,
    /// A key or row is longer than the destination allows.
    TooLong,
    /// Characters that the destination cannot hold.
    Encoding,
    /// A value that does not fit its column.
    Value,
    /// A lock was not given in time.
    Lock,
    /// The connection broke.
    Connection,
    /// No disk space is left.
    Space,
    /// The destination takes no writes.
    ReadOnly,
    /// The destination has no such feature.
    Unsupported,
    /// None of these.
    Unknown,
}

impl Serialize for ErrorClass {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl ErrorClass {
    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyExists => "already_exists",
            Self::MissingType => "missing_type",
            Self::MissingTable => "missing_table",
            Self::MissingColumn => "missing_column",
            Self::MissingFunction => "missing_function",
            Self::MissingSchema => "missing_schema",
            Self::MissingUser => "missing_user",
            Self::InvalidReference => "invalid_reference",
            Self::DuplicateRows => "duplicate_rows",
            Self::OrphanRows => "orphan_rows",
            Self::RuleBroken => "rule_broken",
            Self::Privilege => "privilege",
            Self::Syntax => "syntax",
            Self::TooLong => "too_long",
            Self::Encoding => "encoding",
            Self::Value => "value",
            Self::Lock => "lock",
            Self::Connection => "connection",
            Self::Space => "space",
            Self::ReadOnly => "read_only",
            Self::Unsupported => "unsupported",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the trouble may lie in another object that is not there, so that this one needs no repair of
    /// its own.
    #[must_use]
    pub fn may_be_consequence(self) -> bool {
        matches!(
            self,
            Self::MissingType
                | Self::MissingTable
                | Self::MissingColumn
                | Self::MissingFunction
                | Self::InvalidReference
                | Self::Unknown
        )
    }
}

/// Phrases of the database systems and DTS, in lower case. The first one in a message decides its class: more
/// specific phrases come first.
const CLASS_PHRASES: [(ErrorClass, &[&str]); 20] = [
    (
        ErrorClass::InvalidReference,
        &["references invalid table(s)", "cannot add foreign key", "constraint is incorrectly formed"],
    ),
    (
        ErrorClass::AlreadyExists,
        &[
            "already exists",
            "duplicate key name",
            "duplicate foreign key constraint name",
            "duplicate check constraint name",
            "multiple primary key",
            "已存在",
            "已经存在",
        ],
    ),
    (ErrorClass::MissingUser, &["as a definer", "user does not exist", "用户不存在"]),
    (ErrorClass::DuplicateRows, &["duplicate entry", "could not create unique index", "duplicate key value"]),
    (ErrorClass::OrphanRows, &["a foreign key constraint fails", "violates foreign key constraint"]),
    (
        ErrorClass::RuleBroken,
        &[
            "is violated by some row",
            "violates check constraint",
            "contains null values",
            "violates not-null constraint",
            "cannot be null",
            "check constraint",
        ],
    ),
    (
        ErrorClass::Encoding,
        &["incorrect string value", "invalid byte sequence", "unknown collation", "unknown character set"],
    ),
    (
        ErrorClass::TooLong,
        &[
            "key was too long",
            "row size too large",
            "index row size",
            "index row requires",
            "identifier name",
        ],
    ),
    (
        ErrorClass::Value,
        &[
            "data too long",
            "out of range",
            "data truncated",
            "value too long",
            "invalid input syntax",
            "incorrect datetime",
            "incorrect date",
            "incorrect integer",
            "numberformatexception",
            "invalid default value",
        ],
    ),
    (
        ErrorClass::Lock,
        &["lock wait timeout", "deadlock", "lock timeout", "statement timeout", "锁等待", "死锁"],
    ),
    (
        ErrorClass::Connection,
        &[
            "communications link failure",
            "connection refused",
            "connection reset",
            "lost connection",
            "connection timed out",
            "connect timed out",
            "too many connections",
            "server has gone away",
            "连接超时",
            "连接失败",
        ],
    ),
    (ErrorClass::Space, &["no space left", "disk full", "could not extend file", "is full", "空间不足"]),
    (ErrorClass::ReadOnly, &["read-only", "read only", "只读"]),
    (
        ErrorClass::Privilege,
        &[
            "access denied",
            "permission denied",
            "command denied",
            "insufficient privilege",
            "must be owner",
            "must have superuser",
            "privilege",
            "权限",
        ],
    ),
    (ErrorClass::Syntax, &["error in your sql syntax", "syntax error", "parse error", "语法错误"]),
    (ErrorClass::MissingType, &["unknown data type"]),
    (ErrorClass::MissingColumn, &["unknown column", "key column '"]),
    (ErrorClass::MissingSchema, &["unknown database"]),
    (ErrorClass::MissingTable, &["failed to open the referenced table", "unknown table", "表不存在"]),
    (ErrorClass::Unsupported, &["not supported", "unsupported", "not available", "不支持"]),
];

/// The class of a message by its phrases, else by its missing object.
pub(super) fn classify_message(message: &str, missing: Option<ErrorClass>) -> ErrorClass {
    let lower = message.to_lowercase();
    let holds = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
    let signed = CLASS_PHRASES.iter().find(|(_, signs)| holds(signs)).map(|(family, _)| *family);
    signed.or(missing).unwrap_or(if holds(&["not exist", "doesn't exist", "不存在"]) {
        ErrorClass::MissingTable
    } else {
        ErrorClass::Unknown
    })
}
