//! The request of each kind of receiver, and what its reply means. Pure: the caller passes the time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sha2::Sha256;

use super::error::DeliveryError;
use super::event::{Event, EventDetails, FailedObject};
use super::rules::{Webhook, WebhookFormat};
use crate::report::number::decimal;
use crate::report::text::Text;

/// A POST request to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WebhookRequest {
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// The request that delivers an event.
pub(super) fn webhook_request(
    webhook: &Webhook,
    secret: Option<&str>,
    event: &Event,
    now_ms: i64,
) -> Result<WebhookRequest, serde_json::Error> {
    let url = webhook.url.expose_secret();
    let text = message_text(event, webhook.language.text());
    let mut request = WebhookRequest { url: url.to_owned(), headers: Vec::new(), body: String::new() };
    match webhook.format {
        WebhookFormat::Json => {
            request.body = event.to_json()?;
            request.headers.push(("x-dts-history-event", event.name().to_owned()));
            request.headers.push(("x-dts-history-id", event.id.clone()));
            if let Some(secret) = secret {
                let seconds = now_ms / 1000;
                let signature =
                    hmac_sha256(secret.as_bytes(), format!("{seconds}.{}", request.body).as_bytes());
                request.headers.push(("x-dts-history-timestamp", seconds.to_string()));
                request
                    .headers
                    .push(("x-dts-history-signature", format!("sha256={}", hex::encode(signature))));
            }
        }
        WebhookFormat::DingTalk => {
            request.body = json!({ "msgtype": "text", "text": { "content": text } }).to_string();
            if let Some(secret) = secret {
                let signature = hmac_sha256(secret.as_bytes(), format!("{now_ms}\n{secret}").as_bytes());
                let sign = STANDARD.encode(signature);
                let separator = if url.contains('?') { '&' } else { '?' };
                let sign = utf8_percent_encode(&sign, NON_ALPHANUMERIC);
                request.url = format!("{url}{separator}timestamp={now_ms}&sign={sign}");
            }
        }
        WebhookFormat::Feishu => {
            let mut body = json!({ "msg_type": "text", "content": { "text": text } });
            if let Some(secret) = secret {
                // By Feishu's documentation the timestamp and the secret are the key, and the signed text is empty.
                let seconds = now_ms / 1000;
                let signature = hmac_sha256(format!("{seconds}\n{secret}").as_bytes(), b"");
                body["timestamp"] = json!(seconds.to_string());
                body["sign"] = json!(STANDARD.encode(signature));
            }
            request.body = body.to_string();
        }
        WebhookFormat::WeCom => {
            request.body = json!({ "msgtype": "text", "text": { "content": text } }).to_string();
        }
        WebhookFormat::Slack => request.body = json!({ "text": escaped_for_slack(&text) }).to_string(),
    }
    Ok(request)
}

/// Whether the receiver accepted the message. Some receivers refuse with status 200 and a code in the body.
pub(super) fn check_reply(format: WebhookFormat, status: u16, body: &[u8]) -> Result<(), DeliveryError> {
    if !(200..300).contains(&status) {
        return Err(DeliveryError::Status(status));
    }
    let reply: Value = serde_json::from_slice(body).unwrap_or_default();
    let (code, message) = match format {
        WebhookFormat::Json | WebhookFormat::Slack => return Ok(()),
        WebhookFormat::DingTalk | WebhookFormat::WeCom => (&reply["errcode"], &reply["errmsg"]),
        WebhookFormat::Feishu => (&reply["code"], &reply["msg"]),
    };
    match code.as_i64() {
        Some(0) => Ok(()),
        Some(code) => Err(DeliveryError::Refused { code, message: message.as_str().map(str::to_owned) }),
        None => Err(DeliveryError::UnexpectedReply),
    }
}

