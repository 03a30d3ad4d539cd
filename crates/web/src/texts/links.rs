//! The words of the pages that mails lead to, and of the one where such a mail is asked for.

/// The words.
pub(crate) struct LinksTexts {
    pub(crate) forgot: ForgotTexts,
    pub(crate) reset: ResetTexts,
    pub(crate) verify: ConfirmTexts,
    pub(crate) settle: ConfirmTexts,
    pub(crate) bad: BadLinkTexts,
    /// Somebody else has the address by now.
    pub(crate) taken: BadLinkTexts,
}

/// Asking for a new password.
pub(crate) struct ForgotTexts {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) email: &'static str,
    pub(crate) send: &'static str,
    pub(crate) sent_title: &'static str,
    pub(crate) sent: &'static str,
    pub(crate) sent_hint: &'static str,
    pub(crate) again: &'static str,
}

/// Choosing one.
pub(crate) struct ResetTexts {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) new: &'static str,
    pub(crate) new_hint: &'static str,
    pub(crate) again: &'static str,
    pub(crate) differ: &'static str,
    pub(crate) send: &'static str,
}

/// A page with one button.
pub(crate) struct ConfirmTexts {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) send: &'static str,
}

/// A link that leads nowhere any more.
pub(crate) struct BadLinkTexts {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    /// What to do about a password.
    pub(crate) ask_for_password: &'static str,
    /// What to do about an address.
    pub(crate) go_to_profile: &'static str,
}

pub(super) const ENGLISH: LinksTexts = LinksTexts {
    forgot: ForgotTexts {
        title: "Choose a new password",
        lead: "Tell us the e-mail address of your account. We send a link to it by which you choose a new password.",
        email: "E-mail address",
        send: "Send the link",
        sent_title: "Look into your mail",
        sent: "If an account has the address you gave, a mail is on its way to it. Its link is good for an hour, once.",
        sent_hint: "Nothing there after a few minutes? Look among the junk, and see whether the address was the right one.",
        again: "Try once more",
    },
    reset: ResetTexts {
        title: "Choose a new password",
        lead: "You are signed out everywhere, and sign in with the new password.",
        new: "Your new password",
        new_hint: "Long is good: a few words that nobody would guess. Not a common one, not digits alone, nothing like your name or address.",
        again: "The new one once more",
        differ: "This is not the same as the new password above.",
        send: "Set the password",
    },
    verify: ConfirmTexts {
        title: "Confirm your e-mail address",
        lead: "One more step: press the button, and we know that the address is yours.",
        send: "Confirm this address",
    },
    settle: ConfirmTexts {
        title: "Your e-mail address",
        lead: "Press the button, and your account has the address this mail came to. You are signed out everywhere, and sign in again.",
        send: "Use the address this mail came to",
    },
    bad: BadLinkTexts {
        title: "This link leads nowhere any more",
        lead: "It was followed already, is too old, or a newer mail took its place. Perhaps the mail program cut it in two: then copy all of it into the address bar.",
        ask_for_password: "Ask for a new link to choose a password",
        go_to_profile: "Go to your account and ask for a new link there",
    },
    taken: BadLinkTexts {
        title: "Somebody else has this address by now",
        lead: "Between the mail and this moment another account came to have it. Yours stays as it is.",
        ask_for_password: "Choose a new password by a mail",
        go_to_profile: "Go to your account",
    },
};
