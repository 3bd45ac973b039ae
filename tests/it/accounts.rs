//! Accounts: listing and discovering jobs, credentials per job, and `check`.

use crate::simulator::Simulator;
use crate::support::{Folder, RunResult, number_from_env};

/// Two jobs with a name each, standing still.
const TWO_JOBS: &str = "
speed = 0
[reply]
latency_ms = 0
[[job]]
id = \"dtsorders\"
name = \"orders \\\"2026\\\" 订单\"
tables = 3
[[job]]
id = \"dtsbilling\"
name = \"billing\"
tables = 3
";

fn run_with_credentials(simulator: &Simulator, folder: &Folder, args: &[&str]) -> RunResult {
    let mut command = folder.command(args);
    command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", &simulator.access_key_id);
    command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &simulator.access_key_secret);
    RunResult::from_output(command.output().unwrap())
}

#[test]
fn output_of_jobs_toml_is_a_valid_configuration() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, TWO_JOBS);
    let list = |more: &[&str]| {
        let args = [&["jobs", "--region", "cn-hangzhou", "--endpoint", &simulator.endpoint], more].concat();
        run_with_credentials(&simulator, &folder, &args).expect_success()
    };
    let table = list(&[]);
    assert!(table.contains("dtsorders") && table.contains("订单") && table.contains("dtsbilling"), "{table}");
    let json: serde_json::Value = serde_json::from_str(&list(&["--name", "bill", "--json"])).unwrap();
    // The simulated job answers as every kind.
    let listed: Vec<_> =
        json["jobs"].as_array().unwrap().iter().map(|it| (&it["job_id"], &it["kind"])).collect();
    assert_eq!(
        listed,
        [
            (&"dtsbilling".into(), &"synchronization".into()),
            (&"dtsbilling".into(), &"migration".into()),
            (&"billing".into(), &"task".into())
        ]
    );
    assert_eq!(json["jobs"][2]["instance_id"], "dtsbilling");
    let task = list(&["--kind", "task", "--name", "bill", "--toml"]);
    assert!(task.contains("id = \"billing\"") && task.contains("kind = \"task\""), "{task}");
    assert_eq!(task.matches("[[job]]").count(), 1);
    let config = format!("[api]\nendpoint = {:?}\n\n{}", simulator.endpoint, list(&["--toml"]));
    folder.write("dts-history.toml", &config);
    run_with_credentials(&simulator, &folder, &["collect"]).expect_success();
    assert_eq!(
        folder.query("dts-history.db", "select job_id, region, name, snapshots from jobs order by 1"),
        ["dtsbilling|cn-hangzhou|billing|1", "dtsorders|cn-hangzhou|orders \"2026\" 订单|1"]
    );
}

#[test]
fn discovered_jobs_are_recorded() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, TWO_JOBS);
    let discover = |name: &str| {
        let endpoint = &simulator.endpoint;
        let text = format!("[api]\nendpoint = {endpoint:?}\n[discover]\nregions = [\"cn-hangzhou\"]\n{name}");
        folder.write("dts-history.toml", text);
        run_with_credentials(&simulator, &folder, &["collect"]).expect_success();
        folder.query("dts-history.db", "select job_id, snapshots from jobs order by 1")
    };
    assert_eq!(discover("name = \"orders\"\n"), ["dtsorders|1"]);
    assert_eq!(discover(""), ["dtsbilling|1", "dtsorders|2"]);
    assert_eq!(
        discover("name = \"billing\"\nkinds = [\"task\", \"migration\"]\n"),
        ["billing|1", "dtsbilling|1", "dtsorders|2"]
    );
    assert_eq!(
        folder.query("dts-history.db", "select job_id, kind from job_latest order by 1"),
        ["billing|task", "dtsbilling|synchronization", "dtsorders|synchronization"]
    );
}

#[test]
fn each_job_uses_its_own_profile() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, TWO_JOBS);
    std::fs::create_dir(folder.path(".aliyun")).unwrap();
    let profile = |name: &str, id: &str| {
        format!(
            "{{\"name\":\"{name}\",\"mode\":\"AK\",\"access_key_id\":\"{id}\",\"access_key_secret\":\"{}\"}}",
            simulator.access_key_secret
        )
    };
    let good = profile("good", &simulator.access_key_id);
    let other = profile("other", "LTAI5tSomebodyElse");
    folder.write(".aliyun/config.json", format!("{{\"current\":\"other\",\"profiles\":[{good},{other}]}}"));
    folder.write(
        "dts-history.toml",
        format!(
            "[api]\nendpoint = {:?}\n[[job]]\nid = \"dtsorders\"\nprofile = \"good\"\n[[job]]\nid = \"dtsbilling\"\n",
            simulator.endpoint
        ),
    );
    let ended = folder.run(&["collect"]);
    assert_eq!(ended.status, 1);
    assert!(ended.stdout.starts_with("dtsorders: snapshot"), "{ended:?}");
    assert!(ended.stderr.contains("dtsbilling") && ended.stderr.contains("InvalidAccessKeyId"), "{ended:?}");
    folder.write("dts-history.toml", "[[job]]\nid = \"x\"\nregion = \"cn-hangzhou\"\nprofile = \"nobody\"\n");
    let ended = folder.run(&["collect"]);
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("\"nobody\"") && ended.stderr.contains("good"), "{ended:?}");
}

