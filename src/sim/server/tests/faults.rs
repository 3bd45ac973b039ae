//! Each fault as a client sees it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::{Caller, Raw, scenario};
use crate::api::calls::initialization_status::read;
use crate::api::wire::body::Unreadable;
use crate::api::wire::head::ReplyOrigin;
use crate::model::{Phase, Reading};
use crate::sim::scenario::Scenario;
use crate::sim::scenario::fault::{Fault, FaultKind};

/// A caller whose second_reply call gets this fault.
async fn caller_with_fault(fault: Fault) -> Caller {
    Caller::of(&Scenario { fault: vec![Fault { calls: vec![2], ..fault }], ..scenario() }).await
}

/// The reply to the second_reply call; the first and the third are correct.
async fn second_reply(fault: Fault) -> reqwest::Result<Raw> {
    let caller = caller_with_fault(fault).await;
    let sound = caller.get(&[]).await;
    let spoilt = caller.try_get(&[]).await;
    let again = caller.get(&[]).await;
    assert_eq!((sound.status, again.status), (200, 200));
    assert_eq!(sound.read().readings.len(), again.read().readings.len());
    spoilt
}

async fn reply_with_fault(kind: FaultKind) -> Raw {
    second_reply(Fault::on_calls(kind, &[2])).await.expect("an reply_with_fault")
}

#[tokio::test]
async fn errors_have_the_vendors_codes_and_statuses() {
    let table = [
        (FaultKind::Throttle, 400, "Throttling.User"),
        (FaultKind::InternalError, 500, "InternalError"),
        (FaultKind::Unavailable, 503, "ServiceUnavailable"),
        (FaultKind::ExpiredToken, 400, "InvalidSecurityToken.Expired"),
        (FaultKind::NonceUsed, 400, "SignatureNonceUsed"),
        (FaultKind::Forbidden, 403, "Forbidden.RAM"),
        (FaultKind::Skewed, 400, "InvalidTimeStamp.Expired"),
    ];
    for (kind, status, code) in table {
        assert_eq!(reply_with_fault(kind).await.gateway_error(), (status, code.to_owned()));
    }
}

#[tokio::test]
async fn an_error_can_have_retry_after() {
    let fault = Fault { retry_after_ms: Some(1_200), ..Fault::on_calls(FaultKind::Throttle, &[2]) };
    let raw = second_reply(fault).await.expect("an reply_with_fault");
    let header = |name| raw.headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!((header("x-acs-retry-after"), header("retry-after")), (Some("1200"), Some("2")));
}

#[tokio::test]
async fn a_failed_call_has_status_200() {
    let raw = reply_with_fault(FaultKind::Failure).await;
    let head = raw.read().head;
    assert_eq!((raw.status, head.success, head.origin), (200, false, ReplyOrigin::Call));
    assert_eq!(head.err_code.as_deref(), Some("InternalError"));
}

#[tokio::test]
async fn a_reset_closes_the_connection_and_uses_the_nonce() {
    let error =
        second_reply(Fault::on_calls(FaultKind::Reset, &[2])).await.err().expect("no reply_with_fault");
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        text.push_str(&error.to_string());
        cause = error.source();
    }
    assert!(text.contains("reset"), "{text}");

    let caller = caller_with_fault(Fault::on_calls(FaultKind::Reset, &[2])).await;
    caller.get(&[]).await;
    let same = [("SignatureNonce", Some("once"))];
    assert!(caller.try_get(&same).await.is_err());
    assert_eq!(caller.get(&same).await.gateway_error().1, "SignatureNonceUsed");
}

#[tokio::test]
async fn a_truncated_body_is_an_error_and_half_a_body_is_not() {
    let error = second_reply(Fault::on_calls(FaultKind::Truncated, &[2]))
        .await
        .err()
        .expect("no whole reply_with_fault");
    assert!(error.is_body() || error.is_decode(), "{error:?}");

    let half = reply_with_fault(FaultKind::HalfBody).await;
    assert!(matches!(read(&half.body), Err(Unreadable::Truncated { .. })), "{:?}", read(&half.body));
}

