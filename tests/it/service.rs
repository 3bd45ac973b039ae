//! The service as its users run it: the built program, real signals, a real simulator.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::simulator::Simulator;
use crate::support::Folder;

const DATABASE: &str = "dts-history.db";
/// A world in which much goes on for a minute or so.
const RUNNING_SCENARIO: &str = "speed = 200\n";
/// A world that is over in a second or two, after which its replies stay the same.
const SHORT_SCENARIO: &str = "speed = 100000\n[events]\nsynchronization = false\n";
/// Far longer than anything here takes, and short enough to wait for when it fails.
const WAIT_TIMEOUT: Duration = Duration::from_mins(1);

/// A running `dts-history serve`; killed when dropped.
pub(crate) struct Service {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
    said: Arc<Mutex<Vec<String>>>,
}

impl Service {
    /// Runs the configuration in the folder, and waits until it is ready.
    pub(crate) fn start(folder: &Folder, simulator: &Simulator) -> Self {
        Self::start_with(folder, simulator, &["serve", "--listen", "127.0.0.1:0"], &[])
    }

    pub(crate) fn start_with(
        folder: &Folder,
        simulator: &Simulator,
        args: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        Self::start_command(folder.command(args), simulator, variables)
    }

    /// Runs the configuration in the folder with this many file descriptors at most.
    #[cfg(unix)]
    pub(crate) fn start_with_descriptors(folder: &Folder, simulator: &Simulator, descriptors: u32) -> Self {
        let program = folder.command(&[]);
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {descriptors}; exec \"$0\" \"$@\"")]);
        command.arg(program.get_program()).args(["serve", "--listen", "127.0.0.1:0"]);
        command.current_dir(folder.path("")).env_clear();
        command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("PATH", std::env::var_os("PATH").unwrap());
        Self::start_command(command, simulator, &[])
    }

    fn start_command(mut command: Command, simulator: &Simulator, variables: &[(&str, &str)]) -> Self {
        command
            .envs(variables.iter().copied())
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", &simulator.access_key_id)
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &simulator.access_key_secret);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (stderr, lines) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&said));
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.rsplit(' ').next().unwrap_or_default().trim().trim_end_matches('/').to_owned();
        let service = Self { child, address, said };
        assert!(first.starts_with("recording "), "{first:?}, {:?}", service.log_lines());
        service
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log_lines(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    pub(crate) fn count_log_lines(&self, words: &[&str]) -> usize {
        self.log_lines().iter().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }

    /// Waits until so many lines with all these words have been logged.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, words: &[&str], times: usize) {
        let start = Instant::now();
        while self.count_log_lines(words) < times {
            assert!(
                start.elapsed() < WAIT_TIMEOUT,
                "not {times} lines with {words:?} in {:#?}",
                self.log_lines()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn send_signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// Waits for the end; the exit status.
    #[track_caller]
    pub(crate) fn wait_for_exit(&mut self) -> i32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(start.elapsed() < WAIT_TIMEOUT, "it does not end: {:#?}", self.log_lines());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A sweep each second of every job of the simulator, with more of the configuration around it.
pub(crate) fn configuration(simulator: &Simulator, schedule: &str, jobs: &[&str]) -> String {
    let job = |id: &&str| format!("[[job]]\nid = \"{id}\"\nregion = \"cn-hangzhou\"\n");
    let jobs = jobs.iter().map(job).collect::<Vec<_>>().concat();
    format!(
        "[api]\nendpoint = \"{}\"\nretry_for_seconds = 0\ntimeout_seconds = 60\n\
         [schedule]\ncron = \"* * * * * *\"\njitter_seconds = 0\n{schedule}\n{jobs}",
        simulator.endpoint
    )
}

fn start_serving(scenario: &str, schedule: &str) -> (Folder, Simulator, Service) {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, scenario);
    folder.write("dts-history.toml", configuration(&simulator, schedule, &[&simulator.job]));
    let service = Service::start(&folder, &simulator);
    (folder, simulator, service)
}

/// Every call gets its reply after this time.
fn scenario_with_delay(delay_ms: u32) -> String {
    format!("{RUNNING_SCENARIO}[[fault]]\nkind = \"slow\"\nrate = 1.0\ndelay_ms = {delay_ms}\n")
}

#[track_caller]
fn assert_consistent(folder: &Folder) {
    assert_eq!(folder.query(DATABASE, "pragma integrity_check"), ["ok"]);
    let overlapping = "select count(*) from snapshots as one join snapshots as two using (job_id)
        where one.snapshot_id < two.snapshot_id and two.started_at < one.finished_at";
    assert_eq!(folder.query(DATABASE, overlapping), ["0"]);
    let torn = "select count(*) from table_history left join snapshots using (snapshot_id)
        where outcome is not 'complete'";
    assert_eq!(folder.query(DATABASE, torn), ["0"]);
}

#[test]
fn serve_records_on_schedule_until_stopped() {
    let (folder, _simulator, mut service) = start_serving(RUNNING_SCENARIO, "");
    service.wait_for_log(&["recorded", "pages=", "objects=", "changes=", "duration_ms="], 3);
    service.send_signal("TERM");
    assert_eq!(service.wait_for_exit(), 0, "{:#?}", service.log_lines());
    let snapshots = folder.query(DATABASE, "select outcome, count(*) >= 3 from snapshots group by 1");
    assert_eq!(snapshots, ["complete|1"]);
    assert_consistent(&folder);
    // On the second, but for the scheduler's half: the time of the sweep, not that of the start.
    let late = "select count(*) from snapshots where snapshot_id > 1 and substr(started_at, 21, 3) > '750'";
    assert_eq!(folder.query(DATABASE, late), ["0"]);
}

#[test]
fn initial_sweeps_are_spread_until_the_next_tick_at_most() {
    let folder = Folder::new();
    let simulator =
        Simulator::start(&folder, "speed = 200\n[[job]]\nid = \"dtsone\"\n[[job]]\nid = \"dtstwo\"\n");
    let patient = configuration(&simulator, "", &["dtsone", "dtstwo"])
        .replace("* * * * * *", "*/6 * * * * *")
        .replace("jitter_seconds = 0", "jitter_seconds = 60");
    folder.write("dts-history.toml", patient);
    let service = Service::start(&folder, &simulator);
    service.wait_for_log(&["recorded", "dtstwo"], 1);
    let apart = "select round(unixepoch(max(started_at)) - unixepoch(min(started_at))) < 6
        from snapshots where snapshot_id in (select min(snapshot_id) from snapshots group by job_id)";
    assert_eq!(folder.query(DATABASE, apart), ["1"]);
}

#[test]
fn sweeps_of_a_job_never_overlap() {
    let (folder, _simulator, mut service) = start_serving(&scenario_with_delay(1300), "");
    service.wait_for_log(&["tick skipped", "overlap"], 2);
    service.wait_for_log(&["recorded"], 2);
    service.send_signal("INT");
    assert_eq!(service.wait_for_exit(), 0);
    assert_consistent(&folder);
}

#[test]
fn ticks_missed_while_suspended_are_skipped_and_counted() {
    let (folder, _simulator, mut service) = start_serving(RUNNING_SCENARIO, "");
    service.wait_for_log(&["recorded"], 2);
    service.send_signal("STOP");
    // Two or three ticks; the unit tests of the schedule suspend for longer.
    std::thread::sleep(Duration::from_millis(2500));
    let before = service.count_log_lines(&["recorded"]);
    service.send_signal("CONT");
    service.wait_for_log(&["ticks skipped", "late"], 1);
    service.wait_for_log(&["recorded"], before + 2);
    // The missed ticks are not made up for.
    assert!(service.count_log_lines(&["recorded"]) <= before + 3, "{:#?}", service.log_lines());
    service.send_signal("TERM");
    assert_eq!(service.wait_for_exit(), 0);
    assert_consistent(&folder);
}

#[test]
fn stop_waits_for_the_sweep_in_flight() {
    let (folder, _simulator, mut service) = start_serving(&scenario_with_delay(1000), "");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(folder.query(DATABASE, "select count(*) from snapshots"), ["0"]);
    service.send_signal("TERM");
    assert_eq!(service.wait_for_exit(), 0, "{:#?}", service.log_lines());
    assert_eq!(folder.query(DATABASE, "select outcome from snapshots"), ["complete"]);
    assert_consistent(&folder);
}

#[test]
fn stop_abandons_a_sweep_after_the_timeout() {
    let (folder, _simulator, mut service) =
        start_serving(&scenario_with_delay(50_000), "stop_within_seconds = 0.5");
    std::thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    service.send_signal("TERM");
    assert_eq!(service.wait_for_exit(), 0, "{:#?}", service.log_lines());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    service.wait_for_log(&["sweeps aborted"], 1);
    assert_eq!(folder.query(DATABASE, "select count(*) from snapshots"), ["0"]);
    assert_consistent(&folder);
}

#[test]
fn a_second_signal_stops_immediately() {
    let (folder, simulator, mut service) =
        start_serving(&scenario_with_delay(50_000), "stop_within_seconds = 60");
    std::thread::sleep(Duration::from_millis(300));
    service.send_signal("TERM");
    service.wait_for_log(&["stopping"], 1);
    let start = Instant::now();
    service.send_signal("TERM");
    assert_eq!(service.wait_for_exit(), 1);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    service.wait_for_log(&["error: stopped at once", &simulator.job], 1);
    assert_consistent(&folder);
}

#[test]
fn one_service_runs_for_each_database() {
    let (folder, simulator, mut service) = start_serving(RUNNING_SCENARIO, "");
    let second = folder
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .env("ALIBABA_CLOUD_ACCESS_KEY_ID", &simulator.access_key_id)
        .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &simulator.access_key_secret)
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains(&format!("(process {})", service.child.id())) && said.contains("--db"), "{said}");
    service.wait_for_log(&["recorded"], 1);
    service.send_signal("KILL");
    service.wait_for_exit();
    let service = Service::start(&folder, &simulator);
    service.wait_for_log(&["recorded"], 1);
    assert_consistent(&folder);
}

