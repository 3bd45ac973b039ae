//! What an error message of DTS says: its codes, what kind of trouble it is, what it names as missing, and the
//! message without the names and numbers that differ from object to object.

use crate::history::failures::error_class::{Family, family};
use crate::history::failures::missing_object::{Lack, lack};

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
        pattern: crate::history::failures::message_template::pattern(message, names),
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
