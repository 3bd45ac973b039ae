//! Chromium without a window, driven over the DevTools protocol through a pipe: messages in JSON, each ended
//! by a zero byte. So there is no port to find and no driver to install.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Far longer than anything here takes.
const WAIT_TIMEOUT: Duration = Duration::from_mins(1);

/// A running browser with a profile of its own; ended when dropped.
pub(super) struct Chromium {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    last_id: u64,
    events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Chromium {
    pub(super) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The browser reads commands from descriptor 3 and writes to 4: here its standard input and output.
        let mut child = Command::new("sh")
            .args(["-c", "exec chromium \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null", "chromium"])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage"])
            .args(["--force-device-scale-factor=1", "--lang=en", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { break };
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self { child, input, messages, last_id: 0, events: Vec::new(), _profile: profile }
    }

    /// Asks something of the browser, or of the page of this session, and waits for the answer.
    pub(super) fn call(&mut self, session: Option<&str>, method: &str, params: &Value) -> Value {
        self.last_id += 1;
        let mut message = json!({ "id": self.last_id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        self.input.write_all(format!("{message}\0").as_bytes()).unwrap();
        self.input.flush().unwrap();
        loop {
            let mut message = self.next(method);
            if message["id"] == self.last_id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
            self.events.push(message);
        }
    }

    /// Waits for an event that has not been taken yet.
    pub(super) fn wait_for(&mut self, name: &str) -> Value {
        if let Some(at) = self.events.iter().position(|event| event["method"] == name) {
            return self.events.remove(at)["params"].take();
        }
        loop {
            let mut event = self.next(name);
            if event["method"] == name {
                return event["params"].take();
            }
            self.events.push(event);
        }
    }

    /// All that happened and was not waited for.
    pub(super) fn events(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.events)
    }

    fn next(&self, what: &str) -> Value {
        self.messages.recv_timeout(WAIT_TIMEOUT).unwrap_or_else(|error| panic!("chromium, {what}: {error}"))
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Without its pipe the browser ends by itself, children and all; the profile must outlive it.
        let _ = self.input.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let _ = self.input.flush();
        while self.messages.recv_timeout(Duration::from_secs(5)).is_ok() {}
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