/// The event as a message for people.
fn message_text(event: &Event, text: &Text) -> String {
    let words = &text.notification;
    let seconds = |ms: i64| decimal(ms as f64 / 1_000.0);
    let sentence = match &event.details {
        EventDetails::Failed { count, failures } => {
            let mut lines: String = failures.iter().map(|it| failure_line(it, text)).collect();
            let more = count.saturating_sub(failures.len());
            if more > 0 && !failures.is_empty() {
                lines.push_str(&(words.more_failures)(more));
            }
            (words.failed)(*count, &lines)
        }
        EventDetails::Stalled { unchanged_since } => (words.stalled)(&unchanged_since.to_string()),
        EventDetails::Resumed { unchanged_since: Some(since), unchanged_until: Some(until), .. } => {
            (words.resumed_after_stall)(&since.to_string(), &until.to_string())
        }
        EventDetails::Resumed { .. } => words.resumed.to_owned(),
        EventDetails::Finished { verdict, failed_objects, tables_finished, tables } => {
            (words.finished)((words.verdict)(*verdict), *tables_finished, *tables, *failed_objects)
        }
        EventDetails::RecorderFailing { failed_sweeps, error } => {
            (words.recorder_failing)(usize::try_from(*failed_sweeps).unwrap_or(usize::MAX), error)
        }
        EventDetails::Recovered => words.recovered.to_owned(),
        EventDetails::CaughtUp(it) => (words.caught_up)(&seconds(it.max_delay_ms), it.for_ms / 60_000),
        EventDetails::DelayHigh(it) => (words.delay_high)(&seconds(it.delay_ms), &seconds(it.max_delay_ms)),
        EventDetails::DelayRecovered(it) => {
            (words.delay_recovered)(&seconds(it.max_delay_ms), it.for_ms / 60_000)
        }
        EventDetails::Test => return (words.test)(&event.at.to_string()),
    };
    let name = event.job.as_ref().map_or_else(
        || "?".to_owned(),
        |job| match &job.name {
            Some(name) => (words.job)(name, &job.job_id),
            None => job.job_id.clone(),
        },
    );
    let report_url =
        event.report_url.as_ref().filter(|_| matches!(event.details, EventDetails::Finished { .. }));
    let links = [event.page_url.as_ref(), report_url].into_iter().flatten();
    links.fold((words.message)(&name, &sentence), |text, link| format!("{text}\n{link}"))
}

fn failure_line(failure: &FailedObject, text: &Text) -> String {
    let error: String = failure.error_message.as_deref().unwrap_or("").chars().take(200).collect();
    let object = format!("{}.{}", failure.destination_db, failure.object_name);
    (text.notification.failure)(&object, &failure.phase, &error)
}

