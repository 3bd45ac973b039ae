//! Sends one event to one webhook.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::error::DeliveryError;
use super::event::Event;
use super::format::{check_reply, webhook_request};
use super::rules::Webhook;
use crate::clock::Clock;
use crate::http_client::{self, Connect};

/// The time limit of one call, from connecting to the end of the reply's body.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum size of the part of a reply that is read. Receivers answer with a short JSON object; the rest is dropped.
pub(super) const MAX_REPLY_BYTES: usize = 64 * 1024;

/// Calls webhooks.
#[derive(Debug, Clone)]
pub struct WebhookClient {
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
}

impl WebhookClient {
    /// A client that uses the time of `clock` in signatures.
    ///
    /// # Errors
    /// If HTTPS cannot be used on this machine.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        // A small compressed reply could decompress to gigabytes; none is asked for and none is decompressed.
        let http = http_client::build(Connect {
            proxy: true,
            gzip: false,
            timeout: CALL_TIMEOUT,
            max_idle_per_host: usize::MAX,
        })?;
        Ok(Self { http, clock })
    }

    /// The time that signatures contain.
    pub(super) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Sends an event.
    ///
    /// # Errors
    /// If it was not delivered.
    pub async fn send(&self, webhook: &Webhook, event: &Event) -> Result<(), DeliveryError> {
        let secret = webhook.secret.as_ref().map(ExposeSecret::expose_secret);
        let now_ms = self.now_ms();
        let request = webhook_request(webhook, secret, event, now_ms)?;
        let mut call = self.http.post(request.url).header("content-type", "application/json");
        for (name, value) in request.headers {
            call = call.header(name, value);
        }
        let reply = call
            .body(request.body)
            .timeout(CALL_TIMEOUT)
            .send()
            .await
            .map_err(reqwest::Error::without_url)?;
        let status = reply.status().as_u16();
        let body =
            http_client::read_prefix(reply, MAX_REPLY_BYTES).await.map_err(reqwest::Error::without_url)?;
        check_reply(webhook.format, status, &body)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::{Read as _, Write as _};

    use super::*;
    use crate::clock::SystemClock;
    use crate::service::notify::rules::WebhookFormat;

    #[tokio::test]
    async fn a_reply_is_read_up_to_its_limit() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let endless = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
            let chunk = [&b"4000\r\n"[..], &[b'x'; 0x4000], b"\r\n"].concat();
            let mut sent = 0_usize;
            while stream.write_all(&chunk).is_ok() {
                sent += chunk.len();
            }
            sent
        });
        let client = WebhookClient::new(Arc::new(SystemClock)).unwrap();
        let webhook = Webhook {
            language: crate::report::Language::En,
            name: "ops".to_owned(),
            format: WebhookFormat::Json,
            url: url.into(),
            secret: None,
            events: BTreeSet::new(),
        };
        let started = std::time::Instant::now();
        client.send(&webhook, &Event::test(0)).await.unwrap();
        assert!(started.elapsed() < CALL_TIMEOUT);
        drop(client);
        let sent = tokio::task::spawn_blocking(|| endless.join().unwrap()).await.unwrap();
        assert!(sent < 64 << 20, "{sent} bytes were taken");
    }
}
