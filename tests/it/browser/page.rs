//! A page in the browser: opened, looked at, used as a reader uses it. Whatever goes wrong in it is noted.

use std::path::Path;

use serde_json::{Value, json};

use super::chromium::Chromium;

/// Put into every page before its own scripts: notes what the page's policy forbade, and waits for things.
const PAGE_OBSERVER_SCRIPT: &str = "
    window.forbidden = [];
    addEventListener('securitypolicyviolation', (it) => window.forbidden.push(`${it.effectiveDirective}: ${it.blockedURI}`));
";

/// A page.
pub(super) struct Page {
    browser: Chromium,
    session: String,
    /// Where requests may go: the file itself, or the service.
    home: String,
    events: Vec<Value>,
}

impl Page {
    /// An empty page of the size of a laptop's screen.
    pub(super) fn new() -> Self {
        let mut browser = Chromium::start();
        let target = browser.call(None, "Target.createTarget", &json!({ "url": "about:blank" }));
        let target = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call(None, "Target.attachToTarget", &target)["sessionId"].clone();
        let session = session.as_str().unwrap().to_owned();
        let mut page = Self { browser, session, home: String::new(), events: Vec::new() };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        page.call("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": PAGE_OBSERVER_SCRIPT }));
        page.set_viewport(1366, 900);
        page
    }

    /// A report opened from disk.
    pub(super) fn open(file: &Path) -> Self {
        let mut page = Self::new();
        page.go(&format!("file://{}", file.display()));
        page
    }

    /// Goes to an address and waits until it is loaded.
    pub(super) fn go(&mut self, address: &str) {
        // Of a file it is the file, of a service all its pages.
        self.home = match address.strip_prefix("http://") {
            Some(rest) => format!("http://{}/", rest.split('/').next().unwrap()),
            None => address.to_owned(),
        };
        self.call("Page.navigate", &json!({ "url": address }));
        self.wait_until_loaded();
    }

    /// Waits until what is being loaded is.
    pub(super) fn wait_until_loaded(&mut self) {
        self.browser.wait_for("Page.loadEventFired");
    }

    pub(super) fn reload(&mut self) {
        self.call("Page.reload", &json!({}));
        self.wait_until_loaded();
    }

    pub(super) fn call(&mut self, method: &str, params: &Value) -> Value {
        self.browser.call(Some(&self.session), method, params)
    }

    /// The value of an expression in the page; a promise is waited for.
    pub(super) fn value(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true });
        let mut reply = self.call("Runtime.evaluate", &params);
        assert!(reply["exceptionDetails"].is_null(), "{expression}: {}", reply["exceptionDetails"]);
        reply["result"]["value"].take()
    }

    pub(super) fn text(&mut self, expression: &str) -> String {
        let value = self.value(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    pub(super) fn texts(&mut self, expression: &str) -> Vec<String> {
        let value = self.value(&format!("Promise.resolve({expression}).then((them) => [...them])"));
        let texts = value.as_array().unwrap_or_else(|| panic!("{expression} is {value}"));
        texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    }

    pub(super) fn number(&mut self, expression: &str) -> i64 {
        let value = self.value(expression);
        value.as_i64().unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    #[track_caller]
    pub(super) fn assert_true(&mut self, expression: &str) {
        let value = self.value(expression);
        assert_eq!(value, true, "{expression}");
    }

    /// Waits until an expression is true.
    pub(super) fn wait_until(&mut self, expression: &str) {
        self.value(&format!(
            "new Promise((done) => {{ const look = () => ({expression}) ? done(true) : setTimeout(look, 20); look(); }})"
        ));
    }

    /// Waits until the page has been laid out and painted again.
    pub(super) fn wait_for_paint(&mut self) {
        self.value(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))",
        );
    }

    pub(super) fn set_viewport(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Shows the page on this medium (`screen` or `print`), to a reader with this preference (`light` or `dark`).
    pub(super) fn emulate_media(&mut self, media: &str, scheme: &str) {
        let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", &json!({ "media": media, "features": scheme }));
        self.wait_for_paint();
    }

    /// Clicks with the mouse in the middle of the first element that a selector finds.
    pub(super) fn click(&mut self, selector: &str) {
        let place = self.value(&format!(
            "(() => {{ const it = document.querySelector({selector:?}); it.scrollIntoView({{ block: 'center' }});
                const box = it.getBoundingClientRect(); return {{ x: box.x + box.width / 2, y: box.y + box.height / 2 }}; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({ "type": kind, "x": place["x"], "y": place["y"], "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// Presses a key: `Tab`, `Enter`, ` `, `Escape`.
    pub(super) fn press(&mut self, key: &str) {
        let (code, number, text) = match key {
            "Tab" => ("Tab", 9, ""),
            "Enter" => ("Enter", 13, "\r"),
            " " => ("Space", 32, " "),
            "Escape" => ("Escape", 27, ""),
            _ => panic!("no such key here: {key}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event =
                json!({ "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// Types into what has the focus.
    pub(super) fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", &json!({ "text": text }));
    }

    /// Chooses an option of a list as a reader does, told apart by its value.
    pub(super) fn choose(&mut self, selector: &str, value: &str) {
        self.value(&format!(
            "(() => {{ const it = document.querySelector({selector:?}); it.value = {value:?};
                it.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()"
        ));
    }

    /// How often this happened since the page was made.
    pub(super) fn count(&mut self, event: &str) -> usize {
        self.events.extend(self.browser.events());
        self.events.iter().filter(|it| it["method"] == event).count()
    }

    /// Everything that must not happen in a page of ours: a dialog, an error or a warning on the console, a
    /// request that leaves, something that the page's own policy forbade.
    pub(super) fn problems(&mut self) -> Vec<String> {
        self.wait_for_paint();
        let mut troubles = self.texts("window.forbidden");
        self.events.extend(self.browser.events());
        for event in &self.events {
            let params = &event["params"];
            let trouble = match event["method"].as_str().unwrap_or_default() {
                "Page.javascriptDialogOpening" => Some(params["message"].to_string()),
                "Runtime.exceptionThrown" => Some(params["exceptionDetails"].to_string()),
                "Runtime.consoleAPICalled" => Some(params["args"].to_string()),
                "Log.entryAdded" => Some(params["entry"].to_string()),
                "Network.requestWillBeSent" => {
                    let address = params["request"]["url"].as_str().unwrap_or_default();
                    let at_home =
                        [&self.home[..], "data:", "about:blank"].iter().any(|it| address.starts_with(it));
                    (!at_home).then(|| format!("asks {address}"))
                }
                _ => None,
            };
            troubles.extend(trouble);
        }
        troubles
    }

    #[track_caller]
    pub(super) fn assert_no_problems(&mut self) {
        let troubles = self.problems();
        assert_eq!(troubles, Vec::<String>::new());
    }
}