#[test]
fn sighup_applies_a_valid_configuration_and_rejects_an_invalid_one() {
    let folder = Folder::new();
    let two = format!("{RUNNING_SCENARIO}[[job]]\nid = \"dtsone\"\n[[job]]\nid = \"dtstwo\"\n");
    let simulator = Simulator::start(&folder, &two);
    folder.write("dts-history.toml", configuration(&simulator, "", &["dtsone"]));
    let service = Service::start(&folder, &simulator);
    service.wait_for_log(&["recorded", "dtsone"], 1);
    assert_eq!(service.count_log_lines(&["dtstwo"]), 0);

    folder.write("dts-history.toml", configuration(&simulator, "", &["dtsone", "dtstwo"]));
    service.send_signal("HUP");
    service.wait_for_log(&["configuration reloaded", "jobs=2"], 1);
    service.wait_for_log(&["recorded", "dtstwo"], 2);

    for (bad, said) in [
        (configuration(&simulator, "cronn = 1", &["dtsone"]), "did you mean \\\"cron\\\"?"),
        (configuration(&simulator, "", &[]), "there is no job to record"),
        (format!("database = \"other.db\"\n{}", configuration(&simulator, "", &["dtsone"])), "restart"),
    ] {
        folder.write("dts-history.toml", bad);
        service.send_signal("HUP");
        service.wait_for_log(&["the new configuration is rejected", said], 1);
    }
    let before = service.count_log_lines(&["recorded", "dtstwo"]);
    service.wait_for_log(&["recorded", "dtstwo"], before + 2);
}

