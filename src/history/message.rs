//! What an error message of DTS says: its codes, what kind of trouble it is, what it names as missing, and the
//! message without the names and numbers that differ from object to object.

/// What kind of trouble an error message tells of. Each has a hint in `report::text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
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
    /// No room is left.
    Space,
    /// The destination takes no writes.
    ReadOnly,
    /// The destination has no such feature.
    Unsupported,
    /// None of these.
    Unknown,
}

impl Family {
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
    pub fn may_follow(self) -> bool {
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

/// What the database systems and DTS write, in lower case. The first that a message holds decides: what is more
/// special stands first.
const SIGNS: [(Family, &[&str]); 20] = [
    (
        Family::InvalidReference,
        &["references invalid table(s)", "cannot add foreign key", "constraint is incorrectly formed"],
    ),
    (
        Family::AlreadyExists,
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
    (Family::MissingUser, &["as a definer", "user does not exist", "用户不存在"]),
    (Family::DuplicateRows, &["duplicate entry", "could not create unique index", "duplicate key value"]),
    (Family::OrphanRows, &["a foreign key constraint fails", "violates foreign key constraint"]),
    (
        Family::RuleBroken,
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
        Family::Encoding,
        &["incorrect string value", "invalid byte sequence", "unknown collation", "unknown character set"],
    ),
    (
        Family::TooLong,
        &[
            "key was too long",
            "row size too large",
            "index row size",
            "index row requires",
            "identifier name",
        ],
    ),
    (
        Family::Value,
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
    (Family::Lock, &["lock wait timeout", "deadlock", "lock timeout", "statement timeout", "锁等待", "死锁"]),
    (
        Family::Connection,
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
    (Family::Space, &["no space left", "disk full", "could not extend file", "is full", "空间不足"]),
    (Family::ReadOnly, &["read-only", "read only", "只读"]),
    (
        Family::Privilege,
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
    (Family::Syntax, &["error in your sql syntax", "syntax error", "parse error", "语法错误"]),
    (Family::MissingType, &["unknown data type"]),
    (Family::MissingColumn, &["unknown column", "key column '"]),
    (Family::MissingSchema, &["unknown database"]),
    (Family::MissingTable, &["failed to open the referenced table", "unknown table", "表不存在"]),
    (Family::Unsupported, &["not supported", "unsupported", "not available", "不支持"]),
];

/// Something that a message says does not exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lack {
    /// What it is: one of the families of missing things.
    pub family: Family,
    /// Its last name, in lower case: what a statement that needs it mentions.
    pub name: String,
    /// As the message writes it.
    pub written: String,
}

/// What one error message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The codes of DTS, all in their order, to the letter; one that is only said again is left out.
    pub codes: Vec<String>,
    /// What kind of trouble it is.
    pub family: Family,
    /// What is missing, if the message names it.
    pub lack: Option<Lack>,
    /// The message without codes, names and numbers.
    pub pattern: String,
}

/// Reads a message. `names` are those of the failed object itself.
#[must_use]
pub fn read(message: &str, names: &[&str]) -> Said {
    let lack = lack(message);
    Said {
        codes: codes(message),
        family: family(message, lack.as_ref()),
        lack,
        pattern: super::pattern::pattern(message, names),
    }
}

/// `DTS-` and digits, as text: a code may begin with zeros.
fn codes(message: &str) -> Vec<String> {
    let found = message.split("DTS-").skip(1).map(|rest| {
        let digits = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        &rest[..digits]
    });
    let mut codes: Vec<String> = found.filter(|it| !it.is_empty()).map(|it| format!("DTS-{it}")).collect();
    codes.dedup();
    codes
}

fn family(message: &str, lack: Option<&Lack>) -> Family {
    let lower = message.to_lowercase();
    let holds = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
    let signed = SIGNS.iter().find(|(_, signs)| holds(signs)).map(|(family, _)| *family);
    signed.or(lack.map(|it| it.family)).unwrap_or(if holds(&["not exist", "doesn't exist", "不存在"]) {
        Family::MissingTable
    } else {
        Family::Unknown
    })
}

/// Words before the name of what is missing.
const LACKING: [(&str, Family); 14] = [
    ("type", Family::MissingType),
    ("relation", Family::MissingTable),
    ("table", Family::MissingTable),
    ("view", Family::MissingTable),
    ("sequence", Family::MissingTable),
    ("column", Family::MissingColumn),
    ("function", Family::MissingFunction),
    ("procedure", Family::MissingFunction),
    ("operator", Family::MissingFunction),
    ("aggregate", Family::MissingFunction),
    ("schema", Family::MissingSchema),
    ("database", Family::MissingSchema),
    ("role", Family::MissingUser),
    ("user", Family::MissingUser),
];
/// Words before those words that say as much as `does not exist` after the name.
const BEFORE_LACKING: [&str; 2] = ["unknown", "referenced"];
/// A name and its quotes are not longer than this.
const NAME_MOST: usize = 300;

/// What is missing by `type "x" does not exist`, `Table 'a.x' doesn't exist`, `Unknown column 'x'` and the like.
fn lack(message: &str) -> Option<Lack> {
    let mut at = 0;
    let mut before = "";
    for word in message.split(|it: char| !it.is_ascii_alphabetic()) {
        let end = at + word.len();
        let known = LACKING.iter().find(|(known, _)| word.eq_ignore_ascii_case(known));
        if let Some((_, family)) = known
            && let Some((written, rest)) = named(&message[end..])
            && (BEFORE_LACKING.iter().any(|it| before.eq_ignore_ascii_case(it)) || says_missing(rest))
            && let Some(name) = last_name(written)
        {
            return Some(Lack { family: *family, name, written: written.to_owned() });
        }
        // `Unknown data type` is an unknown type.
        if !word.is_empty() && !word.eq_ignore_ascii_case("data") {
            before = word;
        }
        // The separator after a word may have several bytes.
        at = end + message[end..].chars().next().map_or(0, char::len_utf8);
    }
    None
}

/// The name at the start of this text, without its outer quotes, and what follows it.
fn named(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix(':').unwrap_or(text);
    let text = text.strip_prefix(' ')?;
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\'' | '`'));
    let (name, rest) = if let Some(quote) = quote {
        let inner = &text[1..];
        let end = inner.find(quote)?;
        (&inner[..end], &inner[end + 1..])
    } else {
        let end = text.find(|it: char| it.is_whitespace() || matches!(it, '(' | ',' | ';'))?;
        (&text[..end], &text[end..])
    };
    (!name.is_empty() && name.len() <= NAME_MOST).then_some((name, rest))
}

/// Whether what follows a name says that it is missing: at once, or after its arguments or its table.
fn says_missing(rest: &str) -> bool {
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('(') {
        Some(arguments) => arguments.split_once(')').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let rest = match rest.strip_prefix("of relation ") {
        Some(table) => table.trim_start_matches('"').split_once('"').map_or("", |(_, rest)| rest),
        None => rest,
    };
    ["does not exist", "doesn't exist", "not found"].iter().any(|it| rest.trim_start().starts_with(it))
}

fn last_name(written: &str) -> Option<String> {
    let last = written.rsplit('.').next()?.trim_matches(['"', '`', '\'']);
    (!last.is_empty()).then(|| last.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacking(message: &str) -> Option<(Family, String)> {
        read(message, &[]).lack.map(|it| (it.family, it.name))
    }

    #[test]
    fn what_is_missing_is_read_from_the_message() {
        let lacks = |message, family, name: &str| {
            assert_eq!(lacking(message), Some((family, name.to_owned())), "{message}");
            assert_eq!(read(message, &[]).family, family, "{message}");
        };
        lacks("ERROR: type \"geometry\" does not exist", Family::MissingType, "geometry");
        lacks("Unknown data type: 'geometry'", Family::MissingType, "geometry");
        lacks("Table 'shop.Audit' doesn't exist", Family::MissingTable, "audit");
        lacks("ERROR: relation \"billing.t\" does not exist", Family::MissingTable, "t");
        lacks("Failed to open the referenced table 'parents'", Family::MissingTable, "parents");
        lacks("ERROR: column i.kind does not exist", Family::MissingColumn, "kind");
        lacks("column \"kind\" of relation \"x\" does not exist", Family::MissingColumn, "kind");
        lacks("Unknown column 'a' in 'field list'", Family::MissingColumn, "a");
        lacks("function round(interval, integer) does not exist\n Hint: x", Family::MissingFunction, "round");
        lacks("FUNCTION shop.f does not exist", Family::MissingFunction, "f");
        lacks("Unknown database 'x'", Family::MissingSchema, "x");
        lacks("ERROR: role \"app\" does not exist", Family::MissingUser, "app");
        for none in [
            "table or database does not exist at the destination",
            "ERROR: relation does not exist",
            "table was not seen",
            "type \"",
            "类型 type 不存在",
            "",
        ] {
            assert_eq!(lacking(none), None, "{none}");
        }
    }

    #[test]
    fn codes_keep_their_zeros_and_their_order() {
        let codes = |message| read(message, &[]).codes;
        assert_eq!(codes("DTS-070211: a, cause: b, DTS-51009: c"), ["DTS-070211", "DTS-51009"]);
        assert_eq!(codes("DTS-1 x: DTS-1 x: y DTS-2 DTS-1"), ["DTS-1", "DTS-2", "DTS-1"]);
        assert_eq!(codes("DTS- 1, dts-2"), Vec::<String>::new());
    }

    #[test]
    fn families_are_told_by_the_words_of_the_systems() {
        for (message, family) in [
            ("Table 'customers' already exists", Family::AlreadyExists),
            ("Duplicate key name 'uk'", Family::AlreadyExists),
            ("Duplicate entry 'x already there' for key 'uk'", Family::DuplicateRows),
            (
                "View 'a.b' references invalid table(s) or column(s) or definer/invoker lack rights",
                Family::InvalidReference,
            ),
            ("Specified key was too long; max key length is 3072 bytes", Family::TooLong),
            ("目标库账号缺少 SUPER 权限", Family::Privilege),
            ("Incorrect string value: '\\xF0'", Family::Encoding),
            ("check constraint \"ck\" of relation \"t\" is violated by some row", Family::RuleBroken),
            ("You have an error in your SQL syntax near 'x'", Family::Syntax),
            ("table or database does not exist at the destination", Family::MissingTable),
            ("something else", Family::Unknown),
        ] {
            assert_eq!(read(message, &[]).family, family, "{message}");
        }
    }
}
