//! What went wrong.

use actix_web::http::StatusCode;

/// One kind of fault.
pub(crate) struct ErrorTexts {
    /// What happened, in a few words.
    pub(crate) title: &'static str,
    /// What to do now.
    pub(crate) advice: &'static str,
}

/// All kinds.
pub(crate) struct ErrorsTexts {
    pub(crate) bad_request: ErrorTexts,
    pub(crate) signed_out: ErrorTexts,
    pub(crate) forbidden: ErrorTexts,
    pub(crate) not_our_form: ErrorTexts,
    pub(crate) not_found: ErrorTexts,
    pub(crate) not_allowed: ErrorTexts,
    pub(crate) conflict: ErrorTexts,
    pub(crate) too_large: ErrorTexts,
    pub(crate) too_slow: ErrorTexts,
    pub(crate) too_many: ErrorTexts,
    pub(crate) unavailable: ErrorTexts,
    pub(crate) internal: ErrorTexts,
    /// The longer fields of forms, and what each is called.
    pub(crate) written: &'static [(&'static str, &'static str)],
    /// Above what was written into them.
    pub(crate) written_heading: &'static str,
    /// What to do with it.
    pub(crate) written_hint: &'static str,
    /// The way in, in a tab of its own.
    pub(crate) sign_in: &'static str,
    /// Before the number of the request.
    pub(crate) request: &'static str,
    /// The way home.
    pub(crate) home: &'static str,
}

impl ErrorsTexts {
    /// The words for a status.
    pub(crate) fn of(&self, status: StatusCode) -> &ErrorTexts {
        match status {
            StatusCode::FORBIDDEN => &self.forbidden,
            StatusCode::NOT_FOUND => &self.not_found,
            StatusCode::METHOD_NOT_ALLOWED => &self.not_allowed,
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => &self.conflict,
            StatusCode::PAYLOAD_TOO_LARGE => &self.too_large,
            StatusCode::REQUEST_TIMEOUT => &self.too_slow,
            StatusCode::TOO_MANY_REQUESTS => &self.too_many,
            StatusCode::SERVICE_UNAVAILABLE => &self.unavailable,
            status if status.is_server_error() => &self.internal,
            _ => &self.bad_request,
        }
    }
}

pub(super) const ENGLISH: ErrorsTexts = ErrorsTexts {
    bad_request: ErrorTexts {
        title: "That did not make sense",
        advice: "What your browser sent could not be read. Go back and try once more.",
    },
    signed_out: ErrorTexts {
        title: "You are not signed in any more",
        advice: "Your session ended before this arrived, so nothing was done. Sign in again, open the page anew and send it once more.",
    },
    forbidden: ErrorTexts {
        title: "This is not yours to see",
        advice: "You are signed in, but your account may not do this. Whoever runs the site can change that.",
    },
    not_our_form: ErrorTexts {
        title: "This form is out of date",
        advice: "You may have signed in or out in another window, or cookies are off. Nothing was done. Open the page anew and send it once more.",
    },
    not_found: ErrorTexts {
        title: "There is nothing here",
        advice: "The page may have moved or gone, or its address has a slip in it.",
    },
    not_allowed: ErrorTexts {
        title: "That cannot be done here",
        advice: "This page is there to be looked at. Go back and use its buttons.",
    },
    conflict: ErrorTexts {
        title: "Somebody was faster",
        advice: "This was changed while you looked at it. Go back, reload the page and see whether your change is still wanted.",
    },
    too_large: ErrorTexts {
        title: "That is too much at once",
        advice: "What you sent is larger than this page takes. Make it smaller and try again.",
    },
    too_slow: ErrorTexts {
        title: "That took too long",
        advice: "What you sent did not arrive in time. Look at your connection, go back and send it again.",
    },
    too_many: ErrorTexts {
        title: "Too many attempts",
        advice: "Wait a little, then try again. This protects everybody's account, yours too.",
    },
    unavailable: ErrorTexts {
        title: "Not just now",
        advice: "The server is busy or something it needs is away. Nothing is lost; try again in a moment.",
    },
    internal: ErrorTexts {
        title: "Something went wrong here",
        advice: "This is our fault, not yours. It is written down and somebody will look at it.",
    },
    written: &[
        ("title", "Title"),
        ("subject", "Subject"),
        ("content", "Text"),
        ("message", "Message"),
        ("summary", "Summary"),
        ("highlights", "Highlights"),
        ("description", "Description"),
    ],
    written_heading: "What you wrote",
    written_hint: "It is kept nowhere but on this page. Copy what you want to keep before you leave it.",
    sign_in: "Sign in in another tab",
    request: "If you ask for help, give this number:",
    home: "Go to the first page",
};
