//! A window of a real, headless Chromium, for what people do with pages.
//!
//! ```ignore
//! let browser = Browser::at(app.base()).await;             // a window with no cookies, 1280 pixels wide, light
//! browser.goto("/login").await;                            // a path of that server, or a whole address
//! browser.fill("username", "alice").await;                 // the field of that name: text, area, date, choice, box, file
//! browser.press("Sign in").await;                          // a button or link by its words, else a CSS selector; waits for
//!                                                          // the page it leads to
//! assert_eq!(browser.address().await, "/");                // path and query
//! assert_eq!(browser.text("h1").await, "Welcome");         // as it is seen; `has(css)` asks whether it is there
//! assert_eq!(browser.violations_of_policy(), [""; 0]);     // nothing blocked, no dialog; `complaints()`: scripts, lost files
//! assert_eq!(browser.axe().await, [""; 0]);                // WCAG 2.2 AA
//! browser.set_javascript(false).await;                     // from the next page on; also `set_dark`, `set_width`
//! browser.screenshot(&path, 360, true).await;              // the whole page as PNG
//! ```
//!
//! Windows share the program, which starts with the first and ends with the last, and nothing else: a second `Browser` is a
//! second person. A window closes when dropped. `wait_for(css)` waits for what a script brings. `duplicate()` opens another
//! tab of the same person, which has the cookies and whatever scripts keep.

mod chromium;
mod seen;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

use self::chromium::{Chromium, PATIENCE};
use self::seen::Seen;

/// One window.
pub(crate) struct Browser {
    person: Arc<Person>,
    session: String,
    frame: String,
    base: String,
    seen: Arc<Mutex<Seen>>,
}

/// Whoever sits before one window or several: cookies and storage of their own.
struct Person {
    chromium: Arc<Chromium>,
    context: String,
}

/// What a press may do, by the look of the element.
const FIND: &str = include_str!("browser/find.js");

const FILL: &str = include_str!("browser/fill.js");

const AXE: &str = "axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    rules: { 'target-size': { enabled: true } },
    resultTypes: ['violations'],
    preload: false,
}).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(node => `${id}: ${node.target.join(' ')}: ${node.failureSummary} ${node.html}`.replace(/\\s+/g, ' '))))";

impl Browser {
    /// A window on the server at `base`, an address like `http://127.0.0.1:8080`.
    pub(crate) async fn at(base: &str) -> Self {
        let chromium = Chromium::shared();
        let mut made = chromium
            .call("", "Target.createBrowserContext", json!({ "disposeOnDetach": true }))
            .await
            .unwrap();
        let context = word(&made["browserContextId"].take());
        let target = json!({ "url": "about:blank", "browserContextId": context, "newWindow": true });
        let target = chromium.call("", "Target.createTarget", target).await.unwrap()["targetId"].take();
        Self::attach(Arc::new(Person { chromium, context }), &target, base).await
    }

