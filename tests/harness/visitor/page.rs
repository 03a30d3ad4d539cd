//! An answer of the page face, as a person and a browser see it.

use reqwest::Method;
use reqwest::header::HeaderMap;
use scraper::{ElementRef, Html, Selector};

use super::{Form, Visitor};

/// What came back, read to its end.
#[derive(Clone)]
pub(crate) struct Page {
    /// What was asked for, with its query.
    pub(crate) path: String,
    /// The status code.
    pub(crate) status: u16,
    /// All headers.
    pub(crate) headers: HeaderMap,
    /// The body as text.
    pub(crate) text: String,
    visitor: Visitor,
}

/// What every answer carries whatever it is.
const ALWAYS: [(&str, Option<&str>); 8] = [
    ("x-request-id", None),
    ("x-content-type-options", Some("nosniff")),
    ("x-frame-options", Some("DENY")),
    ("referrer-policy", None),
    ("cross-origin-opener-policy", Some("same-origin")),
    ("content-security-policy", None),
    ("permissions-policy", None),
    ("cache-control", None),
];

/// What makes a page of ours, to be told from the documents and from a team's own front end.
const OURS: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

impl Page {
    pub(super) fn new(
        visitor: &Visitor,
        path: String,
        status: u16,
        headers: HeaderMap,
        text: String,
    ) -> Self {
        Self { path, status, headers, text, visitor: visitor.clone() }
    }

