//! Delivers what waits in the outbox, and tries again what could not be delivered.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio::task::{Id, JoinSet};
use tokio::time::timeout;

use super::format::{call, taken};
use super::{Rules, Webhook};
use crate::api::use_ring;
use crate::clock::Clock;
use crate::store::{Error, OutboxMessage, Store};

/// One call, from connecting to the end of the answer.
const CALL: Duration = Duration::from_secs(10);
/// How often the outbox is looked into when nobody wakes the courier: no pause is shorter.
const LOOK: Duration = Duration::from_secs(1);
const FIRST_PAUSE_MS: i64 = 2_000;
const LONGEST_PAUSE_MS: i64 = 3_600_000;
/// An event that could not be told for three days is no news.
const GIVE_UP_AFTER_MS: i64 = 3 * 24 * 3_600_000;
const AT_ONCE: u32 = 50;

/// Calls webhooks.
#[derive(Debug, Clone)]
pub struct Courier {
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
}

impl Courier {
    /// A courier.
    ///
    /// # Errors
    /// If HTTPS cannot be used on this machine.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, String> {
        use_ring();
        let http = reqwest::Client::builder()
            .user_agent(concat!("dts-history/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(CALL)
            .build()
            .map_err(|error| format!("HTTPS cannot be used on this machine: {}", error.without_url()))?;
        Ok(Self { http, clock })
    }

    /// Tells one event now.
    ///
    /// # Errors
    /// If it could not be told: a sentence without the address, which is a secret.
    pub async fn tell(&self, webhook: &Webhook, event: &Value) -> Result<(), String> {
        let secret = webhook.secret.as_ref().map(ExposeSecret::expose_secret);
        let call = call(webhook.form, webhook.url.expose_secret(), secret, event, self.clock.now_ms());
        let mut request = self.http.post(call.url).header("content-type", "application/json");
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let lost = |error: reqwest::Error| {
            let error = error.without_url();
            match std::error::Error::source(&error) {
                Some(cause) => format!("{error}: {cause}"),
                None => error.to_string(),
            }
        };
        let answer = request.body(call.body).send().await.map_err(lost)?;
        let status = answer.status().as_u16();
        taken(webhook.form, status, &answer.text().await.map_err(lost)?)
    }

    /// Delivers until it is dropped: to each receiver one message after the other, to several side by side, so
    /// that one who does not answer keeps nobody else waiting.
    pub(in crate::service) async fn run(
        self,
        store: Store,
        rules: watch::Receiver<Arc<Rules>>,
        wake: Arc<Notify>,
    ) {
        let mut rounds = JoinSet::new();
        let mut busy: HashMap<Id, String> = HashMap::new();
        loop {
            match store.receivers_due(self.clock.now_ms()).await {
                Ok(receivers) => {
                    for receiver in receivers {
                        if busy.values().any(|it| *it == receiver) {
                            continue;
                        }
                        let now = Arc::clone(&rules.borrow());
                        let round = rounds.spawn(self.clone().round(store.clone(), now, receiver.clone()));
                        busy.insert(round.id(), receiver);
                    }
                }
                Err(error) => unusable(&error),
            }
            tokio::select! {
                // Woken or not, the next look is at what is due.
                _ = timeout(LOOK, wake.notified()) => {}
                Some(done) = rounds.join_next_with_id() => {
                    busy.remove(&done.map_or_else(|error| error.id(), |(id, ())| id));
                }
            }
        }
    }

    /// Delivers what is due for one receiver.
    async fn round(self, store: Store, rules: Arc<Rules>, receiver: String) {
        if let Err(error) = self.deliver(&store, &rules, &receiver).await {
            unusable(&error);
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn deliver(&self, store: &Store, rules: &Rules, receiver: &str) -> Result<(), Error> {
        let webhook = rules.webhooks.iter().find(|it| it.name == receiver);
        for waiting in store.messages_due(receiver, self.clock.now_ms(), AT_ONCE).await? {
            let told = match (webhook, serde_json::from_str(&waiting.body)) {
                (Some(webhook), Ok(event)) => self.tell(webhook, &event).await,
                (None, _) => Err("no [[webhook]] has this name".to_owned()),
                (_, Err(error)) => Err(format!("not an event: {error}")),
            };
            self.note(store, &waiting, told).await?;
        }
        Ok(())
    }

    async fn note(
        &self,
        store: &Store,
        waiting: &OutboxMessage,
        told: Result<(), String>,
    ) -> Result<(), Error> {
        let OutboxMessage { outbox_no, event_key, receiver, tries, created_at_ms, .. } = waiting;
        let now_ms = self.clock.now_ms();
        let Err(error) = told else {
            tracing::info!(event = event_key, receiver, "told");
            return store.record_delivery_attempt(*outbox_no, now_ms, None).await;
        };
        let next_ms = now_ms + pause_ms(*tries);
        let next_ms = (next_ms - created_at_ms < GIVE_UP_AFTER_MS).then_some(next_ms);
        let given_up = next_ms.is_none();
        tracing::warn!(event = event_key, receiver, error, given_up, "not told");
        store.record_delivery_attempt(*outbox_no, now_ms, Some((&error, next_ms))).await
    }
}

fn unusable(error: &Error) {
    tracing::error!(%error, "the outbox cannot be used; it is tried again");
}

/// How long to wait after so many tries: twice as long each time.
fn pause_ms(tries: u32) -> i64 {
    FIRST_PAUSE_MS.saturating_mul(1 << tries.min(20)).min(LONGEST_PAUSE_MS)
}