#[test]
fn check_reports_each_item_and_a_fix_for_each_fault() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, TWO_JOBS);
    let check = ["check", "--job", "dtsorders", "--endpoint", &simulator.endpoint];
    let well = run_with_credentials(&simulator, &folder, &check).expect_success();
    for line in [
        "ok    configuration: ",
        "ok    database dts-history.db: not there yet",
        "ok    credentials: the environment variable ALIBABA_CLOUD_ACCESS_KEY_ID (access key SIMU",
        "ok    job dtsorders at 127.0.0.1:",
        "ok    clock: ",
    ] {
        assert!(well.contains(line), "{line:?} in {well}");
    }
    assert!(!well.contains(&simulator.access_key_id) && !well.contains("FAIL"), "{well}");
    assert!(!folder.path("dts-history.db").exists(), "a check leaves nothing behind");

    let none = folder.run(&check);
    assert_eq!((none.status, none.stderr.as_str()), (1, ""));
    assert!(
        none.stdout.contains("FAIL  credentials: no credentials found; set ALIBABA_CLOUD"),
        "{}",
        none.stdout
    );

    let missing = ["check", "--job", "dtsnosuchjob", "--endpoint", &simulator.endpoint];
    let ended = run_with_credentials(&simulator, &folder, &missing);
    assert_eq!(ended.status, 1);
    assert!(
        ended.stdout.contains("FAIL  job dtsnosuchjob") && ended.stdout.contains("InstanceNotFound"),
        "{ended:?}"
    );

    folder.write("dts-history.toml", "databse = 1");
    let ended = folder.run(&["check"]);
    assert_eq!(ended.status, 1);
    assert!(
        ended.stdout.contains("FAIL  configuration: ") && ended.stdout.contains("\"database\""),
        "{ended:?}"
    );
}

/// Faults that a retry overcomes. Each hits 5 % of the calls.
const FAULTS: [&str; 4] = ["throttle", "internal_error", "reset", "truncated"];

#[test]
fn sweeps_are_complete_when_a_fifth_of_calls_fail() {
    let folder = Folder::new();
    folder.write("dts-history.toml", "[api]\nmax_calls_per_second = 1000\n");
    let faults = FAULTS.map(|kind| format!("[[fault]]\nkind = \"{kind}\"\nrate = 0.05\n")).concat();
    let recorded = |scenario: &str, database: &str| {
        Simulator::start(&folder, scenario).collect(&folder, &["--db", database]).expect_success();
        let sweep = folder.query(database, "select outcome, pages >= 50 from snapshots");
        assert_eq!(sweep, ["complete|1"], "{scenario}");
        folder.query(
            database,
            "select phase, source_db, object_type, parent_name, object_name, definition, status, error_message
             from object_latest
             union all
             select 'data', source_db, null, null, table_name, used_time, status, total_rows from table_latest
             order by 1, 2, 3, 4, 5, 6",
        )
    };
    // Each seed has another migration and other calls that fail.
    for seed in 1..=number_from_env("DTS_HISTORY_FAULT_SEEDS", 3) {
        let calm = format!("seed = {seed}\nspeed = 0\ntables = 5000\n[reply]\nlatency_ms = 0\n");
        let expected = recorded(&calm, &format!("calm{seed}.db"));
        assert_eq!(
            recorded(&format!("{calm}{faults}"), &format!("stormy{seed}.db")),
            expected,
            "seed {seed}"
        );
    }
}

#[test]
fn a_torn_sweep_is_read_again_once_and_marked_if_still_torn() {
    let folder = Folder::new();
    folder.write("dts-history.toml", "[api]\npage_size = 20\nconcurrency = 1\n");
    let torn = |shifts: &[u32], database: &str| {
        let shifts =
            shifts.iter().map(|call| format!("[[fault]]\nkind = \"row_inserted\"\ncalls = [{call}]\n"));
        let scenario = format!("speed = 0\n[reply]\nlatency_ms = 0\n{}", shifts.collect::<Vec<_>>().concat());
        let simulator = Simulator::start(&folder, &scenario);
        simulator.collect(&folder, &["--db", database]).expect_success();
        let twice =
            "select count(*) from (select 1 from object_latest group by phase, source_db, object_type,
                     parent_name, object_name, definition having count(*) > 1)";
        assert_eq!(folder.query(database, twice), ["0"], "rows count once");
        folder.query(database, "select outcome, torn from snapshots")
    };
    assert_eq!(torn(&[], "calm.db"), ["complete|0"]);
    assert_eq!(torn(&[3], "once.db"), ["complete|0"]);
    assert_eq!(torn(&(3..40).collect::<Vec<_>>(), "always.db"), ["complete|1"]);
}

