//! What somebody came with, as far as a browser's word for itself tells.
//!
//! Nothing of that word is handed on: whoever sends it chooses it, and could have us say anything to the owner of an account. What
//! the two are called is for whoever writes to people.

/// A program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Microsoft Edge.
    Edge,
    /// Opera.
    Opera,
    /// Samsung's browser.
    SamsungInternet,
    /// Firefox.
    Firefox,
    /// Chrome, or something else made of Chromium.
    Chrome,
    /// Safari.
    Safari,
    /// curl.
    Curl,
    /// Wget.
    Wget,
    /// An app, whichever.
    App,
    /// Something written in Python.
    Python,
}

/// What it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// A telephone of Apple's.
    IPhone,
    /// A tablet of Apple's.
    IPad,
    /// Android.
    Android,
    /// Windows.
    Windows,
    /// A computer of Apple's.
    Mac,
    /// `ChromeOS`.
    ChromeOs,
    /// Linux.
    Linux,
}

/// How programs name themselves. The first that fits is meant: most browsers also say that they are others.
const PROGRAMS: [(&str, Program); 13] = [
    ("Edg", Program::Edge),
    ("OPR/", Program::Opera),
    ("SamsungBrowser/", Program::SamsungInternet),
    ("Firefox/", Program::Firefox),
    ("FxiOS/", Program::Firefox),
    ("CriOS/", Program::Chrome),
    ("Chrome/", Program::Chrome),
    ("Safari/", Program::Safari),
    ("curl/", Program::Curl),
    ("Wget/", Program::Wget),
    ("okhttp/", Program::App),
    ("Dart/", Program::App),
    ("python", Program::Python),
];

const SYSTEMS: [(&str, System); 7] = [
    ("iPhone", System::IPhone),
    ("iPad", System::IPad),
    ("Android", System::Android),
    ("Windows", System::Windows),
    ("Macintosh", System::Mac),
    ("CrOS", System::ChromeOs),
    ("Linux", System::Linux),
];

impl Program {
    /// The program that `user_agent` says it is.
    #[must_use]
    pub fn of(user_agent: &str) -> Option<Self> {
        first(&PROGRAMS, user_agent)
    }
}

impl System {
    /// The system that `user_agent` says it runs on.
    #[must_use]
    pub fn of(user_agent: &str) -> Option<Self> {
        first(&SYSTEMS, user_agent)
    }
}

fn first<T: Copy>(known: &[(&str, T)], user_agent: &str) -> Option<T> {
    known.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, it)| *it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_many_names_a_browser_gives_itself_its_own_is_taken() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0";
        assert_eq!((Program::of(edge), System::of(edge)), (Some(Program::Edge), Some(System::Windows)));
        assert_eq!((Program::of("telnet"), System::of("telnet")), (None, None));
    }
}
