//! `[retention]`: which old rows are removed. By default nothing is removed.

use std::time::Duration;

use anyhow::bail;
use serde::Deserialize;

use crate::prune::RetentionRules;
use crate::service::retention::Retention;

/// The `[retention]` table.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct RetentionTable {
    cron: String,
    bucket_minutes: f64,
    thin_after_days: Option<f64>,
    drop_failed_after_days: Option<f64>,
    drop_messages_after_days: Option<f64>,
    drop_jobs_after_days: Option<f64>,
}

impl Default for RetentionTable {
    fn default() -> Self {
        Self {
            // At night, and not at a full hour, when other jobs start.
            cron: "17 3 * * *".to_owned(),
            bucket_minutes: 15.0,
            thin_after_days: None,
            drop_failed_after_days: None,
            drop_messages_after_days: None,
            drop_jobs_after_days: None,
        }
    }
}

impl RetentionTable {
    /// Validates the values.
    pub(super) fn check(&self) -> anyhow::Result<Retention> {
        if !(1.0..=1440.0).contains(&self.bucket_minutes) {
            bail!("retention.bucket_minutes is {}: it must lie between 1 and 1440", self.bucket_minutes);
        }
        // Deliveries are retried for three days, and a job that is being recorded is never a day old.
        let messages_after = days_option("drop_messages_after_days", self.drop_messages_after_days, 7.0)?;
        Ok(Retention {
            cron: super::schedule::parse_cron("retention.cron", &self.cron)?,
            rules: RetentionRules {
                downsample_after: days_option("thin_after_days", self.thin_after_days, 0.0)?,
                bucket: Duration::from_secs_f64(self.bucket_minutes * 60.0),
                failed_after: days_option("drop_failed_after_days", self.drop_failed_after_days, 0.0)?,
                messages_after,
                jobs_after: days_option("drop_jobs_after_days", self.drop_jobs_after_days, 1.0)?,
            },
        })
    }
}

fn days_option(key: &str, value: Option<f64>, least: f64) -> anyhow::Result<Option<Duration>> {
    let Some(days) = value else { return Ok(None) };
    if !(least..=36_500.0).contains(&days) {
        bail!("retention.{key} is {days}: it must lie between {least} and 36500");
    }
    Ok(Some(Duration::from_secs_f64(days * 86_400.0)))
}
