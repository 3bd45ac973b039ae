//! What each receiver reads: pure, given the moment.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Form, verdict_text};

/// A call to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// The call that tells this event.
pub(super) fn call(form: Form, url: &str, secret: Option<&str>, event: &Value, now_ms: i64) -> Call {
    let text = sentence(event);
    let mut call = Call { url: url.to_owned(), headers: Vec::new(), body: String::new() };
    match form {
        Form::Json => {
            call.body = event.to_string();
            call.headers.push(("x-dts-history-event", event["event"].as_str().unwrap_or("").to_owned()));
            call.headers.push(("x-dts-history-id", event["id"].as_str().unwrap_or("").to_owned()));
            if let Some(secret) = secret {
                let seconds = now_ms / 1000;
                let signature = mac(secret.as_bytes(), format!("{seconds}.{}", call.body).as_bytes());
                call.headers.push(("x-dts-history-timestamp", seconds.to_string()));
                call.headers.push(("x-dts-history-signature", format!("sha256={}", hex(&signature))));
            }
        }
        Form::DingTalk => {
            call.body = json!({ "msgtype": "text", "text": { "content": text } }).to_string();
            if let Some(secret) = secret {
                let signature = mac(secret.as_bytes(), format!("{now_ms}\n{secret}").as_bytes());
                let sign = STANDARD.encode(signature);
                let joint = if url.contains('?') { '&' } else { '?' };
                let sign = utf8_percent_encode(&sign, NON_ALPHANUMERIC);
                call.url = format!("{url}{joint}timestamp={now_ms}&sign={sign}");
            }
        }
        Form::Feishu => {
            let mut body = json!({ "msg_type": "text", "content": { "text": text } });
            if let Some(secret) = secret {
                // Feishu's rule: the text to sign is the key, and nothing is signed with it.
                let seconds = now_ms / 1000;
                let signature = mac(format!("{seconds}\n{secret}").as_bytes(), b"");
                body["timestamp"] = json!(seconds.to_string());
                body["sign"] = json!(STANDARD.encode(signature));
            }
            call.body = body.to_string();
        }
        Form::WeCom => call.body = json!({ "msgtype": "text", "text": { "content": text } }).to_string(),
        Form::Slack => call.body = json!({ "text": escaped_for_slack(&text) }).to_string(),
    }
    call
}

/// Whether the receiver took it: some say no with status 200. `Err` says what they said.
pub(super) fn taken(form: Form, status: u16, body: &str) -> Result<(), String> {
    if !(200..300).contains(&status) {
        return Err(format!("status {status}"));
    }
    let said: Value = serde_json::from_str(body).unwrap_or_default();
    let (code, message) = match form {
        Form::Json | Form::Slack => return Ok(()),
        Form::DingTalk | Form::WeCom => (&said["errcode"], &said["errmsg"]),
        Form::Feishu => (&said["code"], &said["msg"]),
    };
    match code.as_i64() {
        Some(0) => Ok(()),
        Some(code) => Err(format!("code {code}: {}", message.as_str().unwrap_or("no message"))),
        None => Err("an answer without a code: check the address".to_owned()),
    }
}

/// The event for people.
fn sentence(event: &Value) -> String {
    let text = |key: &str| event[key].as_str().unwrap_or("?").to_owned();
    let job = &event["job"];
    let name = job["name"].as_str().or(job["job_id"].as_str()).unwrap_or("?");
    let what = match event["event"].as_str().unwrap_or_default() {
        "failed" => {
            let line = |it: &Value| {
                let part = |key: &str| it[key].as_str().unwrap_or("");
                let error: String = part("error_message").chars().take(200).collect();
                format!("\n- {}.{} ({}): {error}", part("destination_db"), part("object_name"), part("phase"))
            };
            let lines: String = event["failures"].as_array().into_iter().flatten().map(line).collect();
            format!("{} objects failed{lines}", event["count"])
        }
        "stalled" => format!("stalled: nothing has changed since {}", text("unchanged_since")),
        "resumed" => "moves again".to_owned(),
        "finished" => format!(
            "has ended: {}; tables finished {} of {}, objects failed {}",
            verdict_text(&text("verdict")),
            event["tables_finished"],
            event["tables"],
            event["failed_objects"]
        ),
        "recorder_failing" => {
            format!(
                "cannot be recorded, {} sweeps failed in a row: {}",
                event["failed_sweeps"],
                text("error")
            )
        }
        "recovered" => "is recorded again".to_owned(),
        _ => return format!("dts-history: a test event of {}; this webhook works", text("at")),
    };
    format!("dts-history: {name} {what}")
}

/// Slack reads three characters as marks, and `<!channel>` would call everybody.
fn escaped_for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
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
    fn signatures_are_those_that_the_receivers_compute() {
        // Computed as the receivers' documentation says, in Python.
        let dingtalk = call(Form::DingTalk, "https://x/robot?access_token=t", Some("SEC1"), &event(), NOW_MS);
        let sign = "vDWXy5O6AF8qVeB5FjCB5wmfB5YBdkEkNxKPXc5RLMw%3D";
        assert_eq!(
            dingtalk.url,
            format!("https://x/robot?access_token=t&timestamp=1767312000000&sign={sign}")
        );
        let feishu = call(Form::Feishu, "https://x", Some("SEC1"), &event(), NOW_MS);
        let body: Value = serde_json::from_str(&feishu.body).unwrap();
        assert_eq!(
            (&body["timestamp"], &body["sign"]),
            (&json!("1767312000"), &json!("WC3Fzi/9FKFEHrRikoCatF7QbA1JRWOQQqvJI6pcWxI="))
        );
        // RFC 4231, test case 2.
        assert_eq!(
            hex(&mac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn people_read_a_sentence_and_no_mark_of_slack() {
        let slack = call(Form::Slack, "https://x", None, &event(), NOW_MS);
        let body: Value = serde_json::from_str(&slack.body).unwrap();
        assert_eq!(
            body["text"],
            "dts-history: orders 2 objects failed\n- shop.v&lt;1&gt; (structure): no such table"
        );
    }

    #[test]
    fn a_no_with_status_200_is_a_no() {
        assert_eq!(taken(Form::WeCom, 200, r#"{"errcode":0,"errmsg":"ok"}"#), Ok(()));
        let refused = taken(Form::DingTalk, 200, r#"{"errcode":310000,"errmsg":"sign not match"}"#);
        assert_eq!(refused, Err("code 310000: sign not match".to_owned()));
        assert!(taken(Form::Feishu, 200, "<html>").unwrap_err().contains("check the address"));
        assert_eq!(taken(Form::Slack, 200, "ok"), Ok(()));
        assert_eq!(taken(Form::Json, 500, ""), Err("status 500".to_owned()));
    }
}
