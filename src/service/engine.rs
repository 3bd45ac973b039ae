//! The loop: ticks become turns, turns come back, signals end it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::board::{Board, Turn as Take};
use super::http::{self, Door, Seen, Web};
use super::keeper;
use super::publisher::Publisher;
use super::rereading::Rereading;
use super::signals::{Ask, Signals};
use super::systemd::{self, State};
use super::tell::courier::Courier;
use super::tell::{Rules, Teller};
use super::ticks::Ticks;
use super::timetable::Timetable;
use super::turn::{Done, Turn};
use super::{Error, Options, Reload, Setup};
use crate::api::client::Client;
use crate::clock::Clock;
use crate::store::Store;

/// Sweeps at one time: each holds a page or a few in memory, and all wait for one writer.
const SWEEPS_AT_ONCE: usize = 32;
/// How often the service looks at its own clock, and tells systemd that it lives if nothing shorter is asked.
const PULSE: Duration = Duration::from_secs(1);
/// A clock that shows less than before by this much was set back.
const SET_BACK_MS: i64 = crate::history::coverage::SET_BACK_MS;

/// Records until a signal asks to stop. `ready` is called once everything is in place.
///
/// # Errors
/// If the scheduler or the signals cannot be had, the database cannot be read, or a second signal cuts short
/// what the first one let finish.
pub async fn run(
    setup: Setup,
    store: Store,
    clock: Arc<dyn Clock>,
    reload: Reload,
    door: Door,
    ready: impl FnOnce(&Options),
) -> Result<(), Error> {
    let mut signals = Signals::listen().map_err(Error::Signals)?;
    let mut engine = Engine::new(setup, store, clock).await?;
    let (asks, mut asked) = mpsc::channel(1);
    let mut rereading = Rereading::new(reload);
    let web = Web::new(engine.store.clone(), Arc::clone(&engine.clock), engine.shown.subscribe(), asks);
    let courier = Courier::new(Arc::clone(&engine.clock)).map_err(Error::Courier)?;
    let (store, rules, wake) = (engine.store.clone(), engine.rules.subscribe(), Arc::clone(&engine.wake));
    let delivering = tokio::spawn(courier.run(store, rules, wake));
    let answering = tokio::spawn(http::serve(door, web, engine.stopping.clone()));
    ready(&engine.options);
    engine.say_ready();
    engine.catch_up();
    let mut pulse = interval(systemd::watchdog().map_or(PULSE, |limit| limit.min(PULSE)));
    pulse.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            expression = engine.ticks.next() => engine.strike(&expression),
            Some(done) = engine.turns.join_next() => engine.take_back(done.ok()),
            Some(_) = engine.publishing.join_next() => {}
            Some(_) = engine.pruning.join_next() => {}
            _ = pulse.tick() => engine.pulse(),
            ask = signals.next() => match ask {
                Ask::Stop => break,
                Ask::Reload => rereading.ask(None),
            },
            Some(answer) = asked.recv() => rereading.ask(Some(answer)),
            read = rereading.read() => {
                let told = engine.take_over(read).await?;
                // What is said to be in force is seen to be.
                engine.show();
                rereading.answer(&told);
            }
        }
        engine.look_at_clock().await?;
        engine.show();
    }
    // Nobody waits for an answer that will not come.
    drop((asked, rereading));
    let stopped = engine.stop(&mut signals).await;
    // An answer that is being given may end with the sweeps; a caller that holds on is not waited for.
    answering.abort();
    // What is not delivered waits in the outbox.
    delivering.abort();
    stopped
}

struct Engine {
    options: Options,
    clients: BTreeMap<String, Arc<Client>>,
    store: Store,
    clock: Arc<dyn Clock>,
    board: Board,
    timetable: Timetable,
    ticks: Ticks,
    turns: JoinSet<Done>,
    publishing: JoinSet<()>,
    publish_turn: Arc<Mutex<()>>,
    pruning: JoinSet<()>,
    permits: Arc<Semaphore>,
    stopping: CancellationToken,
    pulsed_at_ms: i64,
    /// What the clock last showed, and when that was by a clock that nobody sets.
    looked: (i64, Instant),
    shown: watch::Sender<Arc<Seen>>,
    rules: watch::Sender<Arc<Rules>>,
    wake: Arc<Notify>,
}

