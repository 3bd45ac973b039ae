//! Properties of all replies and bodies.

use proptest::prelude::*;

use super::tests::{SAMPLE_JSON, SAMPLE_XML};
use super::*;
use crate::api::wire::head::Head;
use crate::model::{ObjectKey, ObjectState, Phase, Reading, Status};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z_]{1,8}",
        2 => r#"[ -~\r\n\t"'<>&`|\\;中é😀\u{1}\u{7f}\u{85}\u{2028}\u{feff}]{0,24}"#,
    ]
}

fn filled() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(text().prop_filter("absent, not empty", |text| !text.is_empty()))
}

fn status() -> impl Strategy<Value = Option<Status>> {
    proptest::option::of(prop_oneof![
        4 => proptest::sample::select(vec!["NotStarted", "Migrating", "Failed", "Finished"]),
        1 => Just("Catched"),
        1 => Just("  Odd <word> "),
    ])
    .prop_map(|word| word.map(Status::from))
}

fn reading(phase: Phase) -> impl Strategy<Value = Reading> {
    let count = || proptest::option::of(0..=i64::MAX);
    let access_key = (text(), text(), text(), text());
    let state = (status(), count(), count(), filled(), filled(), filled());
    (access_key, state).prop_map(move |((source_db, destination_db, object_type, object_name), state)| {
        let structural = matches!(phase, Phase::Structure | Phase::Constraint);
        let (status, finished_rows, total_rows, used_time, error_message, definition) = state;
        Reading {
            key: ObjectKey {
                phase,
                source_db,
                destination_db,
                object_type: structural.then_some(object_type),
                parent_name: None,
                object_name,
            },
            state: ObjectState { status, finished_rows, total_rows, used_time, error_message, definition },
        }
    })
}

fn readings() -> impl Strategy<Value = Vec<Reading>> {
    let constraints = proptest::collection::vec(reading(Phase::Constraint), 0..3);
    let family = (reading(Phase::Structure), constraints).prop_map(|(parent, mut constraints)| {
        for constraint in &mut constraints {
            constraint.key.parent_name = Some(parent.key.object_name.clone());
            for (own, parents) in [
                (&mut constraint.key.source_db, &parent.key.source_db),
                (&mut constraint.key.destination_db, &parent.key.destination_db),
            ] {
                if own.is_empty() {
                    own.clone_from(parents);
                }
            }
        }
        constraints.insert(0, parent);
        constraints
    });
    let families = proptest::collection::vec(family, 0..4).prop_map(|families| families.concat());
    let data = proptest::collection::vec(reading(Phase::Data), 0..4);
    let sync = proptest::collection::vec(reading(Phase::Sync), 0..4);
    (families, data, sync).prop_map(|(families, data, sync)| [families, data, sync].concat())
}

proptest! {
    #[test]
    fn written_replies_parse_to_the_same_readings(readings in readings(), success: bool) {
        let head = Head {
            success,
            request_id: Some("150DECD9".to_owned()),
            err_code: (!success).then(|| "InternalError".to_owned()),
            err_message: (!success).then(|| "it <failed> & 任务".to_owned()),
            ..Head::default()
        };
        let reply = Reply { head, readings };
        for shape in [Shape::Flat, Shape::Wrapped] {
            for body in [write_json(&reply, shape), write_xml(&reply, shape)] {
                prop_assert_eq!(&read(body.as_bytes()).unwrap(), &reply, "{}", body);
            }
        }
    }

    #[test]
    fn arbitrary_bodies_never_panic(body in proptest::collection::vec(any::<u8>(), 0..64), cut in 0..2000_usize) {
        let _ = read(&body);
        for sample in [SAMPLE_JSON, SAMPLE_XML] {
            let cut = cut.min(sample.len() - 3);
            let said = read(&sample[..cut]).expect_err("a part is no reply");
            prop_assert!(cut == 0 || matches!(said, Unreadable::Truncated { .. }), "{} at {}", said, cut);
            let mut patched = sample.to_vec();
            let at = cut.min(patched.len() - body.len());
            patched[at..at + body.len()].copy_from_slice(&body);
            let _ = read(&patched);
        }
    }
}
