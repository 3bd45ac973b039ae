//! Completions, the manual, and the check of a service's health: what packages and images are made with.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::{Folder, RunResult};

/// Every command, by the program's own help.
fn commands(folder: &Folder) -> Vec<String> {
    let help = folder.run(&["--help"]).expect_success();
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = listed.lines().map(|line| line.split_whitespace().next().unwrap().to_owned());
    names.filter(|name| name != "help").collect()
}

/// The long flags of a command, by its help.
fn flags(folder: &Folder, command: &str) -> Vec<String> {
    let help = folder.run(&[command, "--help"]).expect_success();
    let words = help.split("Options:\n").nth(1).unwrap().lines().filter(|line| line.trim().starts_with('-'));
    let flags =
        words.flat_map(|line| line.split([' ', ',', '[', '<']).filter(|it| it.starts_with("--")).take(1));
    flags.map(str::to_owned).collect()
}

fn run_program(program: &str, args: &[&str], input: &str) -> RunResult {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    RunResult::from_output(child.wait_with_output().unwrap())
}

#[test]
fn completions_and_man_pages_contain_every_command_and_flag() {
    let folder = Folder::new();
    let commands = commands(&folder);
    assert!(commands.len() >= 15, "{commands:?}");
    let scripts = ["bash", "zsh", "fish", "powershell", "elvish"]
        .map(|shell| folder.run(&["completions", shell]).expect_success());
    // In bash each command leads to a place that is there.
    let places = scripts[0].split("cmd=\"").skip(2).map(|rest| rest.split('"').next().unwrap());
    let mut led = 0;
    for place in places.filter(|place| !place.is_empty()) {
        assert!(scripts[0].contains(&format!("\n        {place})\n")), "{place} leads nowhere");
        led += 1;
    }
    assert!(led > commands.len());
    let page = folder.run(&["man"]).expect_success();
    let said = folder.run(&["man", "--output", "pages"]).expect_success();
    assert_eq!(said.lines().count(), commands.len() + 1);
    assert_eq!(std::fs::read_to_string(folder.path("pages/dts-history.1")).unwrap(), page);
    for command in &commands {
        assert!(page.contains(&format!("dts\\-history\\-{command}(1)")), "{command}");
        let own = std::fs::read_to_string(folder.path(&format!("pages/dts-history-{command}.1"))).unwrap();
        for flag in flags(&folder, command) {
            assert!(own.contains(&flag.replace('-', "\\-")), "{flag} in the page of {command}");
            let bare = flag.trim_start_matches('-');
            assert!(scripts.iter().all(|script| script.contains(bare)), "{flag} of {command}");
        }
        assert!(scripts.iter().all(|script| script.contains(command.as_str())), "{command}");
    }
    let ended = folder.run(&["completions", "tcsh"]);
    assert_eq!((ended.status, ended.stderr.contains("possible values: bash")), (2, true), "{ended:?}");
}

#[test]
#[ignore = "needs bash, zsh, fish, man and groff, which .ci/run installs"]
fn shells_and_man_accept_completions_and_man_pages() {
    let folder = Folder::new();
    let script = |shell: &str| folder.run(&["completions", shell]).expect_success();
    for shell in ["bash", "zsh", "fish"] {
        let read = run_program(shell, &["-n"], &script(shell));
        assert_eq!((read.status, &read.stderr[..]), (0, ""), "{shell}");
    }
    // The completion of bash for the Tab key.
    let asks = "\nCOMP_WORDS=(dts-history status --wa); COMP_CWORD=2\n\
                set -- $(complete -p dts-history); while [ \"$1\" != -F ]; do shift; done\n\
                \"$2\" dts-history --wa status; echo \"${COMPREPLY[*]}\"\n";
    assert_eq!(run_program("bash", &[], &(script("bash") + asks)).expect_success(), "--watch\n");

    folder.run(&["man", "--output", "pages"]).expect_success();
    let mut pages = 0;
    for page in std::fs::read_dir(folder.path("pages")).unwrap() {
        let page = page.unwrap().path();
        let shown = Command::new("man")
            .args(["--warnings", "-l"])
            .arg(&page)
            .env("LC_ALL", "C.UTF-8")
            .env("MANWIDTH", "100")
            .output()
            .unwrap();
        let shown = RunResult::from_output(shown);
        assert_eq!((shown.status, &shown.stderr[..]), (0, ""), "{}", page.display());
        assert!(shown.stdout.contains("SYNOPSIS"), "{}", shown.stdout);
        pages += 1;
    }
    assert_eq!(pages, commands(&folder).len() + 1);
}

#[test]
fn healthcheck_reports_the_state_of_a_running_service() {
    let folder = Folder::new();
    let refused = "speed = 200\n[[fault]]\nkind = \"forbidden\"\nrate = 1.0\n";
    let simulator = Simulator::start(&folder, refused);
    folder.write("dts-history.toml", configuration(&simulator, "", &[&simulator.job]));
    let mut service = Service::start(&folder, &simulator);
    service.wait_for_log(&["not recorded"], 1);
    let address = service.address.clone();
    assert_eq!(folder.run(&["healthcheck", &address]).expect_success(), "ok\n");
    let ended = folder.run(&["healthcheck", "--ready", &format!("{address}/")]);
    assert_eq!(ended.status, 1);
    assert!(
        ["/readyz answers 503", "no job can be recorded"].iter().all(|it| ended.stderr.contains(it)),
        "{ended:?}"
    );

    // Without an address: where the configuration says that the service listens.
    let port = address.rsplit(':').next().unwrap();
    folder.write("elsewhere.toml", format!("[http]\nlisten = \"0.0.0.0:{port}\"\n"));
    folder.run(&["--config", "elsewhere.toml", "healthcheck"]).expect_success();

    // The simulator answers, but not as a service does.
    let ended = folder.run(&["healthcheck", &simulator.endpoint]);
    assert_eq!(ended.status, 1, "{ended:?}");
    assert!(ended.stderr.contains("/healthz"), "{ended:?}");
    service.send_signal("KILL");
    service.wait_for_exit();
    let ended = folder.run(&["healthcheck", &address]);
    assert_eq!(ended.status, 1);
    assert!(
        ended.stderr.contains("no service answers at") && ended.stderr.contains("dts-history serve"),
        "{ended:?}"
    );
    let ended = folder.run(&["healthcheck", "localhost:8470"]);
    assert_eq!((ended.status, ended.stderr.contains("http://127.0.0.1:8470")), (2, true), "{ended:?}");
}

#[test]
fn container_image_uses_healthcheck() {
    let dockerfile = include_str!("../../contrib/Dockerfile");
    let word = |line: &str| -> Vec<String> {
        let line = dockerfile.lines().find(|it| it.starts_with(line)).unwrap();
        serde_json::from_str(&line[line.find('[').unwrap()..]).unwrap()
    };
    let check = word("HEALTHCHECK");
    assert_eq!(check[0], word("ENTRYPOINT")[0]);
    let listen = word("CMD")[2].replace("0.0.0.0", "127.0.0.1");
    assert_eq!(check[1..], ["healthcheck".to_owned(), format!("http://{listen}")]);
    let folder = Folder::new();
    let args: Vec<_> = check[1..].iter().map(String::as_str).collect();
    // Understood, whoever listens there on this machine.
    assert_ne!(folder.run(&args).status, 2);
}
