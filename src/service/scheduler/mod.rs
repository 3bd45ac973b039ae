//! The loop of the service: ticks start sweep tasks, their outcomes come back, control requests reload or stop.

mod sweeps; // what starts at a tick
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::api::transport::client::Client;
use crate::clock::Clock;
use crate::history::quality::coverage::MIN_CLOCK_SETBACK_MS;
use crate::report::text::plural::counted;
use crate::service::config_reload::ConfigReload;
use crate::service::cron_driver::CronDriver;
use crate::service::cutover;
use crate::service::descriptors::raise_descriptor_limit;
use crate::service::error::Error;
use crate::service::http::context::HttpContext;
use crate::service::http::listener::Listener;
use crate::service::http::server::Server;
use crate::service::job_states::JobStates;
use crate::service::notify::delivery::DeliveryTask;
use crate::service::notify::notifier::Notifier;
use crate::service::notify::rules::Rules;
use crate::service::notify::webhook_client::WebhookClient;
use crate::service::options::{Options, Reload, ReloadError, Setup};
use crate::service::report_publisher::{PublicationStats, Publications, ReportPublisher};
use crate::service::schedule::Schedule;
use crate::service::signals::ControlRequest;
use crate::service::state::ServiceState;
use crate::service::sweep_task::SweepOutcome;
use crate::service::systemd::{self, Notification};
use crate::store::Store;

/// Maximum number of concurrent sweeps. Each holds a few pages in memory, and all of them wait for one writer.
const MAX_CONCURRENT_SWEEPS: usize = 32;
/// How often the loop checks the clock and notifies the watchdog, unless the watchdog asks for a shorter interval.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Runs the service until `control_requests` yields a stop. `on_ready` is called once everything is in place.
///
/// # Errors
/// If the scheduler or the HTTP client for webhooks cannot be set up, the database cannot be read, or a second stop
/// aborts the sweeps that the first one lets finish.
pub async fn run(
    setup: Setup,
    store: Store,
    clock: Arc<dyn Clock>,
    reload: Reload,
    listener: Listener,
    mut control_requests: impl Stream<Item = ControlRequest> + Unpin,
    on_ready: impl FnOnce(&Options),
) -> Result<(), Error> {
    let descriptors = raise_descriptor_limit();
    // Before anything else opens files.
    store.reserve_connections().await?;
    let mut scheduler = Scheduler::new(setup, store, clock).await?;
    let mut config_reload = ConfigReload::new(reload);
    let (reload_sender, mut reload_requests) = mpsc::channel(1);
    let (store, clock) = (scheduler.store.clone(), Arc::clone(&scheduler.clock));
    let context =
        HttpContext::new(&store, Arc::clone(&clock), scheduler.state.subscribe(), reload_sender).await?;
    let webhook_client = WebhookClient::new(clock).map_err(Error::HttpClient)?;
    let (rules, wake) = (scheduler.notify_rules.subscribe(), Arc::clone(&scheduler.outbox_wake));
    let delivery = tokio::spawn(DeliveryTask::new(webhook_client, store, rules, wake).run());
    let http =
        Server::start(listener, context, scheduler.shutdown.clone(), descriptors).map_err(Error::Http)?;
    tokio::spawn(scheduler.publisher().check_folder());
    on_ready(&scheduler.options);
    scheduler.notify_ready();
    scheduler.catch_up();
    let mut heartbeat =
        interval(systemd::watchdog_interval().map_or(HEARTBEAT, |limit| limit.min(HEARTBEAT)));
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            () = scheduler.cron_driver.tick() => scheduler.on_tick(),
            Some(outcome) = scheduler.sweeps.join_next() => scheduler.on_sweep_finished(outcome.ok()),
            Some(_) = scheduler.publications.join_next() => {}
            Some(_) = scheduler.pruning.join_next() => {}
            _ = heartbeat.tick() => scheduler.on_heartbeat(),
            request = control_requests.next() => match request {
                // A closed stream can never ask again, so it is a stop too.
                Some(ControlRequest::Stop) | None => break,
                Some(ControlRequest::Reload) => config_reload.request(None),
            },
            Some(reply) = reload_requests.recv() => config_reload.request(Some(reply)),
            setup = config_reload.next_result() => {
                let result = scheduler.apply_reload(setup).await?;
                // HTTP shows the new configuration before the reload is confirmed.
                scheduler.publish_state();
                config_reload.reply(&result);
            }
        }
        scheduler.check_clock().await?;
        scheduler.publish_state();
    }
    // Callers that wait for a reload are told that the service stops.
    drop((reload_requests, config_reload));
    let result = scheduler.stop(control_requests).await;
    http.stop().await;
    // Undelivered notifications stay in the outbox.
    delivery.abort();
    result
}