#[test]
fn log_format_json_writes_json_lines() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, RUNNING_SCENARIO);
    folder.write("dts-history.toml", configuration(&simulator, "", &[&simulator.job]));
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let service = Service::start_with(&folder, &simulator, &args, &[("DTS_HISTORY_LOG_FORMAT", "json")]);
    service.wait_for_log(&["recorded"], 1);
    let line = service.log_lines().into_iter().find(|line| line.contains("\"recorded\"")).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["level"], &line["job"]), (&"INFO".into(), &simulator.job[..].into()));
    assert!(line["objects"].as_u64().unwrap() > 0 && line["duration_ms"].is_u64(), "{line}");
}

#[test]
fn serve_rejects_an_invalid_schedule() {
    let folder = Folder::new();
    folder.write("dts-history.toml", "[schedule]\ncron = \"0 3 1 * MON\"\n[[job]]\nid = \"dtsone\"\n");
    let ended = folder.run(&["serve"]);
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("both the day of the month (1) and the weekday (MON)"), "{}", ended.stderr);
    folder.write("dts-history.toml", "");
    let ended = folder.run(&["serve"]);
    assert_eq!((ended.status, ended.stderr.contains("add a [[job]]")), (2, true), "{}", ended.stderr);
}

/// The reports of the folder, without the moment in their names, with the time of their last change.
fn published_reports(folder: &Folder) -> Vec<(String, std::time::SystemTime)> {
    let Ok(entries) = std::fs::read_dir(folder.path("reports")) else { return vec![] };
    let entry = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().modified().unwrap())
    };
    let mut published: Vec<_> = entries.map(entry).collect();
    published.sort();
    published
}