/// Slack interprets three characters as markup, and `<!channel>` would notify every member.
fn escaped_for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::figures::verdict::JobVerdict;
    use crate::model::Timestamp;
    use crate::report::Language;
    use crate::service::notify::event::EventJob;

    fn event_of(details: EventDetails, name: Option<&str>) -> Event {
        let job = EventJob { job_id: "dtsi1".to_owned(), region: None, name: name.map(str::to_owned) };
        let at = Timestamp::from_millis(NOW_MS);
        let id = "dtsi1/failed/3".to_owned();
        Event { id, at, job: Some(job), page_url: None, report_url: None, details }
    }

    fn webhook(format: WebhookFormat, url: &str) -> Webhook {
        Webhook {
            name: "test".to_owned(),
            format,
            url: url.into(),
            secret: None,
            language: Language::En,
            events: std::collections::BTreeSet::new(),
        }
    }

    fn event() -> Event {
        let failure = FailedObject {
            phase: "structure".to_owned(),
            destination_db: "shop".to_owned(),
            object_name: "v<1>".to_owned(),
            error_message: Some("no such table".to_owned()),
        };
        event_of(EventDetails::Failed { count: 2, failures: vec![failure] }, Some("orders"))
    }

    const NOW_MS: i64 = 1_767_312_000_000;

    #[test]
    fn signatures_match_the_documentation_of_the_receivers() {
        // Computed in Python from the documentation of the receivers.
        let dingtalk = webhook_request(
            &webhook(WebhookFormat::DingTalk, "https://x/robot?access_token=t"),
            Some("SEC1"),
            &event(),
            NOW_MS,
        )
        .unwrap();
        let sign = "vDWXy5O6AF8qVeB5FjCB5wmfB5YBdkEkNxKPXc5RLMw%3D";
        assert_eq!(
            dingtalk.url,
            format!("https://x/robot?access_token=t&timestamp=1767312000000&sign={sign}")
        );
        let feishu =
            webhook_request(&webhook(WebhookFormat::Feishu, "https://x"), Some("SEC1"), &event(), NOW_MS)
                .unwrap();
        let body: Value = serde_json::from_str(&feishu.body).unwrap();
        assert_eq!(
            (&body["timestamp"], &body["sign"]),
            (&json!("1767312000"), &json!("WC3Fzi/9FKFEHrRikoCatF7QbA1JRWOQQqvJI6pcWxI="))
        );
        // RFC 4231, test case 2.
        assert_eq!(
            hex::encode(hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_message_is_a_sentence_without_slack_markup() {
        let slack =
            webhook_request(&webhook(WebhookFormat::Slack, "https://x"), None, &event(), NOW_MS).unwrap();
        let body: Value = serde_json::from_str(&slack.body).unwrap();
        assert_eq!(
            body["text"],
            "dts-history: orders (dtsi1) 2 objects failed\n- shop.v&lt;1&gt; (structure): no such table\n- and 1 more"
        );
    }

    #[test]
    fn a_message_ends_with_the_page_and_at_the_end_with_the_report_too() {
        let page = "https://dts.example.com/jobs/dtsi1".to_owned();
        let links = |details| Event {
            report_url: Some(format!("{page}/report.html")),
            page_url: Some(page.clone()),
            ..event_of(details, Some("orders"))
        };
        assert_eq!(
            message_text(&links(EventDetails::Recovered), Language::En.text()),
            "dts-history: orders (dtsi1) is recorded again\nhttps://dts.example.com/jobs/dtsi1"
        );
        let ended = EventDetails::Finished {
            verdict: JobVerdict::Finished,
            failed_objects: 0,
            tables_finished: 2,
            tables: 2,
        };
        let told = message_text(&links(ended), Language::Zh.text());
        assert!(told.starts_with("dts-history：orders（dtsi1） 已结束：全部完成"), "{told}");
        assert!(told.ends_with("/jobs/dtsi1\nhttps://dts.example.com/jobs/dtsi1/report.html"), "{told}");
    }

    #[test]
    fn counts_of_one_are_singular() {
        let text = |details: EventDetails| message_text(&event_of(details, None), Language::En.text());
        assert_eq!(
            text(EventDetails::Failed { count: 1, failures: Vec::new() }),
            "dts-history: dtsi1 1 object failed"
        );
        assert_eq!(
            text(EventDetails::RecorderFailing { failed_sweeps: 1, error: "no reply".to_owned() }),
            "dts-history: dtsi1 cannot be recorded, 1 sweep failed in a row: no reply"
        );
    }

    #[test]
    fn a_refusal_with_status_200_is_an_error() {
        let check = |format, status, body: &str| {
            check_reply(format, status, body.as_bytes()).map_err(|error| error.to_string())
        };
        assert_eq!(check(WebhookFormat::WeCom, 200, r#"{"errcode":0,"errmsg":"ok"}"#), Ok(()));
        let refused = check(WebhookFormat::DingTalk, 200, r#"{"errcode":310000,"errmsg":"sign not match"}"#);
        assert_eq!(refused, Err("code 310000: sign not match".to_owned()));
        assert!(check(WebhookFormat::Feishu, 200, "<html>").unwrap_err().contains("check the address"));
        assert_eq!(check(WebhookFormat::Slack, 200, "ok"), Ok(()));
        assert_eq!(check(WebhookFormat::Json, 500, ""), Err("status 500".to_owned()));
    }
}