struct Scheduler {
    /// The options in force; replaced by a reload.
    options: Options,
    /// The API client of each job; replaced by a reload.
    clients: BTreeMap<String, Arc<Client>>,
    store: Store,
    /// Wall time, so that tests can move it.
    clock: Arc<dyn Clock>,
    /// The state of each job; the only place that records whether a sweep of the job is in flight.
    job_states: JobStates,
    /// Decides which expressions are due at a tick.
    schedule: Schedule,
    /// The source of the ticks.
    cron_driver: CronDriver,
    /// The sweep tasks, waiting or in flight.
    sweeps: JoinSet<SweepOutcome>,
    /// The tasks that publish reports without a sweep: after the start, and on the schedule of `[publish]`.
    publications: JoinSet<()>,
    /// Shared by all report publishers: they write one report at a time, and count their failures.
    publication_state: Arc<Publications>,
    /// The retention task while it runs. It is a set so that the loop can wait for it and abort it.
    pruning: JoinSet<()>,
    /// Bounds the number of concurrent sweeps.
    sweep_permits: Arc<Semaphore>,
    /// Cancelled on shutdown: no sweep starts and HTTP accepts no connections any more.
    shutdown: CancellationToken,
    /// When the loop last ran its heartbeat, for `/healthz`.
    heartbeat_at_ms: i64,
    /// The last reading of the wall clock, and the monotonic time at which it was read: the difference to the next
    /// reading shows whether the clock was set back.
    last_clock_reading: (i64, Instant),
    /// The copy of the state that HTTP reads.
    state: watch::Sender<Arc<ServiceState>>,
    /// The webhooks in force, for the delivery task.
    notify_rules: watch::Sender<Arc<Rules>>,
    /// Wakes the delivery task when an event was put into the outbox.
    outbox_wake: Arc<Notify>,
}

impl Scheduler {
    async fn new(setup: Setup, store: Store, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let Setup { options, clients } = setup;
        let now_ms = clock.now_ms();
        let mut scheduler = Self {
            clients,
            store,
            job_states: JobStates::default(),
            schedule: schedule(&options, now_ms, None),
            cron_driver: CronDriver::start().await?,
            sweeps: JoinSet::new(),
            publications: JoinSet::new(),
            publication_state: Arc::default(),
            pruning: JoinSet::new(),
            sweep_permits: Arc::new(Semaphore::new(MAX_CONCURRENT_SWEEPS)),
            shutdown: CancellationToken::new(),
            heartbeat_at_ms: now_ms,
            last_clock_reading: (now_ms, Instant::now()),
            state: watch::Sender::new(Arc::new(service_state(
                &options,
                &JobStates::default(),
                PublicationStats::default(),
                now_ms,
            ))),
            notify_rules: watch::Sender::new(Arc::clone(&options.notify)),
            outbox_wake: Arc::default(),
            options,
            clock,
        };
        scheduler.reconfigure_job_states().await?;
        scheduler.publish_state();
        Ok(scheduler)
    }

    fn publisher(&self) -> ReportPublisher {
        ReportPublisher::new(&self.options, Arc::clone(&self.publication_state))
    }

    fn notifier(&self) -> Notifier {
        let (rules, wake) = (Arc::clone(&self.options.notify), Arc::clone(&self.outbox_wake));
        Notifier { store: self.store.clone(), rules, wake, settle: self.options.schedule.settle }
    }

    /// Publishes a copy of the state for HTTP.
    fn publish_state(&self) {
        let publications = self.publication_state.stats();
        let state = service_state(&self.options, &self.job_states, publications, self.heartbeat_at_ms);
        self.state.send_replace(Arc::new(state));
    }

    async fn reconfigure_job_states(&mut self) -> Result<(), Error> {
        let mut summaries = BTreeMap::new();
        for (job, _) in &self.options.jobs {
            if let Some(summary) = self.store.job_summary(&job.id).await? {
                summaries.insert(job.id.clone(), summary);
            }
        }
        self.job_states = std::mem::take(&mut self.job_states).reconfigured(&self.options.jobs, &summaries);
        let (limits, now_ms) = (self.options.report.cutover, self.clock.now_ms());
        for (job, _) in &self.options.jobs {
            let cutover = cutover::summary(&self.store, &job.id, limits, now_ms).await?;
            if let Some(state) = self.job_states.get_mut(&job.id) {
                state.follow = !self.options.unfollowed.contains(&job.id);
                state.cutover = cutover;
            }
        }
        Ok(())
    }

    /// Records the outcome of a sweep task; `None` if the task was aborted.
    fn on_sweep_finished(&mut self, outcome: Option<SweepOutcome>) {
        let Some(outcome) = outcome else { return };
        // A reload may have removed the job meanwhile.
        if let Some(state) = self.job_states.get_mut(&outcome.job_id) {
            state.on_sweep_finished(&outcome);
        }
        self.report_status();
    }

    fn on_heartbeat(&mut self) {
        systemd::notify(Notification::Watchdog);
        self.heartbeat_at_ms = self.clock.now_ms();
        // A folder that has become writable again is noticed before the next publication is due.
        if self.publication_state.stats().last_error.is_some() {
            tokio::spawn(self.publisher().check_folder());
        }
    }

