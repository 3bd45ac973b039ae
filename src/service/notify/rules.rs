//! The webhooks of the configuration, and the thresholds of the events.

use std::collections::BTreeSet;

use secrecy::SecretString;

use super::event::EventKind;
use crate::report::Language;

/// The message format that a receiver accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookFormat {
    /// The event as JSON, signed with HMAC-SHA256.
    Json,
    /// A DingTalk custom robot.
    DingTalk,
    /// A Feishu or Lark custom bot.
    Feishu,
    /// A WeCom group robot.
    WeCom,
    /// A Slack incoming webhook.
    Slack,
}

/// A receiver of events.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Its name in the configuration and in the outbox.
    pub name: String,
    /// The format of its messages.
    pub format: WebhookFormat,
    /// Its address. For most receivers whoever knows it can send messages, so it is a secret.
    pub url: SecretString,
    /// The key that signs the messages.
    pub secret: Option<SecretString>,
    /// The language of its messages.
    pub language: Language,
    /// The events that it receives.
    pub events: BTreeSet<EventKind>,
}

/// The `[notify]` table of the configuration, with the webhooks.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How long nothing may change while something is migrating until that is a stall.
    pub stalled_after_ms: i64,
    /// The number of failed sweeps in a row that makes an outage.
    pub failing_after: u32,
    /// The receivers.
    pub webhooks: Vec<Webhook>,
    /// The address at which the pages of the service can be reached, without a slash at its end; `None`: no links.
    pub public_url: Option<String>,
}
