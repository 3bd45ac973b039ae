//! The request of each kind of receiver, and what its reply means. Pure: the caller passes the time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::Sha256;

use super::error::DeliveryError;
use super::rules::WebhookFormat;
use crate::history::figures::verdict::JobVerdict;
use crate::report::text::{Language, Text};

/// A POST request to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WebhookRequest {
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// The request that delivers an event.
pub(super) fn webhook_request(
    format: WebhookFormat,
    url: &str,
    secret: Option<&str>,
    event: &Value,
    now_ms: i64,
) -> WebhookRequest {
    let text = message_text(event, Language::En.text());
    let mut request = WebhookRequest { url: url.to_owned(), headers: Vec::new(), body: String::new() };
    match format {
        WebhookFormat::Json => {
            request.body = event.to_string();
            request.headers.push(("x-dts-history-event", event["event"].as_str().unwrap_or("").to_owned()));
            request.headers.push(("x-dts-history-id", event["id"].as_str().unwrap_or("").to_owned()));
            if let Some(secret) = secret {
                let seconds = now_ms / 1000;
                let signature = mac(secret.as_bytes(), format!("{seconds}.{}", request.body).as_bytes());
                request.headers.push(("x-dts-history-timestamp", seconds.to_string()));
                request
                    .headers
                    .push(("x-dts-history-signature", format!("sha256={}", hex::encode(signature))));
            }
        }
        WebhookFormat::DingTalk => {
            request.body = json!({ "msgtype": "text", "text": { "content": text } }).to_string();
            if let Some(secret) = secret {
                let signature = mac(secret.as_bytes(), format!("{now_ms}\n{secret}").as_bytes());
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
                let signature = mac(format!("{seconds}\n{secret}").as_bytes(), b"");
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
    request
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
fn message_text(event: &Value, text: &Text) -> String {
    let words = &text.notification;
    let field = |key: &str| event[key].as_str().unwrap_or("?");
    let count = |key: &str| event[key].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or_default();
    let job = &event["job"];
    let name = job["name"].as_str().or(job["job_id"].as_str()).unwrap_or("?");
    let sentence = match event["event"].as_str().unwrap_or_default() {
        "failed" => {
            let failures = event["failures"].as_array().map_or(&[][..], Vec::as_slice);
            let mut lines: String = failures.iter().map(|it| failure_line(it, text)).collect();
            let more = count("count").saturating_sub(failures.len());
            if more > 0 && !failures.is_empty() {
                lines.push_str(&(words.more_failures)(more));
            }
            (words.failed)(count("count"), &lines)
        }
        "stalled" => (words.stalled)(field("unchanged_since")),
        "resumed" => words.resumed.to_owned(),
        "finished" => (words.finished)(
            verdict_text(field("verdict"), text),
            count("tables_finished"),
            count("tables"),
            count("failed_objects"),
        ),
        "recorder_failing" => (words.recorder_failing)(count("failed_sweeps"), field("error")),
        "recovered" => words.recovered.to_owned(),
        _ => return (words.test)(field("at")),
    };
    (words.message)(name, &sentence)
}

fn failure_line(failure: &Value, text: &Text) -> String {
    let field = |key: &str| failure[key].as_str().unwrap_or("");
    let error: String = field("error_message").chars().take(200).collect();
    let object = format!("{}.{}", field("destination_db"), field("object_name"));
    (text.notification.failure)(&object, field("phase"), &error)
}

/// Slack interprets three characters as markup, and `<!channel>` would notify every member.
fn escaped_for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// The words for a verdict in a message.
fn verdict_text<'a>(verdict: &'a str, text: &Text) -> &'a str {
    let ends = [JobVerdict::Finished, JobVerdict::FinishedWithFailures, JobVerdict::Failed];
    ends.into_iter().find(|it| it.as_str() == verdict).map_or(verdict, text.notification.verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Value {
        json!({ "event": "failed", "id": "dtsi1/failed/3", "at": "2026-01-02T00:00:00.000Z",
            "job": { "job_id": "dtsi1", "region": null, "name": "orders" }, "count": 2,
            "failures": [{ "phase": "structure", "destination_db": "shop", "object_name": "v<1>",
                "error_message": "no such table" }] })
    }

    const NOW_MS: i64 = 1_767_312_000_000;

    #[test]
    fn signatures_match_the_documentation_of_the_receivers() {
        // Computed in Python from the documentation of the receivers.
        let dingtalk = webhook_request(
            WebhookFormat::DingTalk,
            "https://x/robot?access_token=t",
            Some("SEC1"),
            &event(),
            NOW_MS,
        );
        let sign = "vDWXy5O6AF8qVeB5FjCB5wmfB5YBdkEkNxKPXc5RLMw%3D";
        assert_eq!(
            dingtalk.url,
            format!("https://x/robot?access_token=t&timestamp=1767312000000&sign={sign}")
        );
        let feishu = webhook_request(WebhookFormat::Feishu, "https://x", Some("SEC1"), &event(), NOW_MS);
        let body: Value = serde_json::from_str(&feishu.body).unwrap();
        assert_eq!(
            (&body["timestamp"], &body["sign"]),
            (&json!("1767312000"), &json!("WC3Fzi/9FKFEHrRikoCatF7QbA1JRWOQQqvJI6pcWxI="))
        );
        // RFC 4231, test case 2.
        assert_eq!(
            hex::encode(mac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_message_is_a_sentence_without_slack_markup() {
        let slack = webhook_request(WebhookFormat::Slack, "https://x", None, &event(), NOW_MS);
        let body: Value = serde_json::from_str(&slack.body).unwrap();
        assert_eq!(
            body["text"],
            "dts-history: orders 2 objects failed\n- shop.v&lt;1&gt; (structure): no such table\n- and 1 more"
        );
    }

    #[test]
    fn counts_of_one_are_singular() {
        let text = |event: Value| message_text(&event, Language::En.text());
        let job = json!({ "job_id": "dtsi1" });
        assert_eq!(
            text(json!({ "event": "failed", "job": job, "count": 1, "failures": [] })),
            "dts-history: dtsi1 1 object failed"
        );
        assert_eq!(
            text(json!({ "event": "recorder_failing", "job": job, "failed_sweeps": 1, "error": "no reply" })),
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
