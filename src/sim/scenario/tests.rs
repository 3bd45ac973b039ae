//! The scenario file and its manual.

use super::Scenario;
use super::fault::{Fault, FaultKind};

const MANUAL: &str = include_str!("../../../docs/scenario.md");

fn example() -> Scenario {
    let (_, rest) = MANUAL.split_once("```toml\n").expect("an example");
    let (text, _) = rest.split_once("```").expect("its end");
    Scenario::parse(text).expect("the manual's example is a scenario")
}

#[test]
fn the_example_in_the_manual_shows_the_defaults() {
    let mut example = example();
    let kinds: Vec<_> = example.fault.iter().map(|fault| fault.kind).collect();
    let shown = [FaultKind::Throttle, FaultKind::Slow, FaultKind::Oversized, FaultKind::Skewed];
    assert_eq!((&kinds[..4], kinds[4]), (&shown[..], FaultKind::RowRemoved));
    for (fault, kind) in example.fault.iter().zip(kinds).skip(1).take(3) {
        assert_eq!(*fault, Fault::on_calls(kind, &fault.calls), "the values shown are the defaults");
    }
    assert_eq!(example.job.pop().map(|job| job.tables), Some(Some(8)));
    example.fault.clear();
    assert_eq!(example, Scenario::demo());
}

#[test]
fn the_example_in_the_manual_has_every_key() {
    // The kinds that serde lists in its error about an unknown kind.
    let expected = |text: &str| {
        let complaint = Scenario::parse(text).expect_err("no such key").to_string();
        let (_, keys) = complaint.split_once("expected one of ").expect("a list of keys");
        let keys: Vec<_> = keys.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        assert!(keys.len() > 2, "{complaint}");
        keys
    };
    let tables = ["", "[events]\n", "[paging]\n", "[reply]\n", "[[job]]\n", "[[fault]]\n"];
    for table in tables {
        for key in expected(&format!("{table}no_such_key = 1\n")) {
            let written = [format!("\n{key} = "), format!("\n[{key}]"), format!("\n[[{key}]]")];
            assert!(written.iter().any(|line| MANUAL.contains(line)), "{table}{key} is not in the manual");
        }
    }
}

#[test]
fn the_manual_lists_every_fault() {
    let rows = MANUAL.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let listed: Vec<_> = rows
        .map(|(name, _)| {
            let fault = format!("[[fault]]\nkind = {name:?}\ncalls = [1]\n");
            Scenario::parse(&fault).expect("a kind of fault").fault[0].kind
        })
        .collect();
    assert_eq!(listed, FaultKind::ALL);
}

#[test]
fn an_empty_file_is_the_demo() {
    assert_eq!(Scenario::parse("").expect("every key has a default"), Scenario::demo());
}

#[test]
fn keys_override_the_defaults() {
    let text = "seed = 3\ntables = 5\n[events]\nlate_tables = 0\n[[job]]\nid = \"dtsx\"\n";
    let scenario = Scenario::parse(text).expect("a scenario");
    assert_eq!((scenario.seed, scenario.tables, scenario.events.late_tables), (3, 5, 0));
    assert_eq!(scenario.events.failed_objects, 10);
    assert_eq!((scenario.job.len(), scenario.job[0].region.as_str()), (1, "cn-hangzhou"));
}

#[test]
fn errors_name_the_key_and_the_value() {
    let table = [
        ("seed = 1\ntabels = 5\n", "scenario, line 2: unknown field `tabels`"),
        ("[events]\nlate = 1\n", "scenario, line 2: unknown field `late`"),
        ("tables = \"five\"\n", "scenario, line 1: invalid type: string \"five\""),
        ("tables = \n", "scenario, line 1: "),
        ("tables = 0\n", "tables is 0, but must be 1 to 100000"),
        ("pace = -1.5\n", "pace is -1.5, but must be a number from 0.001"),
        ("speed = 0.0001\n", "speed is 0.0001, but must be a number from 0.001"),
        ("elapsed_minutes = 525601\n", "elapsed_minutes is 525601, but must be 0 to 525600"),
        ("pace = nan\n", "pace is NaN, but must be"),
        ("[[job]]\nid = \"a\"\n[[job]]\nid = \"a\"\n", "job.id is \"a\" twice"),
        ("[[fault]]\nrate = 0.1\n", "scenario, line 1: missing field `kind`"),
        ("[[fault]]\nkind = \"flood\"\n", "scenario, line 2: unknown variant `flood`"),
        ("[[fault]]\nkind = \"reset\"\n", "fault.rate is 0, but must be above 0 where no calls"),
        ("[[fault]]\nkind = \"reset\"\nrate = 1.5\n", "fault.rate is 1.5, but must be a number from 0"),
        ("[[fault]]\nkind = \"reset\"\ncalls = [0]\n", "fault.calls is [0], but must be numbers from 1"),
        ("[paging]\narrays = \"odd\"\n", "scenario, line 2: unknown variant `odd`"),
        ("job = []\n", "job.id is missing"),
    ];
    for (text, expected) in table {
        let error = Scenario::parse(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text:?} gave {error:?}, not {expected:?}");
    }
}
