//! The JSON against its published schema, and its figures against the analysis.

use crate::report::repair::FailureFilter;
use crate::report::{json, sample};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What is wrong with a value by this schema.
pub(in crate::report) fn schema_faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut check = Check { root: schema, faults: Vec::new(), met: BTreeSet::new() };
    check.value(schema, value, "document");
    check.faults
}

fn report_schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/report.schema.json")).expect("the schema is JSON")
}

fn report(analysis: &crate::history::analysis::Analysis) -> Value {
    serde_json::from_str(&json(analysis)).expect("the report is JSON")
}

/// Checks a value by the part of JSON Schema that ours uses, and notes every place of the schema it met.
struct Check<'a> {
    root: &'a Value,
    faults: Vec<String>,
    met: BTreeSet<String>,
}

impl Check<'_> {
    fn value(&mut self, schema: &Value, value: &Value, place: &str) {
        let schema = schema.as_object().expect("a schema is an object");
        for keyword in schema.keys() {
            let known = [
                "$ref",
                "$schema",
                "$defs",
                "title",
                "description",
                "type",
                "properties",
                "required",
                "items",
                "additionalProperties",
                "enum",
                "const",
                "anyOf",
                "pattern",
                "minimum",
            ];
            assert!(known.contains(&keyword.as_str()), "this check does not know {keyword}");
        }
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            if let Some(path) = name.strip_prefix("report.schema.json#") {
                let root = report_schema();
                let mut check = Check { root: &root, faults: Vec::new(), met: BTreeSet::new() };
                check.value(root.pointer(path).expect("a definition"), value, place);
                self.faults.extend(check.faults);
                self.met.extend(check.met);
            } else {
                let target = name.strip_prefix('#').and_then(|path| self.root.pointer(path));
                self.value(&target.expect("a definition").clone(), value, place);
            }
        }
        if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
            self.any(choices, value, place);
        }
        let says_type = schema.get("type").is_none_or(|types| is_of(types, value));
        let says_enum = schema.get("enum").and_then(Value::as_array).is_none_or(|all| all.contains(value));
        let says_const = schema.get("const").is_none_or(|only| only == value);
        let says_minimum = schema.get("minimum").is_none_or(|least| value.as_i64() >= least.as_i64());
        let says_pattern = schema.get("pattern").is_none() || value.as_str().is_some_and(is_moment);
        if !(says_type && says_enum && says_const && says_minimum && says_pattern) {
            self.faults.push(format!("{place}: {value} is not {schema:?}"));
        }
        if let (Some(properties), Some(object)) = (schema.get("properties"), value.as_object()) {
            self.object(schema, properties.as_object().expect("properties"), object, place);
        }
        if let (Some(items), Some(array)) = (schema.get("items"), value.as_array()) {
            for item in array {
                self.value(items, item, place);
            }
        }
    }

    fn any(&mut self, choices: &[Value], value: &Value, place: &str) {
        let mut best: Option<Check<'_>> = None;
        for choice in choices {
            let mut trial = Check { root: self.root, faults: Vec::new(), met: BTreeSet::new() };
            trial.value(choice, value, place);
            if best.as_ref().is_none_or(|best| trial.faults.len() < best.faults.len()) {
                best = Some(trial);
            }
        }
        let best = best.expect("a choice");
        self.faults.extend(best.faults);
        self.met.extend(best.met);
    }

    fn object(
        &mut self,
        schema: &Map<String, Value>,
        properties: &Map<String, Value>,
        object: &Map<String, Value>,
        place: &str,
    ) {
        assert_eq!(schema.get("additionalProperties"), Some(&Value::Bool(false)), "{place} is closed");
        let required: BTreeSet<_> =
            schema["required"].as_array().expect("required").iter().filter_map(Value::as_str).collect();
        let described: BTreeSet<_> = properties.keys().map(String::as_str).collect();
        assert_eq!(required, described, "every field of {place} is always there");
        let given: BTreeSet<_> = object.keys().map(String::as_str).collect();
        if given != described {
            self.faults.push(format!("{place} has {given:?}, described are {described:?}"));
        }
        for (name, value) in object {
            let place = format!("{place}.{name}");
            if let Some(schema) = properties.get(name) {
                self.value(schema, value, &place);
            }
            self.met.insert(place);
        }
    }
}

