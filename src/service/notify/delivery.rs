//! The delivery task: sends what the outbox holds, and retries what could not be delivered.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::{Id, JoinSet};
use tokio::time::timeout;

use super::error::DeliveryError;
use super::rules::Rules;
use super::webhook_client::WebhookClient;
use crate::store::{Error, OutboxMessage, Store};

/// How often the outbox is polled when the task is not woken, and the pause after a database error.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
const FIRST_RETRY_AFTER_MS: i64 = 2_000;
const MAX_RETRY_AFTER_MS: i64 = 3_600_000;
/// An event that could not be delivered for three days is given up.
const GIVE_UP_AFTER_MS: i64 = 3 * 24 * 3_600_000;
/// Maximum number of messages that are read from the outbox at a time.
const BATCH_SIZE: u32 = 50;

/// Delivers the outbox. Each receiver gets its messages in order; different receivers are served concurrently, so that
/// one that does not answer delays no other.
#[derive(Debug, Clone)]
pub(in crate::service) struct DeliveryTask {
    client: WebhookClient,
    store: Store,
    rules: watch::Receiver<Arc<Rules>>,
    wake: Arc<Notify>,
}

impl DeliveryTask {
    pub(in crate::service) fn new(
        client: WebhookClient,
        store: Store,
        rules: watch::Receiver<Arc<Rules>>,
        wake: Arc<Notify>,
    ) -> Self {
        Self { client, store, rules, wake }
    }

    /// Runs until it is aborted.
    pub(in crate::service) async fn run(self) {
        let mut deliveries = JoinSet::new();
        let mut in_delivery: HashMap<Id, String> = HashMap::new();
        loop {
            match self.store.receivers_due(self.client.now_ms()).await {
                Ok(receivers) => {
                    for receiver in receivers {
                        if !in_delivery.values().any(|it| *it == receiver) {
                            let task = deliveries.spawn(self.clone().deliver_or_pause(receiver.clone()));
                            in_delivery.insert(task.id(), receiver);
                        }
                    }
                }
                Err(error) => log_outbox_error(&error),
            }
            tokio::select! {
                // Either way the outbox is polled next.
                _ = timeout(POLL_INTERVAL, self.wake.notified()) => {}
                Some(finished) = deliveries.join_next_with_id() => {
                    in_delivery.remove(&finished.map_or_else(|error| error.id(), |(id, ())| id));
                }
            }
        }
    }

    async fn deliver_or_pause(self, receiver: String) {
        if let Err(error) = self.deliver(&receiver).await {
            log_outbox_error(&error);
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Delivers the messages that are due for one receiver.
    async fn deliver(&self, receiver: &str) -> Result<(), Error> {
        let rules = Arc::clone(&self.rules.borrow());
        let webhook = rules.webhooks.iter().find(|it| it.name == receiver);
        for message in self.store.messages_due(receiver, self.client.now_ms(), BATCH_SIZE).await? {
            let result = match (webhook, serde_json::from_str(&message.body)) {
                (Some(webhook), Ok(event)) => self.client.send(webhook, &event).await,
                (None, _) => Err(DeliveryError::UnknownWebhook),
                (_, Err(error)) => Err(error.into()),
            };
            self.record_attempt(&message, result).await?;
        }
        Ok(())
    }

    async fn record_attempt(
        &self,
        message: &OutboxMessage,
        result: Result<(), DeliveryError>,
    ) -> Result<(), Error> {
        let OutboxMessage { outbox_no, event_key, receiver, tries, created_at_ms, .. } = message;
        let now_ms = self.client.now_ms();
        let Err(error) = result else {
            tracing::info!(event = event_key, receiver, "notification delivered");
            return self.store.record_delivery_attempt(*outbox_no, now_ms, None).await;
        };
        let error = error.to_string();
        let retry_at_ms = now_ms + retry_after_ms(*tries);
        let retry_at_ms = (retry_at_ms - created_at_ms < GIVE_UP_AFTER_MS).then_some(retry_at_ms);
        let given_up = retry_at_ms.is_none();
        tracing::warn!(event = event_key, receiver, error, given_up, "notification not delivered");
        self.store.record_delivery_attempt(*outbox_no, now_ms, Some((&error, retry_at_ms))).await
    }
}

fn log_outbox_error(error: &Error) {
    tracing::error!(%error, "the outbox cannot be read or written; it is retried");
}

/// Exponential backoff after this number of attempts.
fn retry_after_ms(attempts: u32) -> i64 {
    FIRST_RETRY_AFTER_MS.saturating_mul(1 << attempts.min(20)).min(MAX_RETRY_AFTER_MS)
}
