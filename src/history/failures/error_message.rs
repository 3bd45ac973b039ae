//! What an error message of DTS says: its codes, what kind of trouble it is, what it names as missing, and the
//! message without the names and numbers that differ from object to object.

use crate::history::failures::error_class::{ErrorClass, classify_message};
use crate::history::failures::message_template::message_template;
use crate::history::failures::missing_object::{MissingObject, find_missing_object};

/// The parts of an error message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedMessage {
    /// The codes of DTS, all in their order, to the letter; one that is only said again is left out.
    pub codes: Vec<String>,
    /// The class of the error.
    pub error_class: ErrorClass,
    /// The missing object, if the message names one.
    pub missing_object: Option<MissingObject>,
    /// The message without codes, names and numbers.
    pub message_template: String,
}

/// Reads a message. `names` are those of the failed object itself.
#[must_use]
pub fn parse_message(message: &str, names: &[&str]) -> ParsedMessage {
    let missing_object = find_missing_object(message);
    ParsedMessage {
        codes: dts_codes(message),
        error_class: classify_message(message, missing_object.as_ref().map(|it| it.error_class)),
        missing_object,
        message_template: message_template(message, names),
    }
}

/// `DTS-` and digits, as text: a code may begin with zeros.
fn dts_codes(message: &str) -> Vec<String> {
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

    fn lacking(message: &str) -> Option<(ErrorClass, String)> {
        parse_message(message, &[]).missing_object.map(|it| (it.error_class, it.name))
    }

    #[test]
    fn what_is_missing_is_read_from_the_message() {
        let lacks = |message, family, name: &str| {
            assert_eq!(lacking(message), Some((family, name.to_owned())), "{message}");
            assert_eq!(parse_message(message, &[]).error_class, family, "{message}");
        };
        lacks("ERROR: type \"geometry\" does not exist", ErrorClass::MissingType, "geometry");
        lacks("Unknown data type: 'geometry'", ErrorClass::MissingType, "geometry");
        lacks("Table 'shop.Audit' doesn't exist", ErrorClass::MissingTable, "audit");
        lacks("ERROR: relation \"billing.t\" does not exist", ErrorClass::MissingTable, "t");
        lacks("Failed to open the referenced table 'parents'", ErrorClass::MissingTable, "parents");
        lacks("ERROR: column i.kind does not exist", ErrorClass::MissingColumn, "kind");
        lacks("column \"kind\" of relation \"x\" does not exist", ErrorClass::MissingColumn, "kind");
        lacks("Unknown column 'a' in 'field list'", ErrorClass::MissingColumn, "a");
        lacks(
            "function round(interval, integer) does not exist\n Hint: x",
            ErrorClass::MissingFunction,
            "round",
        );
        lacks("FUNCTION shop.f does not exist", ErrorClass::MissingFunction, "f");
        lacks("Unknown database 'x'", ErrorClass::MissingSchema, "x");
        lacks("ERROR: role \"app\" does not exist", ErrorClass::MissingUser, "app");
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
        let codes = |message| parse_message(message, &[]).codes;
        assert_eq!(codes("DTS-070211: a, cause: b, DTS-51009: c"), ["DTS-070211", "DTS-51009"]);
        assert_eq!(codes("DTS-1 x: DTS-1 x: y DTS-2 DTS-1"), ["DTS-1", "DTS-2", "DTS-1"]);
        assert_eq!(codes("DTS- 1, dts-2"), Vec::<String>::new());
    }

    #[test]
    fn families_are_told_by_the_words_of_the_systems() {
        for (message, family) in [
            ("Table 'customers' already exists", ErrorClass::AlreadyExists),
            ("Duplicate key name 'uk'", ErrorClass::AlreadyExists),
            ("Duplicate entry 'x already there' for key 'uk'", ErrorClass::DuplicateRows),
            (
                "View 'a.b' references invalid table(s) or column(s) or definer/invoker lack rights",
                ErrorClass::InvalidReference,
            ),
            ("Specified key was too long; max key length is 3072 bytes", ErrorClass::TooLong),
            ("目标库账号缺少 SUPER 权限", ErrorClass::Privilege),
            ("Incorrect string value: '\\xF0'", ErrorClass::Encoding),
            ("check constraint \"ck\" of relation \"t\" is violated by some row", ErrorClass::RuleBroken),
            ("You have an error in your SQL syntax near 'x'", ErrorClass::Syntax),
            ("table or database does not exist at the destination", ErrorClass::MissingTable),
            ("something else", ErrorClass::Unknown),
        ] {
            assert_eq!(parse_message(message, &[]).error_class, family, "{message}");
        }
    }
}
