//! What somebody signed in with, in words of ours.

use vestibule_domain::device::{Program, System};

/// The program that `user_agent` says it is. Nothing of the text itself is handed on: whoever signs in chooses it, and
/// could have us write anything to the owner of the account.
pub(crate) fn describe(user_agent: Option<&str>) -> String {
    let user_agent = user_agent.unwrap_or_default();
    match (Program::of(user_agent).map(program), System::of(user_agent).map(system)) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.to_owned(),
        (None, Some(system)) => format!("a program on {system}"),
        (None, None) => "a program we do not know".to_owned(),
    }
}

/// What people call it.
fn program(program: Program) -> &'static str {
    match program {
        Program::Edge => "Edge",
        Program::Opera => "Opera",
        Program::SamsungInternet => "Samsung Internet",
        Program::Firefox => "Firefox",
        Program::Chrome => "Chrome",
        Program::Safari => "Safari",
        Program::Curl => "curl",
        Program::Wget => "Wget",
        Program::App => "an app",
        Program::Python => "a Python program",
    }
}

fn system(system: System) -> &'static str {
    match system {
        System::IPhone => "an iPhone",
        System::IPad => "an iPad",
        System::Android => "Android",
        System::Windows => "Windows",
        System::Mac => "a Mac",
        System::ChromeOs => "ChromeOS",
        System::Linux => "Linux",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_what_people_call_them() {
        for (user_agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
                "Safari on an iPhone",
            ),
            ("curl/8.14.1", "curl"),
            ("python-requests/2.32", "a Python program"),
            ("Windows-Update-Agent", "a program on Windows"),
        ] {
            assert_eq!(describe(Some(user_agent)), name);
        }
    }

    /// S55, S56: whoever signs in does not get to write to the owner.
    #[test]
    fn nothing_of_what_it_says_of_itself_is_handed_on() {
        for user_agent in
            ["Your account is locked, call +1 555", "\r\nBcc: a@b.example", "<a href=//evil.example>"]
        {
            assert_eq!(describe(Some(user_agent)), "a program we do not know");
        }
        assert_eq!(describe(Some("Firefox/1 visit evil.example")), "Firefox");
        assert_eq!(describe(None), "a program we do not know");
    }
}