#[tokio::test]
async fn bodies_that_are_not_replies() {
    let html = reply_with_fault(FaultKind::Html).await;
    assert_eq!(
        (html.status, html.content_type.as_str(), read(&html.body)),
        (502, "text/html", Err(Unreadable::Html))
    );
    let portal = reply_with_fault(FaultKind::HtmlOk).await;
    assert_eq!((portal.status, read(&portal.body)), (200, Err(Unreadable::Html)));
    let empty = reply_with_fault(FaultKind::Empty).await;
    assert_eq!((empty.status, read(&empty.body)), (200, Err(Unreadable::Empty)));
    let garbage = reply_with_fault(FaultKind::Garbage).await;
    assert_eq!((garbage.status, garbage.content_type.as_str()), (200, "application/json;charset=utf-8"));
    assert_eq!(read(&garbage.body), Err(Unreadable::Binary));
    let redirect = reply_with_fault(FaultKind::Redirect).await;
    let to = redirect.headers.get("location").and_then(|value| value.to_str().ok());
    assert_eq!((redirect.status, to), (302, Some("https://elsewhere.invalid/")));
    let gzip = reply_with_fault(FaultKind::FalseGzip).await;
    let encoding = gzip.headers.get("content-encoding").and_then(|value| value.to_str().ok());
    assert_eq!(encoding, Some("gzip"));
    assert_eq!(gzip.body.first(), Some(&b'{'));
}

#[tokio::test]
async fn an_oversized_body_has_the_size_and_no_length() {
    let fault = Fault { size_bytes: 3_000_001, ..Fault::on_calls(FaultKind::Oversized, &[2]) };
    let raw = second_reply(fault).await.expect("an reply_with_fault");
    assert_eq!((raw.body.len(), raw.headers.get("content-length")), (3_000_001, None));
    assert!(raw.read().head.success, "it is a reply, if somebody has the room");
}

#[tokio::test]
async fn a_slow_reply_is_delayed_and_does_not_delay_the_stop() {
    let fault = Fault { delay_ms: 150, ..Fault::on_calls(FaultKind::Slow, &[2]) };
    let began = Instant::now();
    assert_eq!(second_reply(fault).await.expect("an reply_with_fault").status, 200);
    assert!(began.elapsed() >= Duration::from_millis(150));

    let caller = caller_with_fault(Fault::on_calls(FaultKind::Slow, &[2])).await;
    caller.get(&[]).await;
    let waiting = tokio::time::timeout(Duration::from_millis(50), caller.try_get(&[])).await;
    assert!(waiting.is_err(), "it takes a minute");
    let began = Instant::now();
    caller.server.stop().await;
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_wrong_clock_is_visible_in_the_date() {
    let wrong = reply_with_fault(FaultKind::WrongDate).await;
    assert_eq!((wrong.status, wrong.date.as_str()), (200, "Wed, 01 Jul 2026 01:00:00 GMT"));
    assert_eq!(wrong.headers.get_all("date").iter().count(), 1);
    assert_eq!(reply_with_fault(FaultKind::Skewed).await.date, "Wed, 01 Jul 2026 01:00:00 GMT");
}

/// Names of the data rows of each page of one sweep, ten to a page.
async fn pages(fault: Fault) -> Vec<Vec<String>> {
    let caller = caller_with_fault(fault).await;
    let mut pages = Vec::new();
    for number in ["1", "2", "3"] {
        let rows = caller.get(&[("PageNum", Some(number))]).await.read().readings;
        let data = rows.into_iter().filter(|row: &Reading| row.key.phase == Phase::Data);
        pages.push(data.map(|row| row.key.object_name).collect());
    }
    pages
}

#[tokio::test]
async fn inserted_and_removed_rows_shift_the_pages() {
    let whole = pages(Fault { for_calls: Some(0), ..Fault::on_calls(FaultKind::RowInserted, &[]) }).await;
    let inserted = pages(Fault::on_calls(FaultKind::RowInserted, &[])).await;
    assert_eq!(inserted[0], whole[0]);
    assert_eq!(
        inserted[1][0], whole[0][9],
        "the last row of the first page stands on the second_reply again"
    );
    assert_eq!(inserted[2][0], whole[1][9]);

    let removed = pages(Fault::on_calls(FaultKind::RowRemoved, &[])).await;
    let seen: BTreeSet<_> = removed.concat().into_iter().collect();
    assert!(!seen.contains(&whole[1][0]), "the first row of the second_reply page stands on no page");
    assert_eq!(removed[1][0], whole[1][1]);
}

#[tokio::test]
async fn an_inserted_row_is_in_the_next_sweep() {
    let caller = caller_with_fault(Fault::on_calls(FaultKind::RowInserted, &[])).await;
    caller.sweep().await;
    let names = |rows: Vec<Reading>| {
        let arrived = rows.into_iter().filter(|row| row.key.object_name == "arrived_000002");
        arrived.map(|row| row.key.phase).collect::<Vec<_>>()
    };
    assert_eq!(names(caller.sweep().await), [Phase::Structure, Phase::Data]);
}

#[tokio::test]
async fn a_wrong_signature_takes_precedence_over_a_fault() {
    let caller = caller_with_fault(Fault::on_calls(FaultKind::Throttle, &[])).await;
    caller.get(&[]).await;
    assert_eq!(
        caller.get(&[("AccessKeyId", Some("nobody"))]).await.gateway_error().1,
        "InvalidAccessKeyId.NotFound"
    );
}
