//! Why an account, a role or a text stays as it is.

use super::words;

words! {
    /// The words.
    RefusalTexts {
        missing = "It is not there any more.";
        beyond = "It allows more than you may do yourself, so it is not yours to change, give or take.";
        last_admin = "It is the last administrator who can sign in: without it nobody could look after the site.";
        no_way_in = "A way to sign in has to be left: a username with a password, or an e-mail address.";
        own_account = "It is your own account: do that on your profile, where your password is asked.";
        no_email = "The account has no e-mail address a link could be sent to.";
        username_taken = "Somebody else has this username.";
        email_taken = "Somebody else has this address.";
        unknown_role: fn(&str) -> String = |name| format!("There is no role called {name} any more.");
        role_taken = "There is a role of this name.";
        built_in = "The role is built in and stays as it is.";
        foreign = "It is not yours to change.";
        stale = "It was changed meanwhile.";
    }
}
