//! The words of signing up, in and out.

/// The words.
pub(crate) struct AccountTexts {
    pub(crate) sign_in: SignInTexts,
    pub(crate) sign_up: SignUpTexts,
}

/// Signing in.
pub(crate) struct SignInTexts {
    pub(crate) title: &'static str,
    pub(crate) name: &'static str,
    pub(crate) name_missing: &'static str,
    pub(crate) password: &'static str,
    pub(crate) password_missing: &'static str,
    pub(crate) send: &'static str,
    /// Where something is to be seen after it.
    pub(crate) first: &'static str,
    pub(crate) forgot: &'static str,
    pub(crate) no_account: &'static str,
    pub(crate) sign_up: &'static str,
    /// An unknown name and a wrong password are told alike.
    pub(crate) wrong: &'static str,
    pub(crate) suspended: &'static str,
    pub(crate) unverified: &'static str,
}

/// Signing up.
pub(crate) struct SignUpTexts {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    /// For the first of all accounts.
    pub(crate) becomes_admin: &'static str,
    pub(crate) username: &'static str,
    pub(crate) username_hint: &'static str,
    pub(crate) email: &'static str,
    pub(crate) email_hint: &'static str,
    pub(crate) password: &'static str,
    /// With the least length, in characters.
    pub(crate) password_hint: fn(usize) -> String,
    pub(crate) again: &'static str,
    pub(crate) full_name: &'static str,
    pub(crate) full_name_hint: &'static str,
    pub(crate) setup_token: &'static str,
    pub(crate) setup_token_hint: &'static str,
    pub(crate) send: &'static str,
    pub(crate) have_account: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) differ: &'static str,
    pub(crate) username_taken: &'static str,
    pub(crate) email_taken: &'static str,
    pub(crate) setup_token_wrong: &'static str,
    pub(crate) closed_title: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) sent_title: &'static str,
    pub(crate) sent: &'static str,
    pub(crate) sent_nothing: &'static str,
}

pub(super) const ENGLISH: AccountTexts = AccountTexts {
    sign_in: SignInTexts {
        title: "Sign in",
        name: "Username or e-mail address",
        name_missing: "Say who you are first.",
        password: "Password",
        password_missing: "Your password is missing.",
        send: "Sign in",
        first: "What you want to see is for people who are signed in. You get there right after.",
        forgot: "Forgot your password?",
        no_account: "No account yet?",
        sign_up: "Sign up",
        wrong: "That name and that password do not belong together.",
        suspended: "This account is suspended. Whoever runs the site can say why.",
        unverified: "Your address is not confirmed yet. Follow the link that was mailed to you; if you cannot find it, choose a new password by mail, which confirms the address too.",
    },
    sign_up: SignUpTexts {
        title: "Sign up",
        lead: "An address and a password are enough.",
        becomes_admin: "Nobody has an account here yet. The first account becomes the administrator's: make it now, before somebody else does.",
        username: "Username (optional)",
        username_hint: "To sign in by, beside your address: 3 to 64 letters, digits, dots, dashes and underscores. Others see it.",
        email: "E-mail address",
        email_hint: "Nobody else sees it. It is how you get back in without your password.",
        password: "Password",
        password_hint: |least| {
            format!(
                "At least {least} characters; a few words that nobody would guess are good. Not a common one, not digits alone, nothing like your name or address."
            )
        },
        again: "The password once more",
        full_name: "Name (optional)",
        full_name_hint: "As others are to see it.",
        setup_token: "Setup token (optional)",
        setup_token_hint: "Only for whoever set this site up: it makes this the administrator's account.",
        send: "Make my account",
        have_account: "Have an account?",
        sign_in: "Sign in",
        differ: "This is not the same as the password above.",
        username_taken: "Somebody has this name already.",
        email_taken: "There is an account with this address. You can sign in with it.",
        setup_token_wrong: "This is not the token, or it was used already.",
        closed_title: "Registration is closed",
        closed: "Accounts are made by whoever runs this site. If you have one, you can sign in.",
        sent_title: "Look into your mail",
        sent: "We have sent you a mail. Follow the link in it, and then sign in.",
        sent_nothing: "Nothing there? Look where unwanted mail goes, and whether the address was right; then sign up once more.",
    },
};
