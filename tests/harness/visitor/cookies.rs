//! What a browser keeps of the cookies it gets, and that they are what ours have to be.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::Page;

/// The names of our cookies, by https and without.
const SESSION: [&str; 2] = ["__Host-vestibule", "vestibule"];
const VISIT: [&str; 2] = ["__Host-vestibule-visit", "vestibule-visit"];

/// Names and values. It keeps `Secure` ones too, as if a proxy spoke https for us.
#[derive(Default)]
pub(super) struct Cookies(Mutex<BTreeMap<String, String>>);

impl Cookies {
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.0.lock().unwrap().get(name).cloned()
    }

    pub(super) fn set(&self, name: &str, value: &str) {
        self.0.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    pub(super) fn session(&self) -> Option<String> {
        SESSION.iter().find_map(|name| self.get(name))
    }

    /// The header they are sent in, if there are any.
    pub(super) fn header(&self) -> Option<String> {
        let kept = self.0.lock().unwrap();
        let pairs = kept.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Keeps and forgets what `page` says, after looking at each cookie closely.
    pub(super) fn take(&self, page: &Page) {
        for header in page.headers.get_all("set-cookie") {
            let header = header.to_str().unwrap();
            let (name, value, is_over) = check(header, page);
            let mut kept = self.0.lock().unwrap();
            if is_over {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// S52: every cookie of every answer. Its name, its value, and whether it is to be forgotten.
fn check<'a>(header: &'a str, page: &Page) -> (&'a str, &'a str, bool) {
    let place = format!("{} sets {header}", page.path);
    assert!(header.len() < 4096, "{place}");
    let mut parts = header.split("; ");
    let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect(&place);
    let attributes: Vec<&str> = parts.collect();
    let age = attributes.iter().find_map(|attribute| attribute.strip_prefix("Max-Age="));
    let is_over = age == Some("0");
    assert!(SESSION.contains(&name) || VISIT.contains(&name), "{place}: whose is it?");
    let is_secure = name.starts_with("__Host-");
    let age = age.map(|age| format!("Max-Age={age}"));
    let mut expected = vec!["HttpOnly", "SameSite=Lax", "Path=/"];
    expected.extend(is_secure.then_some("Secure"));
    expected.extend(age.as_deref());
    expected.sort_unstable();
    let mut found = attributes.clone();
    found.sort_unstable();
    assert_eq!(found, expected, "{place}");
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    assert!(is_over == value.is_empty() && (is_over || value.len() == 64), "{place}");
    assert!(value.chars().all(is_hex), "{place}");
    // S51: whoever keeps the answer would give the cookie to others.
    assert_eq!(page.header("cache-control"), Some("no-store"), "{place}");
    (name, value, is_over)
}
