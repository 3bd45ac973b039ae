//! `[notify]` and `[[webhook]]`: who is told what. Addresses and secrets come from outside of the file.

use std::collections::BTreeSet;

use anyhow::{Context as _, anyhow, bail};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::service::notify::event::Event;
use crate::service::notify::rules::{Rules, Webhook, WebhookFormat};

/// `[notify]` as it is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Notify {
    /// No change for so long, while something migrates, is a stall.
    pub stalled_minutes: f64,
    /// So many failed sweeps in a row are an outage.
    pub failing_sweeps: u32,
}

impl Default for Notify {
    fn default() -> Self {
        Self { stalled_minutes: 30.0, failing_sweeps: 5 }
    }
}

/// `[[webhook]]` as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WebhookTable {
    name: String,
    format: Format,
    url_env: Option<String>,
    url_file: Option<String>,
    secret_env: Option<String>,
    secret_file: Option<String>,
    events: Option<Vec<Wanted>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Json,
    DingTalk,
    Feishu,
    Lark,
    WeCom,
    Slack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Failed,
    Stalled,
    Resumed,
    Finished,
    RecorderFailing,
    Recovered,
}

/// Checks what can be checked without the secrets.
pub(super) fn check(notify: &Notify, webhooks: &[WebhookTable]) -> anyhow::Result<()> {
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

/// The rules with their secrets, which are read now.
///
/// # Errors
/// If an address or a secret is not to be had: a sentence that names the webhook and the place.
pub fn rules(notify: &Notify, webhooks: &[WebhookTable]) -> anyhow::Result<Rules> {
    let webhooks = webhooks.iter().map(webhook).collect::<anyhow::Result<_>>()?;
    // Checked: far below 2^53.
    #[expect(clippy::cast_possible_truncation, reason = "at most 100000 minutes")]
    let stalled_after_ms = (notify.stalled_minutes * 60_000.0) as i64;
    Ok(Rules { stalled_after_ms, failing_after: notify.failing_sweeps, webhooks })
}

fn webhook(table: &WebhookTable) -> anyhow::Result<Webhook> {
    let of = |error: anyhow::Error| anyhow!("the webhook {:?}: {error:#}", table.name);
    let url = read(table.url_env.as_ref(), table.url_file.as_ref()).map_err(of)?;
    let url = url.ok_or_else(|| of(anyhow!("it has no address: give url_env or url_file")))?;
    let address = url.expose_secret();
    let here =
        ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|it| address.starts_with(it));
    if !here && !address.starts_with("https://") {
        return Err(of(anyhow!(
            "its address does not begin with https://: events and secrets must not be read on the way"
        )));
    }
    let secret = read(table.secret_env.as_ref(), table.secret_file.as_ref()).map_err(of)?;
    let events = match &table.events {
        None => Event::ALL.into_iter().collect(),
        Some(events) => events.iter().map(|it| (*it).into()).collect(),
    };
    let format = match table.format {
        Format::Json => WebhookFormat::Json,
        Format::DingTalk => WebhookFormat::DingTalk,
        Format::Feishu | Format::Lark => WebhookFormat::Feishu,
        Format::WeCom => WebhookFormat::WeCom,
        Format::Slack => WebhookFormat::Slack,
    };
    Ok(Webhook { name: table.name.clone(), format, url, secret, events })
}

fn read(variable: Option<&String>, file: Option<&String>) -> anyhow::Result<Option<SecretString>> {
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

impl From<Wanted> for Event {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Failed => Self::Failed,
            Wanted::Stalled => Self::Stalled,
            Wanted::Resumed => Self::Resumed,
            Wanted::Finished => Self::Finished,
            Wanted::RecorderFailing => Self::RecorderFailing,
            Wanted::Recovered => Self::Recovered,
        }
    }
}