fn is_of(types: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        other => panic!("this check does not know the type {other:?}"),
    };
    types.as_array().map_or_else(|| is(types), |types| types.iter().any(is))
}

/// The only pattern of the schema.
fn is_moment(text: &str) -> bool {
    let shape: String = text.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect();
    shape == "0000-00-00T00:00:00.000Z"
}

#[test]
fn every_report_is_as_the_schema_says() {
    let schema = report_schema();
    let mut met = BTreeSet::new();
    for analysis in [sample::empty(), sample::one_table(), sample::rich(), sample::big(50)] {
        let mut check = Check { root: &schema, faults: Vec::new(), met: BTreeSet::new() };
        check.value(&schema, &report(&analysis), "report");
        assert_eq!(check.faults, Vec::<String>::new());
        met.extend(check.met);
    }
    // The samples reach into every corner, so that no part of the schema goes unchecked.
    for place in ["report.tables.attempts.rates.rows_per_second", "report.tables.spans.began.after"] {
        assert!(met.contains(place), "{place} was never written");
    }
    for place in ["report.objects.definition", "report.failures.resolved_at", "report.coverage.gaps.to_at"] {
        assert!(met.contains(place), "{place} was never written");
    }
}

#[test]
fn the_list_of_failures_is_as_the_schema_says() {
    let schema = report_schema();
    let list = |which| {
        let mut text = Vec::new();
        crate::report::write_failures_json(&[sample::empty(), sample::rich()], which, &mut text)
            .expect("json");
        serde_json::from_slice::<Value>(&text).expect("it is JSON")
    };
    for (which, count) in [(FailureFilter::Open, 5), (FailureFilter::All, 6)] {
        let list = list(which);
        let mut check = Check { root: &schema, faults: Vec::new(), met: BTreeSet::new() };
        check.value(&schema["$defs"]["failures"], &list, "failures");
        assert_eq!(check.faults, Vec::<String>::new());
        assert_eq!(list["jobs"][1]["failures"].as_array().map(Vec::len), Some(count));
        let caused = list["jobs"][1]["causes"].as_array().expect("causes").iter();
        let caused: usize = caused.filter_map(|it| it["failures"].as_array().map(Vec::len)).sum();
        assert_eq!(caused, count);
    }
}

#[test]
fn the_check_finds_faults() {
    let schema = report_schema();
    let faults = |change: fn(&mut Value)| {
        let mut value = report(&sample::rich());
        change(&mut value);
        let mut check = Check { root: &schema, faults: Vec::new(), met: BTreeSet::new() };
        check.value(&schema, &value, "report");
        check.faults.len()
    };
    assert_eq!(faults(|_| ()), 0);
    assert_eq!(faults(|report| report["as_of"] = "2026-01-02 10:00:00".into()), 1);
    assert_eq!(faults(|report| report["tables"][0]["finished_rows"] = "7".into()), 1);
    assert_eq!(faults(|report| report["verdict"] = "fine".into()), 1);
    assert_eq!(faults(|report| report["failures"][0]["extra"] = 1.into()), 1);
    assert_eq!(faults(|report| report["totals"]["eta"]["kind"] = 1.into()), 1);
}

#[test]
fn texts_stand_to_the_letter_and_times_to_the_millisecond() {
    let mut analysis = sample::rich();
    let untrusted = "a\0b\r\n</script><b>`|\u{202e}\u{1f600}";
    analysis.failures[0].definition = Some(untrusted.to_owned());
    analysis.failures[0].error_message = Some(untrusted.to_owned());
    analysis.as_of_ms = Some(sample::START + 7);
    let report = report(&analysis);
    assert_eq!(report["failures"][0]["definition"], untrusted);
    assert_eq!(report["failures"][0]["error_message"], untrusted);
    assert_eq!(report["as_of"], "2026-01-02T02:00:00.007Z");
}

#[test]
fn what_is_unknown_is_null() {
    let report = report(&sample::rich());
    let table = report["tables"].as_array().expect("tables");
    let waiting = table.iter().find(|table| table["table_name"] == "wishlists").expect("it is there");
    for field in ["finished_rows", "total_rows", "ratio", "duration", "rows_per_second", "error_message"] {
        assert_eq!(waiting[field], Value::Null, "{field}");
    }
}
