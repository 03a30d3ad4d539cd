//! What happens in a window.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::chromium::Listener;

/// What was heard of a window since it was opened.
#[derive(Default)]
pub(super) struct Seen {
    /// The document in it.
    pub(super) loader: String,
    /// Whether that has come to its end.
    pub(super) is_loaded: bool,
    /// Where the harness's own scripts run in it.
    pub(super) world: Value,
    /// Its status.
    pub(super) status: u16,
    pub(super) downloads: usize,
    pub(super) asked: BTreeSet<String>,
    pub(super) referrers: BTreeSet<String>,
    pub(super) violations: Vec<String>,
    pub(super) complaints: Vec<String>,
}

impl Listener for Seen {
    fn hear(&mut self, method: &str, params: &Value) -> Option<(&'static str, Value)> {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match method {
            "Page.frameNavigated" if params["frame"]["parentId"].is_null() => {
                self.loader = word(&params["frame"]["loaderId"]);
                self.world = Value::Null;
                // What the browser kept whole comes back whole.
                self.is_loaded = params["type"] == "BackForwardCacheRestore";
            }
            "Page.lifecycleEvent"
                if params["name"] == "load" && params["loaderId"] == self.loader.as_str() =>
            {
                self.is_loaded = true;
            }
            "Page.downloadWillBegin" => self.downloads += 1,
            "Network.requestWillBeSent" => {
                self.asked.insert(word(&params["request"]["url"]));
            }
            "Network.requestWillBeSentExtraInfo" => {
                self.referrers.extend(params["headers"]["Referer"].as_str().map(str::to_owned));
            }
            "Network.responseReceived" if params["requestId"] == params["loaderId"] => {
                let status = params["response"]["status"].as_u64();
                self.status = status.and_then(|status| status.try_into().ok()).unwrap_or_default();
            }
            "Audits.issueAdded" => {
                let issue = &params["issue"]["details"]["contentSecurityPolicyIssueDetails"];
                if !issue.is_null() {
                    self.violations.push(issue.to_string());
                }
            }
            "Runtime.exceptionThrown" => self.complaints.push(params["exceptionDetails"].to_string()),
            "Log.entryAdded" => {
                let entry = &params["entry"];
                // A page that says no is not a file that is lost.
                let is_page = entry["networkRequestId"] == self.loader.as_str();
                if entry["level"] == "error" && entry["source"] != "security" && !is_page {
                    self.complaints.push(format!("{} {}", word(&entry["text"]), word(&entry["url"])));
                }
            }
            "Page.javascriptDialogOpening" => {
                self.violations.push(format!("a dialog: {}", word(&params["message"])));
                return Some(("Page.handleJavaScriptDialog", json!({ "accept": true })));
            }
            _ => {}
        }
        None
    }
}
