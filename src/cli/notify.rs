//! `notify --test`: sends a test event to every configured webhook.

use std::sync::Arc;

use anyhow::Context as _;

use super::args::NotifyArgs;
use super::error::{CliError, CommandError, usage_error};
use super::output::{eprint_line, print};
use super::settings::Settings;
use crate::clock::{Clock as _, SystemClock};
use crate::service::notify::event::Event;
use crate::service::notify::webhook_client::WebhookClient;

pub(super) async fn run(settings: &Settings, args: NotifyArgs) -> Result<(), CommandError> {
    let config = &settings.config;
    if !args.test {
        return Err(usage_error(CliError::NoAction));
    }
    if config.webhooks.is_empty() {
        return Err(usage_error(CliError::NoWebhook));
    }
    let rules = config.notify_rules().map_err(usage_error)?;
    let client = WebhookClient::new(Arc::new(SystemClock)).context("HTTPS cannot be used on this machine")?;
    let event = Event::test(SystemClock.now_ms());
    let mut failed = 0;
    for webhook in &rules.webhooks {
        match client.send(webhook, &event).await {
            Ok(()) => print(&format!("{}: delivered\n", webhook.name))?,
            Err(error) => {
                failed += 1;
                eprint_line(&format!("error: {}: {error}", webhook.name));
            }
        }
    }
    if failed == 0 { Ok(()) } else { Err(CommandError::AlreadyReported) }
}
