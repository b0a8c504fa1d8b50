//! A headless Chromium, driven by the DevTools protocol over its pipe.

#![cfg(feature = "app")]

use serde_json::{Value, json};
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// A browser with one page.
pub(crate) struct Browser {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The page's, once there is one.
    session: Option<String>,
    calls: u64,
    /// What the page has told without being asked.
    events: Vec<Value>,
    /// Where it keeps its own things.
    _profile: TempDir,
}

/// What a page looks like.
pub(crate) struct View {
    pub(crate) width: u32,
    pub(crate) scheme: &'static str,
}

/// The browser, by the environment variable CHROMIUM or by its usual names.
fn program() -> Option<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        return Some(path.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let path = env::var_os("PATH")?;
    let mut places = env::split_paths(&path).flat_map(|path| names.map(|name| path.join(name)));
    places.find(|place| place.is_file())
}

impl Browser {
    /// Starts one; `None` where there is none.
    pub(crate) fn start() -> Option<Self> {
        let program = program()?;
        let profile = TempDir::new().unwrap();
        // The browser reads commands from descriptor 3 and answers on descriptor 4.
        let mut process = Command::new("sh")
            .args([
                "-c",
                r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#,
            ])
            .arg(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-pipe",
            ])
            .args(["--disable-background-networking", "--no-first-run"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut browser = Self {
            input: process.stdin.take().unwrap(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
            session: None,
            calls: 0,
            events: Vec::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", target);
        browser.session = Some(session["sessionId"].as_str().unwrap().into());
        for domain in ["Page", "Network", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Opens a file as a person would see it, and waits until it is there.
    pub(crate) fn open(&mut self, page: &Path, view: &View) {
        let size = json!({
            "width": view.width, "height": 800, "deviceScaleFactor": 1, "mobile": view.width < 600,
        });
        self.call("Emulation.setDeviceMetricsOverride", size);
        let scheme = json!({"name": "prefers-color-scheme", "value": view.scheme});
        self.call("Emulation.setEmulatedMedia", json!({"features": [scheme]}));
        self.events.clear();
        self.call("Page.navigate", json!({"url": url(page)}));
        while self.told("Page.loadEventFired").next().is_none() {
            let message = self.receive();
            self.events.push(message);
        }
    }

    /// What an expression of JavaScript is on the page.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{answer}");
        answer["result"]["value"].clone()
    }

    /// Presses a key, by its name and its number.
    pub(crate) fn press(&mut self, key: &str, code: u32) {
        for kind in ["rawKeyDown", "keyUp"] {
            let event =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Pages opened from now on run no scripts of their own.
    pub(crate) fn without_scripts(&mut self) {
        let disabled = json!({"value": true});
        self.call("Emulation.setScriptExecutionDisabled", disabled);
    }

    /// The addresses that were asked for since the page was opened.
    pub(crate) fn requests(&self) -> Vec<String> {
        let sent = self.told("Network.requestWillBeSent");
        sent.map(|event| event["request"]["url"].as_str().unwrap().to_string())
            .collect()
    }

    /// What was complained of since the page was opened.
    pub(crate) fn complaints(&self) -> Vec<&Value> {
        let console = self.told("Runtime.consoleAPICalled");
        let thrown = self.told("Runtime.exceptionThrown");
        console
            .chain(thrown)
            .chain(self.told("Log.entryAdded"))
            .collect()
    }

    fn told(&self, method: &str) -> impl Iterator<Item = &Value> {
        let events = self
            .events
            .iter()
            .filter(move |event| event["method"] == method);
        events.map(|event| &event["params"])
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        write!(self.input, "{message}\0").unwrap();
        self.input.flush().unwrap();
        loop {
            let mut message = self.receive();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].take();
            }
            self.events.push(message);
        }
    }

    fn receive(&mut self) -> Value {
        let mut message = Vec::new();
        self.output.read_until(0, &mut message).unwrap();
        assert_eq!(message.pop(), Some(0), "the browser has gone");
        serde_json::from_slice(&message).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The address of a file.
pub(crate) fn url(page: &Path) -> String {
    format!("file://{}", page.display())
}