    /// Another tab on the same page, as the browser's menu makes one: what is kept for this tab alone is copied, and from
    /// then on each has its own.
    pub(crate) async fn duplicate(&self) -> Self {
        let open = json!({ "expression": "void open(location.href)", "userGesture": true });
        self.ask("Runtime.evaluate", open).await;
        let begun = Instant::now();
        let target = loop {
            let known = self.person.chromium.call("", "Target.getTargets", json!({})).await.unwrap();
            let is_new = |target: &&Value| target["openerId"] == *self.frame && target["attached"] == false;
            if let Some(target) = known["targetInfos"].as_array().unwrap().iter().find(is_new) {
                break target["targetId"].clone();
            }
            assert!(begun.elapsed() < PATIENCE, "no second tab comes up");
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let tab = Self::attach(Arc::clone(&self.person), &target, &self.base).await;
        tab.goto(&self.address().await).await;
        tab
    }

    async fn attach(person: Arc<Person>, target: &Value, base: &str) -> Self {
        let attach = json!({ "targetId": target, "flatten": true });
        let mut attached = person.chromium.call("", "Target.attachToTarget", attach).await.unwrap();
        let (session, frame) = (word(&attached["sessionId"].take()), word(target));
        let seen = Arc::new(Mutex::new(Seen::default()));
        person.chromium.listen(&session, seen.clone());
        let browser = Self { person, session, frame, base: base.to_owned(), seen };
        for room in ["Page", "Runtime", "Network", "Log", "Audits"] {
            browser.ask(&format!("{room}.enable"), json!({})).await;
        }
        browser.ask("Page.setLifecycleEventsEnabled", json!({ "enabled": true })).await;
        browser.ask("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
        browser.set_width(1280).await;
        browser.set_dark(false).await;
        browser
    }

    /// Opens a path of the server, or a whole address, and waits until it is loaded.
    pub(crate) async fn goto(&self, address: &str) {
        let address =
            if address.starts_with('/') { format!("{}{address}", self.base) } else { address.to_owned() };
        let went = self.ask("Page.navigate", json!({ "url": address })).await;
        assert_eq!(went["errorText"], Value::Null, "{address}");
        // Within the same document there is nothing to wait for.
        if let Some(loader) = went["loaderId"].as_str() {
            self.wait(&address, |seen| seen.loader == loader && seen.is_loaded).await;
        }
    }

    /// Loads the page again.
    pub(crate) async fn reload(&self) {
        let before = self.loader();
        self.ask("Page.reload", json!({})).await;
        self.wait("the same page", |seen| seen.loader != before && seen.is_loaded).await;
    }

    /// Goes back, as by the button of that name.
    pub(crate) async fn back(&self) {
        let history = self.ask("Page.getNavigationHistory", json!({})).await;
        let current = usize::try_from(history["currentIndex"].as_u64().unwrap()).unwrap();
        let before = self.loader();
        let entry = history["entries"][current.checked_sub(1).expect("a page before this one")]["id"].clone();
        self.ask("Page.navigateToHistoryEntry", json!({ "entryId": entry })).await;
        self.wait("the page before", |seen| seen.loader != before && seen.is_loaded).await;
    }

    /// Puts `value` into the field of that name, as by typing; of several the first that is seen. A date takes `2001-02-03`, a
    /// choice the value or the words of one, radio buttons the value, a box "on" or "off", a file field the path of a file.
    pub(crate) async fn fill(&self, name: &str, value: &str) {
        match self.run(FILL, &[name.into(), value.into()]).await.as_str().unwrap_or_default() {
            "set" => {}
            "type" if value.is_empty() => {
                let key = |kind| json!({ "type": kind, "key": "Delete", "windowsVirtualKeyCode": 46 });
                self.ask("Input.dispatchKeyEvent", key("keyDown")).await;
                self.ask("Input.dispatchKeyEvent", key("keyUp")).await;
            }
            "type" => {
                self.ask("Input.insertText", json!({ "text": value })).await;
            }
            "file" => {
                let document = self.ask("DOM.getDocument", json!({})).await["root"]["nodeId"].take();
                let selector = json!({ "nodeId": document, "selector": format!("input[name='{name}']") });
                let node = self.ask("DOM.querySelector", selector).await["nodeId"].take();
                self.ask("DOM.setFileInputFiles", json!({ "nodeId": node, "files": [value] })).await;
            }
            refusal => panic!("{name}: {refusal}, on {}", self.address().await),
        }
    }

    /// Presses a button or follows a link with the mouse, found by its words or else by a CSS selector; of several of the same
    /// words the main part's come before those around it, and buttons before links. Waits for the page it leads to, if it does.
    pub(crate) async fn press(&self, what: &str) {
        let (before, downloads) = (self.loader(), self.seen.lock().unwrap().downloads);
        let found = self.run(FIND, &[what.into()]).await;
        if let Some(refusal) = found["refusal"].as_str() {
            panic!("{refusal}: {what:?} on {}:\n{}", self.address().await, self.text("body").await);
        }
        let (x, y) = (&found["x"], &found["y"]);
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", event).await;
        }
        if found["leads"] != true || self.look("globalThis.pressHeld === true").await == true {
            return;
        }
        let arrived = |seen: &Seen| (seen.loader != before && seen.is_loaded) || seen.downloads > downloads;
        self.wait(what, arrived).await;
    }

    /// Presses a key of the keyboard that is no letter: `Tab`, `Enter`, `Escape`.
    pub(crate) async fn key(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, None),
            "Enter" => (13, Some("\r")),
            "Escape" => (27, None),
            other => panic!("the harness has no key {other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = text.filter(|_| kind == "keyDown").unwrap_or_default();
            let event =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text });
            self.ask("Input.dispatchKeyEvent", event).await;
        }
    }

    /// The words of the first element there, as they are seen; fails where there is none.
    pub(crate) async fn text(&self, css: &str) -> String {
        let text = self.run("css => document.querySelector(css)?.innerText", &[css.into()]).await;
        match text {
            Value::String(text) => text.trim().to_owned(),
            _ => panic!("there is no {css} on {}", self.address().await),
        }
    }

    /// Whether there is such an element.
    pub(crate) async fn has(&self, css: &str) -> bool {
        self.run("css => document.querySelector(css) !== null", &[css.into()]).await == true
    }

    /// Waits until a script has brought such an element.
    pub(crate) async fn wait_for(&self, css: &str) {
        let begun = Instant::now();
        while !self.has(css).await {
            assert!(begun.elapsed() < PATIENCE, "no {css} comes up on {}", self.address().await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Path and query of the page.
    pub(crate) async fn address(&self) -> String {
        let address = self.look("location.pathname + location.search").await;
        address.as_str().unwrap_or_default().to_owned()
    }

    /// The page as it is now.
    pub(crate) async fn html(&self) -> String {
        self.look("document.documentElement.outerHTML").await.as_str().unwrap_or_default().to_owned()
    }

    /// The status the page came with.
    pub(crate) fn status(&self) -> u16 {
        self.seen.lock().unwrap().status
    }

    /// Every address asked for on behalf of this window's pages.
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        self.seen.lock().unwrap().asked.clone()
    }

    /// Every address that was told to a server as the one a request came from.
    pub(crate) fn referrers(&self) -> BTreeSet<String> {
        self.seen.lock().unwrap().referrers.clone()
    }

    /// What the policy of a page has blocked, and dialogs, which no page of ours opens.
    pub(crate) fn violations_of_policy(&self) -> Vec<String> {
        self.seen.lock().unwrap().violations.clone()
    }

    /// Errors of scripts, and files that could not be loaded.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.seen.lock().unwrap().complaints.clone()
    }

    /// What of WCAG 2.2 AA the page does not keep, as far as a program can tell: rule, place, advice.
    pub(crate) async fn axe(&self) -> Vec<String> {
        // Half a megabyte is read once a page, however often that is looked at.
        if self.look("typeof axe").await != "object" {
            let file = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../target/npm/node_modules/axe-core/axe.min.js");
            let script = std::fs::read_to_string(file).expect("axe-core of the tests; type `just setup`");
            // The browser's tools stand beside the page's policy; the script would get past it anyhow.
            self.look(&format!("{script}; true")).await;
        }
        serde_json::from_value(self.look(AXE).await).unwrap()
    }

    /// Writes the whole page to `file` as PNG, at `width` pixels, and leaves the window as it then is.
    pub(crate) async fn screenshot(&self, file: &Path, width: u32, dark: bool) {
        self.set_width(width).await;
        self.set_dark(dark).await;
        let size = self.ask("Page.getLayoutMetrics", json!({})).await["cssContentSize"].take();
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": size["height"], "scale": 1 });
        let wanted = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let picture = self.ask("Page.captureScreenshot", wanted).await;
        std::fs::create_dir_all(file.parent().expect("a folder for pictures")).unwrap();
        std::fs::write(file, Base64::decode_vec(picture["data"].as_str().unwrap()).unwrap()).unwrap();
    }

    /// Switches scripts of pages off or on, from the next page on.
    pub(crate) async fn set_javascript(&self, on: bool) {
        self.ask("Emulation.setScriptExecutionDisabled", json!({ "value": !on })).await;
    }

    /// Whether the person's screen is a dark one.
    pub(crate) async fn set_dark(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            // What moves is at its end when it is looked at.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.ask("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// How wide the window is, in CSS pixels.
    pub(crate) async fn set_width(&self, width: u32) {
        let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// What a JavaScript expression is worth to the page's own scripts; a promise is waited for.
    pub(crate) async fn evaluate(&self, expression: &str) -> Value {
        self.attempt(expression, false).await
    }

    /// The same beside the page's scripts: what it is given they do not see, and it works where they are switched off.
    async fn look(&self, expression: &str) -> Value {
        self.attempt(expression, true).await
    }

    async fn attempt(&self, expression: &str, beside: bool) -> Value {
        let begun = Instant::now();
        loop {
            let mut wanted = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
            if beside {
                wanted["contextId"] = self.world().await;
            }
            match self.person.chromium.call(&self.session, "Runtime.evaluate", wanted).await {
                Ok(mut answer) => {
                    let thrown = &answer["exceptionDetails"];
                    assert!(thrown.is_null(), "{thrown:#}");
                    return answer["result"]["value"].take();
                }
                // Between two documents there is none to ask.
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
            }
            self.seen.lock().unwrap().world = Value::Null;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn world(&self) -> Value {
        let known = self.seen.lock().unwrap().world.clone();
        if !known.is_null() {
            return known;
        }
        let wanted = json!({ "frameId": self.frame, "worldName": "tests" });
        let made = self.person.chromium.call(&self.session, "Page.createIsolatedWorld", wanted).await;
        let world = made.map(|made| made["executionContextId"].clone()).unwrap_or_default();
        self.seen.lock().unwrap().world = world.clone();
        world
    }

    async fn run(&self, function: &str, arguments: &[Value]) -> Value {
        let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
        self.look(&format!("({function})({})", arguments.join(", "))).await
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        self.person.chromium.call(&self.session, method, params).await.unwrap()
    }

    fn loader(&self) -> String {
        self.seen.lock().unwrap().loader.clone()
    }

    async fn wait(&self, what: &str, arrived: impl Fn(&Seen) -> bool) {
        let begun = Instant::now();
        while !arrived(&self.seen.lock().unwrap()) {
            let violations = self.violations_of_policy();
            assert!(begun.elapsed() < PATIENCE, "{what:?} leads nowhere within {PATIENCE:?}; {violations:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.person.chromium.forget(&self.session);
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.chromium.close(&self.context);
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
