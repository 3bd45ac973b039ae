//! `status --watch`: through a pipe, and on a terminal.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use dts_history::store::Store;

use crate::support::{Folder, block_on, job, record, sweep, table};

/// Far longer than anything here takes, and short enough to wait for when it fails.
const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

fn record_sweeps(folder: &Folder, minutes: std::ops::Range<i64>) {
    block_on(async {
        let store = Store::open(&folder.path("dts-history.db")).await.unwrap();
        for minute in minutes {
            let tables = vec![
                table("orders", "Migrating", minute * 100, 1000),
                table("订单明细", "NotStarted", 0, 70),
            ];
            record(&store, &job("dtswatched"), &[sweep(minute * 60, vec![tables])]).await;
        }
        store.close().await;
    });
}

fn interrupt(child: &mut Child) -> Option<i32> {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    child.wait().unwrap().code()
}

#[test]
fn watch_prints_plain_text_blocks_to_a_pipe() {
    let folder = Folder::new();
    record_sweeps(&folder, 0..2);
    let mut command = folder.command(&["status", "--watch", "0.1"]);
    let mut child = command.env("TERM", "xterm").stdout(Stdio::piped()).spawn().unwrap();
    let (said, hears) = mpsc::channel();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| said.send(line)));
    // The table is the last of a block: the line of the second of two tables ends it.
    let block = || {
        let mut block = Vec::new();
        while block.last().is_none_or(|line: &String| !line.contains("订单明细 ")) {
            block.push(hears.recv_timeout(WAIT_TIMEOUT).unwrap());
        }
        block
    };
    let once = folder.run(&["status"]).expect_success();
    let first = block();
    assert_eq!(first.join("\n") + "\n", once);
    record_sweeps(&folder, 2..3);
    let second = block();
    assert_eq!(second[0], "", "a blank line in between");
    assert_eq!(second[1..].join("\n") + "\n", folder.run(&["status"]).expect_success());
    assert!(second.iter().any(|line| line.contains("200 ")), "{second:#?}");
    assert_eq!(interrupt(&mut child), Some(0));
    assert_eq!(hears.iter().collect::<Vec<_>>(), Vec::<String>::new(), "nothing without a change");
    assert!(!first.concat().contains('\x1b'));
}

#[test]
fn watch_json_prints_again_on_each_change() {
    let folder = Folder::new();
    record_sweeps(&folder, 0..1);
    let mut child =
        folder.command(&["status", "--json", "--watch", "0.1"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut documents = serde_json::Deserializer::from_reader(child.stdout.take().unwrap()).into_iter();
    let mut rows = || {
        let document: serde_json::Value = documents.next().unwrap().unwrap();
        document["jobs"][0]["totals"]["finished_rows"].as_i64().unwrap()
    };
    assert_eq!(rows(), 0);
    record_sweeps(&folder, 1..2);
    assert_eq!(rows(), 100);
    assert_eq!(interrupt(&mut child), Some(0));
}

#[test]
fn watch_rejects_an_invalid_interval() {
    let folder = Folder::new();
    for wrong in ["0", "-1", "soon", "NaN"] {
        let ended = folder.run(&["status", &format!("--watch={wrong}")]);
        assert_eq!((ended.status, ended.stderr.contains("between 0.1 and 86400")), (2, true), "{ended:?}");
    }
}

/// A minimal terminal emulator, sufficient for a program that draws complete frames of complete lines.
#[cfg(unix)]
#[derive(Debug, Default)]
struct Terminal {
    rows: Vec<String>,
    row: usize,
    /// Modes that are switched on or off, in order.
    modes: Vec<String>,
    /// Frames that were drawn from the top.
    frames: usize,
    coloured: bool,
}

#[cfg(unix)]
impl Terminal {
    fn append(&mut self, text: &str) {
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\x1b' => {
                    assert_eq!(characters.next(), Some('['));
                    let mut code = String::new();
                    for part in characters.by_ref() {
                        code.push(part);
                        if part.is_ascii_alphabetic() {
                            break;
                        }
                    }
                    self.control(&code);
                }
                '\r' => {}
                '\n' => self.row += 1,
                character => self.line().push(character),
            }
        }
    }

    fn line(&mut self) -> &mut String {
        if self.rows.len() <= self.row {
            self.rows.resize(self.row + 1, String::new());
        }
        &mut self.rows[self.row]
    }

    fn control(&mut self, code: &str) {
        match code {
            "H" => (self.row, self.frames, self.rows) = (0, self.frames + 1, Vec::new()),
            "K" | "J" => {}
            code if code.starts_with('?') => self.modes.push(code.to_owned()),
            code if code.ends_with('m') => self.coloured = true,
            code => panic!("an unknown control {code:?}"),
        }
    }
}

