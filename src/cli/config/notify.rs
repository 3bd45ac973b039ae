//! `[notify]` and `[[webhook]]`: events and their receivers. Addresses and secrets are outside of the file.

use std::collections::BTreeSet;

use anyhow::{Context as _, anyhow, bail};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::report::Language;
use crate::service::notify::event::EventKind;
use crate::service::notify::rules::{Rules, Webhook, WebhookFormat};

/// The `[notify]` table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Notify {
    /// Minutes without a change, while something is migrating, after which the job has stalled.
    pub stalled_minutes: f64,
    /// Number of consecutive failed sweeps that make an outage.
    pub failing_sweeps: u32,
}

impl Default for Notify {
    fn default() -> Self {
        Self { stalled_minutes: 30.0, failing_sweeps: 5 }
    }
}

/// A `[[webhook]]` table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WebhookTable {
    name: String,
    format: FormatName,
    url_env: Option<String>,
    url_file: Option<String>,
    secret_env: Option<String>,
    secret_file: Option<String>,
    events: Option<Vec<EventKind>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FormatName {
    Json,
    DingTalk,
    Feishu,
    Lark,
    WeCom,
    Slack,
}

/// Validates the tables, without reading the secrets.
pub(super) fn check_notify(notify: &Notify, webhooks: &[WebhookTable]) -> anyhow::Result<()> {
    if !(0.01..=100_000.0).contains(&notify.stalled_minutes) {
        bail!("notify.stalled_minutes is {}: it must lie between 0.01 and 100000", notify.stalled_minutes);
    }
    if notify.failing_sweeps == 0 {
        bail!("notify.failing_sweeps is 0: it must be at least 1");
    }
    let mut names = BTreeSet::new();
    for webhook in webhooks {
        if webhook.name.trim().is_empty() || !names.insert(&webhook.name) {
            bail!(
                "the webhook {:?} has no name or that of another: give each [[webhook]] a name of its own",
                webhook.name
            );
        }
        if webhook.url_env.is_some() == webhook.url_file.is_some() {
            bail!(
                "the webhook {:?} must have one of url_env (a variable that holds its address) and url_file (a \
                 file that does): its address is a secret",
                webhook.name
            );
        }
        if webhook.secret_env.is_some() && webhook.secret_file.is_some() {
            bail!("the webhook {:?} has both secret_env and secret_file: keep one of them", webhook.name);
        }
    }
    Ok(())
}

/// Reads the addresses and secrets of the webhooks, and returns the rules with them.
///
/// # Errors
/// If an address or a secret cannot be read. The message names the webhook and the variable or file.
pub(super) fn resolve_rules(
    notify: &Notify,
    webhooks: &[WebhookTable],
    language: Language,
    public_url: Option<String>,
) -> anyhow::Result<Rules> {
    let webhooks = webhooks.iter().map(|it| resolve_webhook(it, language)).collect::<anyhow::Result<_>>()?;
    // The range was checked: far below 2^53.
    #[expect(clippy::cast_possible_truncation, reason = "at most 100000 minutes")]
    let stalled_after_ms = (notify.stalled_minutes * 60_000.0) as i64;
    Ok(Rules { stalled_after_ms, failing_after: notify.failing_sweeps, webhooks, public_url })
}

fn resolve_webhook(table: &WebhookTable, language: Language) -> anyhow::Result<Webhook> {
    let named_error = |error: anyhow::Error| anyhow!("the webhook {:?}: {error:#}", table.name);
    let url = read_secret(table.url_env.as_ref(), table.url_file.as_ref()).map_err(named_error)?;
    let url = url.ok_or_else(|| named_error(anyhow!("it has no address: give url_env or url_file")))?;
    let address = url.expose_secret();
    let here =
        ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|it| address.starts_with(it));
    if !here && !address.starts_with("https://") {
        return Err(named_error(anyhow!(
            "its address does not begin with https://: events and secrets must not be read on the way"
        )));
    }
    let secret = read_secret(table.secret_env.as_ref(), table.secret_file.as_ref()).map_err(named_error)?;
    let events = match &table.events {
        None => EventKind::ALL.into_iter().collect(),
        Some(events) => events.iter().copied().collect(),
    };
    let format = match table.format {
        FormatName::Json => WebhookFormat::Json,
        FormatName::DingTalk => WebhookFormat::DingTalk,
        FormatName::Feishu | FormatName::Lark => WebhookFormat::Feishu,
        FormatName::WeCom => WebhookFormat::WeCom,
        FormatName::Slack => WebhookFormat::Slack,
    };
    Ok(Webhook { name: table.name.clone(), format, url, secret, language, events })
}

fn read_secret(variable: Option<&String>, file: Option<&String>) -> anyhow::Result<Option<SecretString>> {
    let (text, place) = match (variable, file) {
        (Some(variable), _) => {
            let text =
                std::env::var(variable).with_context(|| format!("the variable {variable} is not set"))?;
            (text, variable)
        }
        (None, Some(path)) => {
            (std::fs::read_to_string(path).with_context(|| format!("cannot read the file {path}"))?, path)
        }
        (None, None) => return Ok(None),
    };
    match text.trim() {
        "" => bail!("{place} is empty"),
        text => Ok(Some(text.into())),
    }
}