    /// Detects a clock that was set back, which the cron scheduler does not. A sweep of each job follows at once:
    /// as long as the clock shows a time that is recorded already, the sweep is refused, and the failed snapshot
    /// puts the clock change on record.
    async fn check_clock(&mut self) -> Result<(), Error> {
        let (now_ms, (before_ms, read_at)) = (self.clock.now_ms(), self.last_clock_reading);
        self.last_clock_reading = (now_ms, Instant::now());
        let elapsed_ms = i64::try_from(read_at.elapsed().as_millis()).unwrap_or(i64::MAX);
        let by_ms = before_ms.saturating_add(elapsed_ms) - now_ms;
        if by_ms > MIN_CLOCK_SETBACK_MS {
            tracing::warn!(by_ms, "the clock was set back; the schedule starts again");
            self.cron_driver.restart().await?;
            let all: Vec<_> = self.job_states.iter().map(|it| it.job.id.clone()).collect();
            self.start_sweeps(&all, self.next_due_at_ms(now_ms));
        }
        Ok(())
    }

    /// Applies the new configuration and returns its job count; an invalid one changes nothing and its error is
    /// returned.
    async fn apply_reload(
        &mut self,
        setup: Result<Setup, ReloadError>,
    ) -> Result<Result<usize, ReloadError>, Error> {
        let result = match setup {
            Ok(Setup { options, clients }) => {
                self.schedule = schedule(&options, self.clock.now_ms(), Some(&self.schedule));
                self.notify_rules.send_replace(Arc::clone(&options.notify));
                self.options = options;
                self.clients = clients;
                self.reconfigure_job_states().await?;
                let jobs = self.options.jobs.len();
                tracing::info!(jobs, "configuration reloaded");
                self.catch_up();
                Ok(jobs)
            }
            Err(error) => {
                let message = error.to_string();
                tracing::error!(
                    error = message,
                    "the new configuration is rejected; the previous one stays in effect"
                );
                Err(error)
            }
        };
        self.notify_ready();
        Ok(result)
    }

    /// Lets the sweeps in flight end within `stop_within`. A second stop request aborts them.
    async fn stop(
        mut self,
        control_requests: impl Stream<Item = ControlRequest> + Unpin,
    ) -> Result<(), Error> {
        systemd::notify(Notification::Stopping);
        self.cron_driver.shutdown().await;
        self.shutdown.cancel();
        // Each step of the retention task is a transaction; the next run continues.
        self.pruning.shutdown().await;
        let within = self.options.schedule.stop_within;
        let sweeps = self.job_states.sweeping().len();
        tracing::info!(sweeps, within_seconds = within.as_secs_f64(), "stopping");
        let drain = async {
            while let Some(outcome) = self.sweeps.join_next().await {
                self.on_sweep_finished(outcome.ok());
            }
            while self.publications.join_next().await.is_some() {}
        };
        let mut second_stop = control_requests.filter(|it| std::future::ready(*it == ControlRequest::Stop));
        let drained = tokio::select! {
            drained = timeout(within, drain) => drained.is_ok(),
            Some(_) = second_stop.next() => {
                self.sweeps.shutdown().await;
                return Err(Error::StoppedAtOnce { jobs: self.job_states.sweeping().join(", ") });
            }
        };
        if !drained {
            let jobs = self.job_states.sweeping().join(", ");
            tracing::warn!(jobs, "sweeps aborted; nothing of them is recorded");
        }
        self.sweeps.shutdown().await;
        tracing::info!("stopped");
        Ok(())
    }

    fn notify_ready(&self) {
        systemd::notify(Notification::Ready);
        self.report_status();
    }

    /// Sets the status line of `systemctl status`.
    fn report_status(&self) {
        let states = || self.job_states.iter();
        let (jobs, sweeping) = (states().count(), states().filter(|it| it.sweeping).count());
        let ended = states().filter(|it| it.has_ended()).count();
        let failing = states().filter(|it| it.failed_in_a_row > 0).count();
        let jobs = counted(jobs, "job", "jobs");
        systemd::set_status(&format!("{jobs}: {sweeping} sweeping, {ended} ended, {failing} failing"));
    }
}

fn service_state(
    options: &Options,
    job_states: &JobStates,
    publications: PublicationStats,
    heartbeat_at_ms: i64,
) -> ServiceState {
    let jobs = job_states.iter().cloned().collect();
    let (report, table_series) = (options.report, options.table_series);
    ServiceState { jobs, report, table_series, publications, heartbeat_at_ms }
}

/// The schedule of every cron expression in the options.
fn schedule(options: &Options, now_ms: i64, previous: Option<&Schedule>) -> Schedule {
    let retention = options.retention.as_ref().map(|it| &it.cron);
    let crons = options.jobs.iter().map(|(_, cron)| cron).chain(&options.publish).chain(retention);
    Schedule::new(crons, options.zone(), now_ms, previous)
}
