//! `status`: shows the state of each job with the texts, figures and order of its report.

mod page; // the view as lines

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::args::StatusArgs;
use super::error::CommandError;
use super::output::{print, write_stdout};
use super::report_options::report_options;
use super::settings::Settings;
use super::signals::{ResizeSignal, stop_signal};
use super::terminal::{AlternateScreen, Line, Style, Terminal};
use crate::clock::{Clock as _, SystemClock};
use crate::history::analysis::{Analysis, Window};
use crate::history::figures::cutover::CutoverLimits;
use crate::history::figures::verdict::JobVerdict;
use crate::publish;
use crate::report::format::Formatter;
use crate::report::view::View;
use crate::report::{self, Options, StatusDetail};
use crate::store::Store;

pub(super) use page::{error_line, hidden_count};

/// The exit status of jobs with failures.
const FAILURES: u8 = 3;
/// The exit status of jobs that have not ended.
const STILL_RUNNING: u8 = 5;
/// Maximum number of tables, and of failures, of a job without `--all`.
const MAX_SHOWN_ROWS: usize = 20;

pub(super) async fn run(settings: &Settings, args: StatusArgs) -> Result<(), CommandError> {
    let options = report_options(&args.locale, &settings.config)?;
    let store = Store::open_existing(&settings.database).await?;
    let printer = StatusPrinter { store: &store, args: &args, options };
    let result = match args.watch {
        Some(every) => printer.watch(every).await,
        None => printer.print_once().await,
    };
    store.close().await;
    result
}

struct StatusPrinter<'a> {
    store: &'a Store,
    args: &'a StatusArgs,
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

impl StatusPrinter<'_> {
    async fn print_once(&self) -> Result<(), CommandError> {
        let analyses = self.analyses().await?;
        if self.args.json {
            write_stdout(|out| Ok(report::write_status_json(&analyses, self.detail(), out)?))?;
        } else {
            print(&self.text(&analyses, self.terminal())?)?;
        }
        if self.args.exit_code { exit_code(&analyses) } else { Ok(()) }
    }

    /// Prints again after each change, until it is stopped.
    async fn watch(&self, every: Duration) -> Result<(), CommandError> {
        let mut stop = std::pin::pin!(stop_signal()?);
        let mut resizes = ResizeSignal::register()?;
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
            // The analysis is expensive, and only repeated for a new snapshot.
            let newest = Some(self.store.revision().await?);
            if seen != newest {
                (seen, analyses) = (newest, self.analyses().await?);
            }
            if let (Some(_), Some(terminal)) = (&page, self.terminal()) {
                AlternateScreen::draw(
                    terminal,
                    &self.watch_frame(&analyses, terminal, every),
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

    /// The terminal; `None` for JSON.
    fn terminal(&self) -> Option<Terminal> {
        Terminal::from_stdout().filter(|_| !self.args.json)
    }

    /// The analyses of the jobs, most open failures first.
    async fn analyses(&self) -> Result<Vec<Analysis>, CommandError> {
        let ids = match &self.args.job {
            Some(id) => vec![id.clone()],
            None => self.store.jobs().await?.into_iter().map(|it| it.job.id).collect(),
        };
        let mut analyses = Vec::with_capacity(ids.len());
        for id in &ids {
            analyses.push(
                publish::load_analysis(self.store, id, Window::default(), CutoverLimits::DEFAULT).await?,
            );
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
        let shown = if self.args.all { usize::MAX } else { MAX_SHOWN_ROWS };
        let columns = terminal.map(|terminal| terminal.columns);
        let pages = analyses.iter().map(|it| page::job_lines(&View::new(it, &self.options), shown, columns));
        pages.collect::<Vec<_>>().join(&Line::new(Style::Plain, ""))
    }

    /// The lines of `--watch`, under a line with the time and the interval.
    fn watch_frame(&self, analyses: &[Analysis], terminal: Terminal, every: Duration) -> Vec<Line> {
        let format = Formatter::new(self.options.language, self.options.zone);
        let now = format.moment(SystemClock.now_ms());
        let every = format.duration(i64::try_from(every.as_millis()).unwrap_or(i64::MAX));
        let head =
            Line { cut: true, ..Line::new(Style::Plain, (format.text.section.watching)(&now, &every)) };
        [vec![head, Line::new(Style::Plain, "")], self.lines(analyses, Some(terminal))].concat()
    }
}