/// Runs the program on a terminal of this size until it has drawn so many frames, and interrupts it.
#[cfg(unix)]
fn run_in_terminal(
    folder: &Folder,
    columns: u16,
    rows: u16,
    variables: &[(&str, &str)],
) -> (String, Option<i32>) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{Winsize, tcsetwinsize};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut command = folder.command(&["status", "--watch", "0.1"]);
    command.env("TERM", "xterm").envs(variables.iter().copied());
    let mut child = command.stdin(slave.try_clone().unwrap()).stdout(slave).spawn().unwrap();
    // The program alone holds the other end now, so that reading ends with it.
    drop(command);
    let (said, hears) = mpsc::channel();
    let mut terminal = File::from(master);
    std::thread::spawn(move || {
        let mut part = [0; 4096];
        while let Ok(read @ 1..) = terminal.read(&mut part) {
            if said.send(part[..read].to_vec()).is_err() {
                return;
            }
        }
    });
    let mut bytes = Vec::new();
    while bytes.windows(3).filter(|it| it == b"\x1b[H").count() < 3 {
        bytes.extend(hears.recv_timeout(WAIT_TIMEOUT).unwrap());
    }
    let status = interrupt(&mut child);
    bytes.extend(hears.iter().flatten());
    (String::from_utf8(bytes).unwrap(), status)
}

#[cfg(unix)]
#[test]
fn watch_redraws_in_place_and_restores_the_terminal() {
    use unicode_width::UnicodeWidthStr as _;
    let folder = Folder::new();
    record_sweeps(&folder, 0..5);
    for (columns, rows) in [(120, 40), (50, 40), (24, 12)] {
        let (bytes, status) = run_in_terminal(&folder, columns, rows, &[]);
        assert_eq!(status, Some(0));
        let mut terminal = Terminal::default();
        terminal.append(&bytes);
        assert_eq!(terminal.modes, ["?1049h", "?25l", "?7l", "?7h", "?25h", "?1049l"], "as it was, in turn");
        assert!(terminal.frames >= 3 && terminal.coloured);
        assert!(!bytes.contains("\x1b[2J"), "a cleared screen flickers");
        assert!(terminal.rows.len() <= usize::from(rows), "{:#?}", terminal.rows);
        for line in &terminal.rows {
            assert!(line.width() <= usize::from(columns), "{line:?}");
        }
        assert!(terminal.rows[0].contains(" · "), "{:#?}", terminal.rows);
        if rows == 40 {
            // Wide characters take two columns: the figures of both rows end in one column all the same.
            let end = |name: &str, figure: &str| {
                let line = terminal.rows.iter().rfind(|line| line.contains(name)).unwrap();
                line[..line.find(figure).unwrap_or_else(|| panic!("{line}")) + figure.len()].width()
            };
            assert_eq!(end(" orders ", "40.0 %"), end("订单明细", "0.0 %"), "{:#?}", terminal.rows);
        } else {
            assert!(terminal.rows.last().unwrap().starts_with("… and "), "{:#?}", terminal.rows);
        }
    }
    let (bytes, _) = run_in_terminal(&folder, 80, 24, &[("NO_COLOR", "1")]);
    let mut terminal = Terminal::default();
    terminal.append(&bytes);
    assert!(!terminal.coloured && terminal.frames >= 3);
}