impl Engine {
    async fn new(setup: Setup, store: Store, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let Setup { options, clients } = setup;
        let now_ms = clock.now_ms();
        let mut engine = Self {
            clients,
            store,
            board: Board::default(),
            timetable: timetable(&options, now_ms, None),
            ticks: Ticks::start().await?,
            turns: JoinSet::new(),
            publishing: JoinSet::new(),
            publish_turn: Arc::default(),
            pruning: JoinSet::new(),
            permits: Arc::new(Semaphore::new(SWEEPS_AT_ONCE)),
            stopping: CancellationToken::new(),
            pulsed_at_ms: now_ms,
            looked: (now_ms, Instant::now()),
            shown: watch::Sender::new(Arc::new(seen(&options, &Board::default(), now_ms))),
            rules: watch::Sender::new(Arc::clone(&options.notify)),
            wake: Arc::default(),
            options,
            clock,
        };
        engine.renew_board().await?;
        engine.ticks.set(&engine.timetable).await?;
        engine.show();
        Ok(engine)
    }

    fn publisher(&self) -> Publisher {
        Publisher::new(&self.options, Arc::clone(&self.publish_turn))
    }

    fn teller(&self) -> Teller {
        let (rules, wake) = (Arc::clone(&self.options.notify), Arc::clone(&self.wake));
        Teller { store: self.store.clone(), rules, wake, settle: self.options.schedule.settle }
    }

    /// Shows what is known to whoever asks over HTTP.
    fn show(&self) {
        self.shown.send_replace(Arc::new(seen(&self.options, &self.board, self.pulsed_at_ms)));
    }

    async fn renew_board(&mut self) -> Result<(), Error> {
        let mut standings = BTreeMap::new();
        for (job, _) in &self.options.jobs {
            if let Some(standing) = self.store.job_summary(&job.id).await? {
                standings.insert(job.id.clone(), standing);
            }
        }
        self.board = std::mem::take(&mut self.board).renewed(&self.options.jobs, &standings);
        Ok(())
    }

    /// Sweeps each job that missed a time while no service ran, and publishes an end that was not published.
    fn catch_up(&mut self) {
        let (now_ms, zone) = (self.clock.now_ms(), self.options.zone());
        let missed: Vec<_> = self
            .board
            .tracks()
            .filter(|it| it.cron.next_after(it.swept_at_ms, zone).is_none_or(|next_ms| next_ms <= now_ms))
            .map(|it| it.job.id.clone())
            .collect();
        for (job, _) in &self.options.jobs {
            let Some(standing) = self.board.get_mut(&job.id).and_then(|track| track.standing) else {
                continue;
            };
            let (publisher, store) = (self.publisher(), self.store.clone());
            let (teller, job) = (self.teller(), job.clone());
            self.publishing.spawn(async move {
                publisher.at_end(&store, &job.id, &standing).await;
                teller.recorded(&job, None, &standing, now_ms).await;
            });
        }
        self.sweep(&missed, self.next_tick(now_ms));
    }

    /// A stroke: whatever this expression is for, if its time has come.
    fn strike(&mut self, expression: &str) {
        let now_ms = self.clock.now_ms();
        let due = self.timetable.look(expression, now_ms);
        let jobs = self.board.swept_by(expression);
        if due.late > 0 {
            for id in &jobs {
                if let Some(track) = self.board.get_mut(id) {
                    track.skipped.late += due.late;
                    tracing::warn!(job = id, reason = "late", ticks = due.late, "ticks skipped");
                }
            }
        }
        if due.at_ms.is_none() {
            return;
        }
        self.sweep(&jobs, self.timetable.next(expression, now_ms));
        if self.options.publish.as_ref().is_some_and(|cron| cron.as_str() == expression) {
            self.publish();
        }
        if self.options.retention.as_ref().is_some_and(|it| it.cron.as_str() == expression) {
            self.prune(now_ms);
        }
    }

