use super::*;
use crate::clock::ManualClock;
use crate::history::figures::cutover::CutoverLimits;
use crate::model::{Job, JobKind};
use crate::report::{self, Language};
use crate::service::cron::Cron;
use crate::service::idle_backoff::IdleBackoff;
use crate::service::options::ScheduleOptions;
use std::collections::BTreeSet;

/// 2026-01-02T00:00:00Z
const START_MS: i64 = 1_767_312_000_000;
const SECOND_MS: i64 = 1000;

/// A scheduler of one job that is due every second. It has no API client, so its sweeps never start.
async fn scheduler(folder: &std::path::Path, clock: Arc<ManualClock>) -> Scheduler {
    let cron = Cron::parse("* * * * * *").unwrap();
    let schedule = ScheduleOptions {
        cron: cron.clone(),
        jitter: Duration::ZERO,
        idle_backoff: IdleBackoff::default(),
        settle: Duration::ZERO,
        stop_within: Duration::ZERO,
    };
    let options = Options {
        jobs: vec![(
            Job { id: "dtsone".to_owned(), region: None, name: None, kind: JobKind::default() },
            cron,
        )],
        unfollowed: BTreeSet::new(),
        schedule,
        report: report::Options {
            language: Language::En,
            zone: chrono_tz::Tz::UTC,
            cutover: CutoverLimits::DEFAULT,
        },
        reports: folder.to_owned(),
        publish: None,
        table_series: 0,
        retention: None,
        notify: Arc::new(Rules {
            stalled_after_ms: 0,
            failing_after: 1,
            webhooks: Vec::new(),
            public_url: None,
        }),
    };
    let store = Store::open(&folder.join("h.db")).await.unwrap();
    Scheduler::new(Setup { options, clients: BTreeMap::new() }, store, clock).await.unwrap()
}

fn late_ticks(scheduler: &Scheduler) -> u64 {
    scheduler.job_states.iter().map(|it| it.skipped_ticks.late).sum()
}

#[tokio::test]
async fn ticks_missed_during_a_suspension_are_skipped_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(START_MS));
    let mut scheduler = scheduler(folder.path(), Arc::clone(&clock)).await;
    clock.advance_ms(SECOND_MS);
    scheduler.on_tick();
    assert_eq!(late_ticks(&scheduler), 0);
    clock.advance_ms(4 * SECOND_MS);
    scheduler.on_tick();
    assert_eq!(late_ticks(&scheduler), 3, "the fourth is not late");
    clock.advance_ms(60 * SECOND_MS);
    scheduler.on_tick();
    assert_eq!(late_ticks(&scheduler), 3 + 59, "the newest tick is always due, unless it is late itself");
}

#[tokio::test]
async fn ticks_after_the_clock_was_set_back_are_not_late() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(START_MS));
    let mut scheduler = scheduler(folder.path(), Arc::clone(&clock)).await;
    clock.advance_ms(-3_600_000);
    scheduler.check_clock().await.unwrap();
    assert!(scheduler.last_clock_reading.0 < START_MS);
    clock.advance_ms(SECOND_MS);
    scheduler.on_tick();
    assert_eq!(late_ticks(&scheduler), 0, "the hour that is repeated is not late");
}