    /// The value of a header, if there is exactly one that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// Fails the test, showing the page, unless it has this status.
    #[track_caller]
    pub(crate) fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}: {}", self.path, self.text);
        self
    }

    /// Fails the test unless it leads to the path `to`; what was done, said in the query, does not count.
    #[track_caller]
    pub(crate) fn assert_leads_to(&self, to: &str) -> &Self {
        self.assert_status(303);
        let location = self.location();
        let bare = location.split(['?', '&']).next().unwrap_or_default();
        assert!(location == to || bare == to, "{} leads to {location}, not to {to}", self.path);
        self
    }

    /// Where it leads; panics where it leads nowhere.
    #[track_caller]
    pub(crate) fn location(&self) -> String {
        let location = self.header("location");
        location
            .unwrap_or_else(|| panic!("{} {} leads nowhere: {}", self.path, self.status, self.text))
            .to_owned()
    }

    /// The page it leads to.
    pub(crate) async fn follow(&self) -> Self {
        let location = self.location();
        let here = format!("{}{}", self.visitor.base, self.path);
        let target = url::Url::parse(&here).unwrap().join(&location).unwrap();
        assert!(target.as_str().starts_with(&self.visitor.base), "{} leads away, to {location}", self.path);
        self.visitor.get(&target[url::Position::BeforePath..url::Position::AfterQuery]).await
    }

    /// What the window is called.
    pub(crate) fn title(&self) -> String {
        self.words("title")
    }

    /// The one great heading.
    pub(crate) fn heading(&self) -> String {
        self.words("h1")
    }

    /// What is said to a reader in the first element that fits; empty where none does. Blanks are one.
    pub(crate) fn words(&self, css: &str) -> String {
        self.texts(css).into_iter().next().unwrap_or_default()
    }

    /// The same of every element that fits.
    pub(crate) fn texts(&self, css: &str) -> Vec<String> {
        self.select(css, |element| {
            element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
        })
    }

    /// Whether there is such an element.
    pub(crate) fn has(&self, css: &str) -> bool {
        !self.select(css, |_| ()).is_empty()
    }

    /// How many there are.
    pub(crate) fn count(&self, css: &str) -> usize {
        self.select(css, |_| ()).len()
    }

    /// An attribute of the first element that fits.
    pub(crate) fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.attributes(css, name).into_iter().next()
    }

    /// That attribute of every element that fits and has it.
    pub(crate) fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        self.select(css, |element| element.attr(name).map(str::to_owned)).into_iter().flatten().collect()
    }

    /// The HTML within the first element that fits.
    pub(crate) fn inner_html(&self, css: &str) -> String {
        self.select(css, |element| element.inner_html()).into_iter().next().unwrap_or_default()
    }

    /// What is wrong with the field of that name, as it is said to screen readers; empty where nothing is.
    pub(crate) fn fault(&self, name: &str) -> String {
        let described = self.attribute(&format!("[name='{name}']"), "aria-describedby").unwrap_or_default();
        let fault = format!("{name}-fault");
        if described.split_whitespace().any(|id| id == fault) {
            self.words(&format!("#{fault}"))
        } else {
            String::new()
        }
    }

    /// What is wrong with the form as a whole.
    pub(crate) fn faults(&self) -> String {
        self.words(".faults")
    }

    /// The form that is sent to `action`, whatever its query; panics where there is none.
    #[track_caller]
    pub(crate) fn form(&self, action: &str) -> Form {
        let forms = Form::all(self, &self.visitor);
        let actions: Vec<_> = forms.iter().map(|form| form.action.clone()).collect();
        let bare = |form: &Form| form.action.split('?').next().unwrap_or_default().to_owned();
        let mut fitting = forms
            .iter()
            .filter(|form| form.action == action)
            .chain(forms.iter().filter(|form| bare(form) == action));
        let form = fitting.next().cloned();
        form.unwrap_or_else(|| {
            panic!("no form to {action} on {} {}, but to {actions:?}: {}", self.path, self.status, self.text)
        })
    }

    /// Every form.
    pub(crate) fn forms(&self) -> Vec<Form> {
        Form::all(self, &self.visitor)
    }

    fn select<T>(&self, css: &str, read: impl Fn(ElementRef<'_>) -> T) -> Vec<T> {
        let document = Html::parse_document(&self.text);
        let selector = Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error:?}"));
        document.select(&selector).map(read).collect()
    }

    /// What holds for every answer. S25, S53: the headers; S51: nothing personal is kept; S93: nothing comes from elsewhere.
    pub(super) fn assert_invariants(&self, method: &Method) {
        let request = format!("{method} {} answered {}", self.path, self.status);
        for (name, expected) in ALWAYS {
            let value = self.header(name);
            assert!(value.is_some_and(|value| !value.is_empty()), "{request}: {name} once, not {value:?}");
            assert!(expected.is_none() || value == expected, "{request}: {name} is {value:?}");
        }
        assert_eq!(self.header("server"), None, "{request}: says what serves it");
        for (status, companion) in
            [(405, "allow"), (429, "retry-after"), (503, "retry-after"), (303, "location")]
        {
            assert!(
                self.status != status || self.header(companion).is_some(),
                "{request} without {companion}"
            );
        }
        let is_html = self.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        // A piece of a page, which a script puts into another, is none.
        let is_whole = self.text.starts_with("<!DOCTYPE html>");
        let is_ours = self.header("content-security-policy") == Some(OURS);
        if is_html && is_whole && is_ours && *method != Method::HEAD {
            self.assert_is_page(&request);
        }
    }

    fn assert_is_page(&self, request: &str) {
        assert_eq!(self.header("content-type"), Some("text/html; charset=utf-8"), "{request}");
        assert_eq!(self.count("h1"), 1, "{request}: one great heading: {}", self.text);
        assert!(!self.title().is_empty() && !self.heading().is_empty(), "{request}: without a name");
        let ids = self.attributes("[id]", "id");
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{request}: {id} twice");
        }
        for inline in ["style", "[style]", "script:not([src])", "iframe", "object", "base"] {
            assert!(!self.has(inline), "{request}: {inline}: {}", self.inner_html(inline));
        }
        self.select("*", |element| {
            let handler = element.value().attrs().find(|(name, _)| name.starts_with("on"));
            assert_eq!(handler, None, "{request}: {}", element.html());
        });
        for (css, name) in [("script", "src"), ("link", "href"), ("img", "src"), ("form", "action")] {
            for address in self.attributes(css, name) {
                let is_local = address.starts_with('/') && !address.starts_with("//");
                assert!(is_local || (css == "form" && address.is_empty()), "{request}: {css} of {address}");
            }
        }
        for form in self.forms() {
            let is_post = self.has(&format!("form[method=post][action='{}']", form.action));
            assert!(!is_post || form.has("csrf"), "{request}: the form to {} has no token", form.action);
        }
        let is_personal = self.has("input[name=csrf]") || self.status >= 400;
        let is_kept = self.header("cache-control") != Some("no-store") || self.header("etag").is_some();
        assert!(!is_personal || !is_kept, "{request}: is for nobody else, and kept: {:?}", self.headers);
    }
}