#[test]
fn the_end_of_a_job_is_published_once_across_restarts() {
    let (folder, simulator, mut service) =
        start_serving(SHORT_SCENARIO, "ended_pause_share = 0\nended_after_seconds = 2");
    service.wait_for_log(&["report published"], 1);
    service.wait_for_log(&["recorded", "changes=0"], 2);
    let first = published_reports(&folder);
    let dated = first.iter().filter(|(name, _)| name.contains('-')).count();
    assert_eq!((first.len(), dated), (6, 3), "{first:?}");
    let html = std::fs::read_to_string(folder.path(&format!("reports/{}.html", simulator.job))).unwrap();
    assert!(html.contains("<!doctype html>") && html.trim_end().ends_with("</html>"));
    let json = std::fs::read(folder.path(&format!("reports/{}.json", simulator.job))).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(
        (&json["verdict"], &json["job"]["job_id"]),
        (&"finished_with_failures".into(), &simulator.job[..].into())
    );

    service.send_signal("KILL");
    service.wait_for_exit();
    let mut service = Service::start(&folder, &simulator);
    service.wait_for_log(&["recorded"], 2);
    assert_eq!(published_reports(&folder), first);
    service.send_signal("KILL");
    service.wait_for_exit();

    // Killed before it was done: made up for at the next start.
    let (name, _) = first.iter().find(|(name, _)| name.contains('-') && name.contains(".json")).unwrap();
    std::fs::remove_file(folder.path("reports").join(name)).unwrap();
    let service = Service::start(&folder, &simulator);
    service.wait_for_log(&["report published"], 1);
    assert_eq!(published_reports(&folder).len(), 6, "{:?}", published_reports(&folder));
    assert_consistent(&folder);
}

#[test]
fn running_jobs_are_published_on_their_own_schedule() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, RUNNING_SCENARIO);
    let configuration = configuration(&simulator, "[publish]\ncron = \"*/2 * * * * *\"", &[&simulator.job]);
    folder.write("dts-history.toml", configuration);
    let service = Service::start(&folder, &simulator);
    service.wait_for_log(&["report published"], 2);
    let names: Vec<_> = published_reports(&folder).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["html", "json", "md"].map(|ending| format!("{}.{ending}", simulator.job)));
}
