use super::*;
use crate::api::wire::head::{Head, ReplyOrigin};
use crate::model::{ObjectState, Phase, Status};

pub(super) const SAMPLE_JSON: &[u8] = include_bytes!("../../../../tests/samples/sample.json");
pub(super) const SAMPLE_XML: &[u8] = include_bytes!("../../../../tests/samples/sample.xml");

fn parse_ok(body: &str) -> Reply {
    read(body.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{body}"))
}

fn parse_error_text(body: impl AsRef<[u8]>) -> String {
    read(body.as_ref()).expect_err("should not be readable").sanitized(str::to_owned).to_string()
}

fn only_state(reply: &Reply) -> &ObjectState {
    assert_eq!(reply.readings.len(), 1, "{reply:?}");
    &reply.readings[0].state
}

fn object_names(reply: &Reply) -> Vec<&str> {
    reply.readings.iter().map(|reading| reading.key.object_name.as_str()).collect()
}

#[test]
fn json_and_xml_samples_parse_to_the_same_rows() {
    let json = read(SAMPLE_JSON).unwrap();
    assert_eq!(json, read(SAMPLE_XML).unwrap());

    assert!(json.head.success);
    assert_eq!(json.head.request_id.as_deref(), Some("150DECD9-13FF-4929-A5DE-855BE9CC****"));
    let [structure, data] = json.readings.as_slice() else { panic!("{:?}", json.readings) };
    assert_eq!(structure.key.phase, Phase::Structure);
    assert_eq!(structure.key.object_type.as_deref(), Some("Table"));
    assert_eq!(structure.key.object_name, "customer");
    let ddl = structure.state.definition.as_deref().unwrap();
    assert!(ddl.starts_with("CREATE TABLE `dtstestdata`.`customer` (\n`customer_id`"));
    assert!(ddl.ends_with("comment = '' ;\n"), "the last line feed belongs to the text");
    assert_eq!(data.key.phase, Phase::Data);
    assert_eq!(data.key.source_db, "dtstestdata");
    assert_eq!(data.key.object_type, None);
    assert_eq!(data.state.status, Some(Status::Finished));
    assert_eq!((data.state.finished_rows, data.state.total_rows), (Some(9993), Some(9981)));
    assert_eq!(data.state.used_time.as_deref(), Some("0.0"));
    assert_eq!(data.state.error_message, None);
}

#[test]
fn every_list_shape_parses_to_the_same_rows() {
    let row = r#"{"TableName":"t","Status":"Migrating"}"#;
    let key = "DataInitializationDetails";
    let item = "DataInitializationDetail";
    let flat = parse_ok(&format!(r#"{{"{key}":[{row}]}}"#));
    assert_eq!(object_names(&flat), ["t"]);
    for body in [
        format!(r#"{{"{key}":{row}}}"#),
        format!(r#"{{"{key}":{{"{item}":[{row}]}}}}"#),
        format!(r#"{{"{key}":{{"{item}":{row}}}}}"#),
        format!(r#"{{"{key}":[null,{row},{{}},7,"x",[[]]]}}"#),
        format!("<R><{key}><TableName>t</TableName><Status>Migrating</Status></{key}></R>"),
        format!("<R><{key}><{item}><TableName>t</TableName><Status>Migrating</Status></{item}></{key}></R>"),
        format!("<R><{key}/><{key}><TableName>t</TableName><Status> Migrating\n</Status></{key}></R>"),
    ] {
        assert_eq!(parse_ok(&body), flat, "{body}");
    }
    for nothing in ["null", "[]", "{}", "\"\"", &format!(r#"{{"{item}":null}}"#)] {
        let reply = parse_ok(&format!(r#"{{"RequestId":"r","{key}":{nothing}}}"#));
        assert_eq!(reply.readings, [], "{nothing}");
    }
}

#[test]
fn constraints_follow_their_structure_row_in_every_shape() {
    let inner =
        |name: &str| format!(r#"{{"ObjectName":"t","ObjectType":"Table","ObjectDefinition":"{name}"}}"#);
    let body = |constraints: &str| {
        format!(
            r#"{{"DataInitializationDetails":[{{"TableName":"d"}}],
                "StructureInitializationDetails":[
                    {{"ObjectName":"t","ObjectType":"Table","SourceOwnerDBName":"a","DestinationOwnerDBName":"b",
                      "Constraints":{constraints}}},
                    {{"ObjectName":"u"}}]}}"#
        )
    };
    let flat = parse_ok(&body(&format!("[{},{}]", inner("pk"), inner("fk"))));
    let seen: Vec<_> = flat
        .readings
        .iter()
        .map(|r| (r.key.phase, r.key.parent_name.as_deref(), r.state.definition.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            (Phase::Structure, None, None),
            (Phase::Constraint, Some("t"), Some("pk")),
            (Phase::Constraint, Some("t"), Some("fk")),
            (Phase::Structure, None, None),
            (Phase::Data, None, None),
        ]
    );
    let constraint = &flat.readings[1].key;
    assert_eq!((constraint.source_db.as_str(), constraint.destination_db.as_str()), ("a", "b"));

    let list = format!("[{},{}]", inner("pk"), inner("fk"));
    assert_eq!(parse_ok(&body(&format!(r#"{{"StructureInitializationDetail":{list}}}"#))), flat);

    let x = |definition: &str| {
        format!(
            "<ObjectName>t</ObjectName><ObjectType>Table</ObjectType><ObjectDefinition>{definition}</ObjectDefinition>\
             <SourceOwnerDBName/>"
        )
    };
    let xml = |constraints: &str| {
        format!(
            "<DescribeInitializationStatusResponse>
               <StructureInitializationDetails>{constraints}
                 <ObjectName>t</ObjectName><ObjectType>Table</ObjectType>
                 <SourceOwnerDBName>a</SourceOwnerDBName><DestinationOwnerDBName>b</DestinationOwnerDBName>
               </StructureInitializationDetails>
               <StructureInitializationDetails><ObjectName>u</ObjectName></StructureInitializationDetails>
               <DataInitializationDetails><TableName>d</TableName></DataInitializationDetails>
             </DescribeInitializationStatusResponse>"
        )
    };
    let repeated = format!("<Constraints>{}</Constraints><Constraints>{}</Constraints>", x("pk"), x("fk"));
    assert_eq!(parse_ok(&xml(&repeated)), flat);
    let item = "StructureInitializationDetail";
    let wrapped =
        format!("<Constraints><{item}>{}</{item}><{item}>{}</{item}></Constraints>", x("pk"), x("fk"));
    assert_eq!(parse_ok(&xml(&wrapped)), flat);
}

#[test]
fn counts_that_are_not_whole_numbers_are_unknown() {
    for (json, count) in [
        (r#""9993""#, Some(9993)),
        (r#"" 42\n""#, Some(42)),
        ("17", Some(17)),
        ("0", Some(0)),
        (r#""007""#, Some(7)),
        (r#""9223372036854775807""#, Some(i64::MAX)),
        (r#""9223372036854775808""#, None),
        ("9223372036854775808", None),
        ("123456789012345678901234567890", None),
        ("1e999", None),
        (r#""""#, None),
        ("null", None),
        ("true", None),
        ("{}", None),
        ("[1]", None),
        ("-1", None),
        (r#""-1""#, None),
        (r#""+1""#, None),
        ("1.0", None),
        (r#""1,000""#, None),
        (r#""٣""#, None),
        (r#""many""#, None),
    ] {
        let reply = parse_ok(&format!(
            r#"{{"DataInitializationDetails":[{{"TableName":"t","FinishRowNum":{json}}}]}}"#
        ));
        assert_eq!(only_state(&reply).finished_rows, count, "{json}");
    }
}

#[test]
fn used_time_is_kept_as_received() {
    for (json, text) in [
        ("0.0", Some("0.0")),
        ("1e-3", Some("1e-3")),
        (r#""12.50 ""#, Some("12.50 ")),
        ("null", None),
        (r#""""#, None),
    ] {
        let reply =
            parse_ok(&format!(r#"{{"DataInitializationDetails":[{{"TableName":"t","UsedTime":{json}}}]}}"#));
        assert_eq!(only_state(&reply).used_time.as_deref(), text, "{json}");
    }
}

#[test]
fn texts_keep_every_character() {
    let json = r#"{"DataSynchronizationDetails":[{"TableName":" a\tb ","ErrorMessage":"l1\r\nl2 \"q\" \u0000 任务",
        "Status":"InitializeFailed?","SourceOwnerDBName":null}]}"#;
    let reply = parse_ok(json);
    let reading = &reply.readings[0];
    assert_eq!(reading.key.object_name, " a\tb ");
    assert_eq!(reading.key.source_db, "");
    assert_eq!(reading.state.error_message.as_deref(), Some("l1\r\nl2 \"q\" \0 任务"));
    assert_eq!(reading.state.status, Some(Status::Other("InitializeFailed?".to_owned())));

    let xml = "<R><DataSynchronizationDetails><TableName> a &lt;b&gt;<![CDATA[ <c> & ]]>&#x4EFB;&amp;&unknown; R&D </TableName>\
               <ErrorMessage>l1\r\nl2<x>no</x>&#13;<!-- no --></ErrorMessage></DataSynchronizationDetails></R>";
    let reply = parse_ok(xml);
    assert_eq!(object_names(&reply), [" a <b> <c> & 任&&unknown; R&D "]);
    assert_eq!(reply.readings[0].state.error_message.as_deref(), Some("l1\nl2\r"));
}

#[test]
fn an_unpaired_surrogate_does_not_fail_the_reply() {
    let reply = parse_ok(r#"{"DataInitializationDetails":[{"TableName":"t","ErrorMessage":"cut \ud83d"}]}"#);
    let message = only_state(&reply).error_message.as_deref().unwrap();
    assert!(message.starts_with("cut \u{fffd}"), "{message}");
}

#[test]
fn byte_order_marks_white_space_and_utf_16_are_accepted() {
    let body = r#"{"RequestId":"任"}"#;
    let plain = parse_ok(body);
    assert_eq!(parse_ok(&format!("\u{feff}\r\n  {body}\n")), plain);
    let utf16 = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| {
        mark.into_iter().chain(body.encode_utf16().flat_map(unit)).collect::<Vec<_>>()
    };
    assert_eq!(read(&utf16([0xff, 0xfe], u16::to_le_bytes)).unwrap(), plain);
    assert_eq!(read(&utf16([0xfe, 0xff], u16::to_be_bytes)).unwrap(), plain);
    assert_eq!(parse_ok("\u{feff}<R><RequestId>任</RequestId></R>"), plain);
}

#[test]
fn every_spelling_of_success_is_recognized() {
    for (body, success) in [
        (r#"{"Success":true}"#, true),
        (r#"{"Success":"True"}"#, true),
        (r#"{"Success":"false"}"#, false),
        (r#"{"Success":"FALSE","ErrCode":"X"}"#, false),
        (r#"{"Success":true,"ErrCode":""}"#, true),
        (r#"{"RequestId":"r"}"#, true),
        (r#"{"RequestId":"r","ErrCode":"InternalError"}"#, false),
        (r#"{"Success":null,"RequestId":"r"}"#, true),
        ("<R><Success> true </Success></R>", true),
        ("<R><Success>false</Success></R>", false),
    ] {
        assert_eq!(parse_ok(body).head.success, success, "{body}");
    }
}

#[test]
fn a_failure_names_its_code_and_message() {
    let head = parse_ok(
        r#"{"Success":"false","ErrCode":"InternalError","ErrMessage":"no %s here","DynamicMessage":"luck",
        "HttpStatusCode":500,"Code":"500","RequestId":"r"}"#,
    )
    .head;
    assert_eq!(head.origin, ReplyOrigin::Call);
    assert_eq!(head.err_code.as_deref(), Some("InternalError"));
    assert_eq!(head.err_message.as_deref(), Some("no luck here"));
}

#[test]
fn every_form_of_a_gateway_error_is_recognized() {
    let expected = Head {
        origin: ReplyOrigin::Gateway,
        success: false,
        request_id: Some("r".to_owned()),
        err_code: Some("Throttling.User".to_owned()),
        err_message: Some("slow down".to_owned()),
        host_id: Some("dts.aliyuncs.com".to_owned()),
        recommend: None,
    };
    for body in [
        r#"{"Code":"Throttling.User","Message":"slow down","RequestId":"r","HostId":"dts.aliyuncs.com","AccessDeniedDetail":{}}"#,
        r#"{"code":"Throttling.User","message":"slow down","requestId":"r","hostId":"dts.aliyuncs.com"}"#,
        "<?xml version='1.0'?><Error><RequestId>r</RequestId><HostId>dts.aliyuncs.com</HostId>\
         <Code>Throttling.User</Code><Message>slow down</Message></Error>",
    ] {
        let reply = parse_ok(body);
        assert_eq!(reply.head, expected, "{body}");
        assert_eq!(reply.readings, []);
        for again in [write_json(&reply, Shape::Flat), write_xml(&reply, Shape::Flat)] {
            assert_eq!(parse_ok(&again), reply, "{again}");
        }
    }
}

#[test]
fn the_error_describes_a_body_that_is_no_reply() {
    let whole = std::str::from_utf8(SAMPLE_JSON).unwrap();
    let cut = &whole[..whole.len() - 40];
    let sample_xml = std::str::from_utf8(SAMPLE_XML).unwrap();
    for (body, begins) in [
        (b"".to_vec(), "no content; expected"),
        (b" \r\n\t".to_vec(), "no content; expected"),
        ("\u{feff}".into(), "no content; expected"),
        (b"\x89PNG\r\n\x1a\n\x00\x00".to_vec(), "binary data; expected"),
        (b"\x1f\x8b\x08\x00\x00".to_vec(), "binary data; expected"),
        (b"SQLite format 3\0\x10".to_vec(), "binary data; expected"),
        ("<!DOCTYPE html>\n<html><head><meta></head></html>".into(), "an HTML page; expected"),
        ("<HTML><body>Bad gateway<br></body></HTML>".into(), "an HTML page; expected"),
        (
            "upstream connect error".into(),
            "text that is neither JSON nor XML (it begins with \"upstream connect err…\")",
        ),
        (cut.into(), "incomplete JSON: it ends before the reply does (line 21)"),
        ("{".into(), "incomplete JSON"),
        (r#"{"RequestId":"r"#.into(), "incomplete JSON"),
        ("{\"RequestId\":\"任".as_bytes()[..15].to_vec(), "incomplete JSON"),
        (sample_xml[..sample_xml.len() / 2].into(), "incomplete XML"),
        ("<R><RequestId>r</Reque".into(), "incomplete XML"),
        ("<?xml version=\"1.0\"?>".into(), "incomplete XML"),
        ("<R><RequestId><![CDATA[r".into(), "incomplete XML"),
        (r#"{"RequestId":"r",}"#.into(), "broken JSON: trailing comma"),
        (r#"{"RequestId":"r"}{"RequestId":"s"}"#.into(), "broken JSON: trailing characters"),
        (b"{\"RequestId\":\"\xff\xfe\xfd\"}".to_vec(), "broken JSON: byte 15 is not UTF-8"),
        ("<R><RequestId>r</X></R>".into(), "broken XML: ill-formed document"),
        ("<R><RequestId>r</RequestId></R><R></R>".into(), "broken XML: more text follows"),
        ("{}".into(), "JSON of something else"),
        ("[]".into(), "JSON of something else"),
        (r#"{"name":"dts-history","Message":"hello"}"#.into(), "JSON of something else"),
        ("<svg xmlns='x'><g/></svg>".into(), "XML of something else"),
        (
            r#"{"RequestId":"r","SynchronizationInstances":[]}"#.into(),
            "the reply of another call: it has Synch",
        ),
        (
            "<R><RequestId>r</RequestId><DtsJobList/></R>".into(),
            "the reply of another call: it has DtsJobList",
        ),
    ] {
        let said = parse_error_text(&body);
        assert!(said.starts_with(begins), "{:?}\n  says {said}", String::from_utf8_lossy(&body));
        assert!(!said.ends_with('.') && !said.contains('\n'), "{said}");
    }
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let depth = 300_000;
    let (open, close) = ("[".repeat(depth), "]".repeat(depth));
    for place in ["X", "DataInitializationDetails", "RequestId"] {
        let body = format!(r#"{{"Success":true,"{place}":{open}{close}}}"#);
        assert_eq!(parse_ok(&body).readings, [], "{place}");
    }
    let objects = r#"{"Constraints":"#.repeat(depth);
    let body = format!(r#"{{"StructureInitializationDetails":[{objects}1{}]}}"#, "}".repeat(depth));
    assert_eq!(parse_ok(&body).readings, []);
    assert!(parse_error_text(format!(r#"{{"X":{open}"#)).starts_with("incomplete JSON"));

    let (open, close) = ("<a>".repeat(depth), "</a>".repeat(depth));
    let body = format!("<R><Success>true{open}{close}</Success>{open}{close}</R>");
    assert_eq!(parse_ok(&body).readings, []);
    assert!(parse_error_text(format!("<R>{open}")).starts_with("incomplete XML"));
}

#[test]
fn a_scalar_in_place_of_a_list_is_an_error() {
    for value in ["0", "7", "-1", "false", "1.5", "\"oops\"", "{\"DataInitializationDetail\":7}"] {
        let body = format!(r#"{{"RequestId":"r","DataInitializationDetails":{value}}}"#);
        assert!(matches!(super::read(body.as_bytes()), Err(Unreadable::Malformed { .. })), "{body}");
    }
    for value in ["null", "\"\"", "[]", "{}"] {
        let body = format!(r#"{{"RequestId":"r","DataInitializationDetails":{value}}}"#);
        assert_eq!(super::read(body.as_bytes()).map(|reply| reply.readings.len()), Ok(0), "{body}");
    }
}