#[test]
fn logs_of_any_level_contain_no_secret() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, TWO_JOBS);
    let token = "T0kenThatMustNotBeSeen/+=";
    for secret in [simulator.access_key_secret.as_str(), "Wr0ngSecretThatMustNotBeSeen"] {
        for signature in ["v1", "v3"] {
            folder.write("dts-history.toml", format!("[api]\nsignature = \"{signature}\"\n"));
            for security_token in ["", token] {
                let args = ["collect", "--job", "dtsorders", "--endpoint", &simulator.endpoint];
                let mut command = folder.command(&args);
                command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", &simulator.access_key_id);
                command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret);
                command.env("ALIBABA_CLOUD_SECURITY_TOKEN", security_token).env("DTS_HISTORY_LOG", "trace");
                let ended = RunResult::from_output(command.output().unwrap());
                assert!(ended.stderr.contains("TRACE") || ended.stderr.contains("DEBUG"), "{}", ended.stderr);
                for hidden in [secret, token, "T0kenThatMustNotBeSeen%2F"] {
                    assert!(!ended.stderr.contains(hidden) && !ended.stdout.contains(hidden), "{ended:?}");
                }
            }
        }
    }
}

/// A profile with one of the simulator's security tokens.
#[cfg(unix)]
fn temporary_profile(token: &str) -> String {
    use dts_history::sim::{STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET};
    serde_json::json!({ "current": "default", "profiles": [{ "name": "default", "mode": "StsToken",
        "access_key_id": STS_ACCESS_KEY_ID, "access_key_secret": STS_ACCESS_KEY_SECRET, "sts_token": token }] })
    .to_string()
}

#[cfg(unix)]
#[test]
fn a_token_that_expires_during_a_sweep_is_read_again_from_its_file() {
    use dts_history::sim::STS_SECURITY_TOKEN;
    let folder = Folder::new();
    // Seven pages and the end of them; a token is good for three calls.
    let scenario =
        "speed = 0\nelapsed_minutes = 50\ntables = 130\nsecurity_token_calls = 3\n[reply]\nlatency_ms = 0\n";
    let simulator = Simulator::start(&folder, scenario);
    std::fs::create_dir(folder.path(".aliyun")).unwrap();
    let path = folder.path(".aliyun/config.json");
    let make_pipe = |path: &std::path::Path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    // A pipe instead of a file, so that each read of it gets the token that is meant for it.
    make_pipe(&path);
    let reads = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&reads);
    let next = folder.path("next");
    std::thread::spawn(move || {
        for number in 1..20 {
            let suffix = if number == 1 { String::new() } else { format!("-{number}") };
            let profile = temporary_profile(&format!("{STS_SECURITY_TOKEN}{suffix}"));
            // Waits for a reader. The next one finds a pipe of its own.
            let Ok(mut pipe) = std::fs::OpenOptions::new().write(true).open(&path) else { return };
            make_pipe(&next);
            std::fs::rename(&next, &path).unwrap();
            std::io::Write::write_all(&mut pipe, profile.as_bytes()).unwrap();
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    });
    let config = format!(
        "[api]\nendpoint = {:?}\npage_size = 20\nconcurrency = 1\nretry_for_seconds = 0\n\
         [[job]]\nid = {:?}\nregion = \"cn-hangzhou\"\n",
        simulator.endpoint, simulator.job
    );
    folder.write("dts-history.toml", config);
    let collected = folder.run(&["collect", "--json"]).expect_success();
    let recorded: serde_json::Value = serde_json::from_str(collected.trim()).unwrap();
    assert!(recorded["pages"].as_u64().unwrap() >= 7, "{recorded}");
    let reads = reads.load(std::sync::atomic::Ordering::SeqCst);
    assert!((3..=6).contains(&reads), "read {reads} times");
    assert_eq!(folder.query("dts-history.db", "select outcome, torn from snapshots"), ["complete|0"]);
    assert!(
        !std::fs::read(folder.path("dts-history.db"))
            .unwrap()
            .windows(STS_SECURITY_TOKEN.len())
            .any(|bytes| bytes == STS_SECURITY_TOKEN.as_bytes())
    );
}