    /// Removes old rows, unless that goes on still.
    fn prune(&mut self, now_ms: i64) {
        let Some(retention) = &self.options.retention else { return };
        if self.pruning.is_empty() {
            let recorded = self.options.jobs.iter().map(|(job, _)| job.id.clone()).collect();
            self.pruning.spawn(keeper::prune(self.store.clone(), retention.rules, recorded, now_ms));
        }
    }

    /// When the next sweep of any job is due.
    fn next_tick(&self, now_ms: i64) -> Option<i64> {
        let zone = self.options.zone();
        self.board.tracks().filter_map(|track| track.cron.next_after(now_ms, zone)).min()
    }

    /// Gives each of these jobs its turn, spread over the jitter, or over half the time to the next tick.
    fn sweep(&mut self, jobs: &[String], next_ms: Option<i64>) {
        let now_ms = self.clock.now_ms();
        let to_next = next_ms.and_then(|next_ms| u64::try_from(next_ms - now_ms).ok());
        let half = to_next.map_or(Duration::MAX, |ms| Duration::from_millis(ms / 2));
        let spread = self.options.schedule.jitter.min(half);
        for (position, id) in (0_u32..).zip(jobs) {
            // Always the same place for the same job, so that its own snapshots stay evenly apart.
            let share = f64::from(position) / (jobs.len() as f64);
            self.give_turn(id, spread.mul_f64(share), now_ms);
        }
    }

    fn give_turn(&mut self, job_id: &str, after: Duration, now_ms: i64) {
        let teller = self.teller();
        let publisher = self.publisher();
        let Some(track) = self.board.get_mut(job_id) else { return };
        let Some(client) = self.clients.get(job_id) else { return };
        match track.take_turn(self.options.schedule.pace, now_ms) {
            Take::Sweep => {}
            Take::Overlaps => {
                let skipped = track.skipped.overlap;
                tracing::warn!(job = job_id, reason = "overlap", skipped, "tick skipped");
                return;
            }
            Take::Rests => {
                tracing::debug!(job = job_id, reason = "resting", "tick skipped");
                return;
            }
        }
        let turn = Turn {
            job: track.job.clone(),
            client: Arc::clone(client),
            store: self.store.clone(),
            publisher,
            teller,
            clock: Arc::clone(&self.clock),
            failed_in_a_row: track.failed_in_a_row,
            standing: track.standing,
            after,
            permits: Arc::clone(&self.permits),
            stopping: self.stopping.clone(),
        };
        self.turns.spawn(turn.run());
    }

    /// Publishes every job that has not ended, one after the other; the end has its own report.
    fn publish(&mut self) {
        if !self.publishing.is_empty() {
            tracing::warn!("reports are being published still; this time is skipped");
            return;
        }
        let running = self.board.tracks().filter(|it| it.standing.is_some() && !it.has_ended());
        let jobs: Vec<_> = running.map(|it| it.job.id.clone()).collect();
        let (publisher, store) = (self.publisher(), self.store.clone());
        self.publishing.spawn(async move {
            for job_id in jobs {
                publisher.as_it_stands(&store, &job_id).await;
            }
        });
    }

    /// A turn has come back; `None` if it was aborted.
    fn take_back(&mut self, done: Option<Done>) {
        let Some(done) = done else { return };
        // A job may have left the configuration meanwhile.
        if let Some(track) = self.board.get_mut(&done.job_id) {
            track.end_turn(&done);
        }
        self.say_status();
    }

    /// Tells systemd that the loop turns.
    fn pulse(&mut self) {
        systemd::say(State::Alive);
        self.pulsed_at_ms = self.clock.now_ms();
    }

