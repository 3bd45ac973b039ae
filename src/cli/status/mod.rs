//! `status`: where each job stands, in the words, figures and order of its report.

mod page; // the view as lines

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::args::Status;
use super::command_error::CommandError;
use super::output::{print, write_stdout};
use super::report_options::options;
use super::settings::Settings;
use super::signals::{Resizes, stop};
use super::terminal::{AlternateScreen, Line, Style, Terminal};
use crate::clock::{Clock as _, SystemClock};
use crate::history::analysis::{Analysis, Window};
use crate::history::figures::verdict::JobVerdict;
use crate::publish;
use crate::report::format::Format;
use crate::report::view::View;
use crate::report::{self, Options, StatusDetail};
use crate::store::Store;

pub(super) use page::{more, one_line};

/// The exit status of jobs with failures.
const FAILURES: u8 = 3;
/// The exit status of jobs that have not ended.
const STILL_RUNNING: u8 = 5;
/// Tables and failures of a job that are shown without `--all`.
const SHOWN: usize = 20;

pub(super) async fn run(settings: &Settings, args: Status) -> Result<(), CommandError> {
    let options = options(&args.locale, &settings.config)?;
    let store = Store::open_existing(&settings.database).await?;
    let watcher = Watcher { store: &store, args: &args, options };
    let result = match args.watch {
        Some(every) => watcher.watch(every).await,
        None => watcher.once().await,
    };
    store.close().await;
    result
}

struct Watcher<'a> {
    store: &'a Store,
    args: &'a Status,
    options: Options,
}

/// The answer of `--exit-code`: failures before what still runs, because nobody needs to wait to see them.
fn exit_code(analyses: &[Analysis]) -> Result<(), CommandError> {
    let has_failures = |it: &Analysis| it.failures.iter().any(|failure| failure.resolved_at_ms.is_none());
    if analyses.is_empty() {
        Err(CommandError::AlreadyReported)
    } else if analyses.iter().any(has_failures) {
        Err(CommandError::ExitStatus(FAILURES))
    } else if analyses.iter().any(|it| it.verdict != JobVerdict::Finished) {
        Err(CommandError::ExitStatus(STILL_RUNNING))
    } else {
        Ok(())
    }
}

impl Watcher<'_> {
    async fn once(&self) -> Result<(), CommandError> {
        let analyses = self.analyses().await?;
        if self.args.json {
            write_stdout(|out| Ok(report::write_status_json(&analyses, self.detail(), out)?))?;
        } else {
            print(&self.text(&analyses, self.terminal())?)?;
        }
        if self.args.exit_code { exit_code(&analyses) } else { Ok(()) }
    }

    /// Shows it again whenever there is something new, until it is told to stop.
    async fn watch(&self, every: Duration) -> Result<(), CommandError> {
        let mut stop = std::pin::pin!(stop()?);
        let mut resizes = Resizes::caught()?;
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let page = self.terminal().map(|_| AlternateScreen::open()).transpose()?;
        let (mut seen, mut analyses, mut last) = (None, Vec::new(), None);
        loop {
            tokio::select! {
                () = &mut stop => return Ok(()),
                () = resizes.next(), if page.is_some() => {}
                _ = ticks.tick() => {}
            }
            // Looking is cheap, computing is not.
            let newest = Some(self.store.newest_snapshot_id().await?);
            if seen != newest {
                (seen, analyses) = (newest, self.analyses().await?);
            }
            if let (Some(_), Some(terminal)) = (&page, self.terminal()) {
                AlternateScreen::draw(
                    terminal,
                    &self.frame(&analyses, terminal, every),
                    self.options.language.text().section.more,
                )?;
                continue;
            }
            let text = self.text(&analyses, None)?;
            if last.as_ref() != Some(&text) {
                print(&if last.is_some() { format!("\n{text}") } else { text.clone() })?;
                last = Some(text);
            }
        }
    }

    fn detail(&self) -> StatusDetail {
        if self.args.all { StatusDetail::Full } else { StatusDetail::Summary }
    }

    /// The terminal, unless JSON is wanted, which is for programs.
    fn terminal(&self) -> Option<Terminal> {
        Terminal::of_stdout().filter(|_| !self.args.json)
    }

    /// The jobs, failures first: of several the one that needs somebody.
    async fn analyses(&self) -> Result<Vec<Analysis>, CommandError> {
        let ids = match &self.args.job {
            Some(id) => vec![id.clone()],
            None => self.store.jobs().await?.into_iter().map(|it| it.job.id).collect(),
        };
        let mut analyses = Vec::with_capacity(ids.len());
        for id in &ids {
            analyses.push(publish::load_analysis(self.store, id, Window::default()).await?);
        }
        analyses.sort_by_key(|it| {
            std::cmp::Reverse(it.failures.iter().filter(|it| it.resolved_at_ms.is_none()).count())
        });
        Ok(analyses)
    }

    fn text(&self, analyses: &[Analysis], terminal: Option<Terminal>) -> anyhow::Result<String> {
        if self.args.json {
            let mut json = Vec::new();
            report::write_status_json(analyses, self.detail(), &mut json)?;
            return Ok(String::from_utf8(json)?);
        }
        let lines = self.lines(analyses, terminal);
        let lines = match terminal {
            Some(terminal) => terminal.lay_out(&lines),
            None => lines.into_iter().map(|line| line.text).collect(),
        };
        Ok(lines.join("\n") + "\n")
    }

    fn lines(&self, analyses: &[Analysis], terminal: Option<Terminal>) -> Vec<Line> {
        if analyses.is_empty() {
            return vec![Line::new(Style::Plain, self.options.language.text().cli.nothing_recorded)];
        }
        let shown = if self.args.all { usize::MAX } else { SHOWN };
        let columns = terminal.map(|terminal| terminal.columns);
        let pages = analyses.iter().map(|it| page::lines(&View::new(it, &self.options), shown, columns));
        pages.collect::<Vec<_>>().join(&Line::new(Style::Plain, ""))
    }

    /// The same under a line that says that it lives.
    fn frame(&self, analyses: &[Analysis], terminal: Terminal, every: Duration) -> Vec<Line> {
        let format = Format::new(self.options.language, self.options.zone);
        let now = format.moment(SystemClock.now_ms());
        let every = format.duration(i64::try_from(every.as_millis()).unwrap_or(i64::MAX));
        let head =
            Line { cut: true, ..Line::new(Style::Plain, (format.text.section.watching)(&now, &every)) };
        [vec![head, Line::new(Style::Plain, "")], self.lines(analyses, Some(terminal))].concat()
    }
}