    /// Notices a clock that was set back, which the scheduler does not. A sweep of each job follows at once: while
    /// the clock shows a time that is recorded already it is refused, and so tells the history what happened.
    async fn look_at_clock(&mut self) -> Result<(), Error> {
        let (now_ms, (before_ms, looked)) = (self.clock.now_ms(), self.looked);
        self.looked = (now_ms, Instant::now());
        let passed_ms = i64::try_from(looked.elapsed().as_millis()).unwrap_or(i64::MAX);
        let by_ms = before_ms.saturating_add(passed_ms) - now_ms;
        if by_ms > SET_BACK_MS {
            tracing::warn!(by_ms, "the clock was set back; the schedule begins anew");
            self.ticks.set(&self.timetable).await?;
            let all: Vec<_> = self.board.tracks().map(|it| it.job.id.clone()).collect();
            self.sweep(&all, self.next_tick(now_ms));
        }
        Ok(())
    }

    /// Goes on with another configuration: how many jobs it has. A bad one changes nothing: why it is bad.
    async fn take_over(&mut self, read: Result<Setup, String>) -> Result<Result<usize, String>, Error> {
        let told = match read {
            Ok(Setup { options, clients }) => {
                self.timetable = timetable(&options, self.clock.now_ms(), Some(&self.timetable));
                self.rules.send_replace(Arc::clone(&options.notify));
                self.options = options;
                self.clients = clients;
                self.renew_board().await?;
                self.ticks.set(&self.timetable).await?;
                let jobs = self.options.jobs.len();
                tracing::info!(jobs, "configuration read again");
                self.catch_up();
                Ok(jobs)
            }
            Err(error) => {
                tracing::error!(error, "the new configuration is refused; the old one stays in force");
                Err(error)
            }
        };
        self.say_ready();
        Ok(told)
    }

    /// Lets the sweeps in flight end within the bound; a second signal cuts that short.
    async fn stop(mut self, signals: &mut Signals) -> Result<(), Error> {
        systemd::say(State::Stopping);
        self.ticks.stop().await;
        self.stopping.cancel();
        // Each of its steps is whole; the next run goes on.
        self.pruning.shutdown().await;
        let within = self.options.schedule.stop_within;
        let waiting = self.board.sweeping().len();
        tracing::info!(sweeps = waiting, within_seconds = within.as_secs_f64(), "stopping");
        let drain = async {
            while let Some(done) = self.turns.join_next().await {
                self.take_back(done.ok());
            }
            while self.publishing.join_next().await.is_some() {}
        };
        let ended = tokio::select! {
            ended = timeout(within, drain) => ended.is_ok(),
            () = signals.stop() => {
                self.turns.shutdown().await;
                return Err(Error::StoppedAtOnce { jobs: self.board.sweeping().join(", ") });
            }
        };
        if !ended {
            let jobs = self.board.sweeping().join(", ");
            tracing::warn!(jobs, "sweeps abandoned; nothing of them is recorded");
        }
        self.turns.shutdown().await;
        tracing::info!("stopped");
        Ok(())
    }

    fn say_ready(&self) {
        systemd::say(State::Ready);
        self.say_status();
    }

    fn say_status(&self) {
        let tracks = || self.board.tracks();
        let (jobs, sweeping) = (tracks().count(), tracks().filter(|it| it.sweeping).count());
        let ended = tracks().filter(|it| it.has_ended()).count();
        let failing = tracks().filter(|it| it.failed_in_a_row > 0).count();
        systemd::status(&format!("{jobs} jobs: {sweeping} sweeping, {ended} ended, {failing} failing"));
    }
}

fn seen(options: &Options, board: &Board, pulsed_at_ms: i64) -> Seen {
    let tracks = board.tracks().cloned().collect();
    Seen { tracks, report: options.report, table_series: options.table_series, pulsed_at_ms }
}

/// Every expression of the options.
fn timetable(options: &Options, now_ms: i64, before: Option<&Timetable>) -> Timetable {
    let pruning = options.retention.as_ref().map(|it| &it.cron);
    let crons = options.jobs.iter().map(|(_, cron)| cron).chain(&options.publish).chain(pruning);
    Timetable::new(crons, options.zone(), now_ms, before)
}
