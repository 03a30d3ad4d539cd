use super::*;

const SITE: Site<'static> = Site { name: "accounts.example.org", url: "https://accounts.example.org" };

fn link(page: &str) -> String {
    format!("https://accounts.example.org/{page}?token={}", "0123456789abcdef".repeat(5))
}

fn noon() -> Timestamp {
    "2026-01-15T12:00:30Z".parse().unwrap()
}

fn shown(letter: &Letter) -> String {
    let text = letter.to_text().unwrap();
    let all = format!("{}\n{text}{}", letter.subject, letter.to_html().unwrap());
    assert!(all.is_ascii(), "what needs an encoding may have its links broken: {all}");
    assert!(!letter.subject.contains(['\r', '\n']) && letter.subject.len() < 78);
    let is_short = |line: &str| line.len() <= 76 || line.starts_with("https://");
    assert!(text.lines().all(is_short), "{text}");
    assert!(all.lines().all(|line| line.len() < 998));
    format!("{}\n\n{text}", letter.subject)
}

#[test]
fn a_link_to_a_new_password() {
    let letter = reset_password(SITE, link("reset-password"), Duration::from_hours(1));
    insta::assert_snapshot!(shown(&letter), @"
    Choose a new password for accounts.example.org

    Hello,

    Somebody asked for a new password for your account at accounts.example.org.
    If that was you, choose one here:

    https://accounts.example.org/reset-password?token=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

    This works once, within 1 hour, and only until you ask for another such
    mail. It signs you out everywhere, and you sign in with the new password.

    If it was not you, there is nothing to do: your password stays as it is, and
    nobody who cannot read your mail can change it this way.

    -- 
    Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.
    ");
}

#[test]
fn a_link_to_prove_an_address() {
    let letter = verify_email(SITE, link("verify-email"), Duration::from_hours(24));
    insta::assert_snapshot!(shown(&letter), @"
    Confirm your e-mail address for accounts.example.org

    Hello,

    Somebody gave this e-mail address for an account at accounts.example.org. If
    that was you, confirm that it is yours here:

    https://accounts.example.org/verify-email?token=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

    This works within 24 hours.

    If it was not you, please do not follow the link, and there is nothing else
    to do: the address stays unconfirmed.

    -- 
    Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.
    ");
}

#[test]
fn a_link_to_another_address() {
    let letter = confirm_email_change(SITE, link("confirm-email"), Duration::from_hours(24));
    insta::assert_snapshot!(shown(&letter), @"
    Confirm your new e-mail address for accounts.example.org

    Hello,

    Somebody wants an account at accounts.example.org to use this e-mail address
    from now on. If that was you, confirm it here:

    https://accounts.example.org/confirm-email?token=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

    This works once, within 24 hours. It signs you out everywhere, and you sign
    in with the new address.

    If it was not you, please do not follow the link, and there is nothing else
    to do: nothing changes.

    -- 
    Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.
    ");
}

#[test]
fn a_way_back_to_the_old_address() {
    let ttl = Duration::from_hours(7 * 24);
    let letter = email_change_notice(SITE, link("confirm-email"), ttl, "m***@e***");
    insta::assert_snapshot!(shown(&letter), @"
    Your e-mail address at accounts.example.org is about to change

    Hello,

    Somebody who knows your password wants your account at accounts.example.org
    to use another e-mail address (m***@e***) in the place of this one. If that
    was you, there is nothing to do here: the link to confirm it went to the new
    address.

    If it was not you, keep this address:

    https://accounts.example.org/confirm-email?token=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

    This works for 7 days, also after the address was changed, and signs
    everybody out. Then choose a new password here, for somebody knows the old
    one:

    https://accounts.example.org/forgot-password

    -- 
    Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.
    ");
}

#[test]
fn word_of_a_changed_password() {
    insta::assert_snapshot!(shown(&password_changed(SITE, noon())), @"
    Your password at accounts.example.org was changed

    Hello,

    The password of your account at accounts.example.org was changed on 15
    January 2026 at 12:00 UTC. If that was you, there is nothing to do: whoever
    else was signed in is signed out.

    If it was not you, choose a new password right away:

    https://accounts.example.org/forgot-password

    -- 
    Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.
    ");
}

#[test]
fn word_of_a_sign_in() {
    let letter = new_sign_in(SITE, noon(), Some([203, 0, 113, 7].into()), "Firefox on Linux");
    insta::assert_snapshot!(shown(&letter), @"
    New sign-in to your account at accounts.example.org

    Hello,

    Somebody signed in to your account at accounts.example.org with a browser or
    a program it was not used with before:

        When: 15 January 2026 at 12:00 UTC
        From: 203.0.113.7
        With: Firefox on Linux

    If that was you, there is nothing to do.

    If it was not you, somebody knows your password. Choose a new one right
    away, which also signs everybody out:

    https://accounts.example.org/forgot-password

    -- 
    Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.
    ");
    assert!(!shown(&new_sign_in(SITE, noon(), None, "curl")).contains("From:"));
}

/// S56: nothing of what whoever registers has typed.
#[test]
fn word_of_an_account_there_is() {
    insta::assert_snapshot!(shown(&account_exists(SITE)), @"
    You have an account at accounts.example.org already

    Hello,

    Somebody wanted to use this e-mail address for an account at
    accounts.example.org, and there is one with it already. If that was you,
    sign in to the account you have, or choose a new password if you do not know
    the old one any more:

    https://accounts.example.org/forgot-password

    If it was not you, there is nothing to do: your account stays as it is.

    -- 
    Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.
    ");
}

#[test]
fn a_link_to_a_first_password() {
    let letter = choose_first_password(SITE, link("reset-password"), Duration::from_hours(24));
    insta::assert_snapshot!(shown(&letter), @"
    Your account at accounts.example.org

    Hello,

    An account was made for you at accounts.example.org, with this e-mail
    address. Choose a password for it here, and then sign in with the two:

    https://accounts.example.org/reset-password?token=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

    This works once, within 24 hours, and only until you ask for another such
    mail. If it is too late, ask for one here:

    https://accounts.example.org/forgot-password

    If you did not expect this, there is nothing to do: the account has no
    password, and nobody who cannot read your mail can give it one this way.

    -- 
    Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.
    ");
}

#[test]
fn a_link_to_a_password_in_the_place_of_a_voided_one() {
    let letter = choose_new_password(SITE, link("reset-password"), Duration::from_hours(24));
    insta::assert_snapshot!(shown(&letter), @"
    Please choose a new password for accounts.example.org

    Hello,

    The people who look after accounts.example.org ask you to choose a new
    password. The old one does not work any more, and you were signed out
    everywhere. Choose the new one here:

    https://accounts.example.org/reset-password?token=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

    This works once, within 24 hours, and only until you ask for another such
    mail. If it is too late, ask for one here:

    https://accounts.example.org/forgot-password

    Nobody but you ever learns the password you choose, and nobody will ask you
    for it.

    -- 
    Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.
    ");
}

#[test]
fn word_of_an_address_that_others_replaced() {
    insta::assert_snapshot!(shown(&email_replaced(SITE, noon())), @"
    Your e-mail address at accounts.example.org was changed

    Hello,

    Your account at accounts.example.org had this e-mail address until 15
    January 2026 at 12:00 UTC. Then the people who look after the accounts there
    put another in its place, or took it away. You were signed out everywhere,
    and what we write about your account does not come here any more.

    If you knew of it, there is nothing to do. If you did not, please ask those
    people: they can change it back.

    -- 
    Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.
    ");
}

#[test]
fn word_of_a_deleted_account() {
    insta::assert_snapshot!(shown(&account_deleted(SITE, noon())), @"
    Your account at accounts.example.org was deleted

    Hello,

    Your account at accounts.example.org was deleted on 15 January 2026 at 12:00
    UTC, and with it everything personal that was kept there. What you wrote for
    others to read stays, without your name.

    Thank you for having been with us. This is the last mail about that account.

    If you did not want this, please tell the people who look after the accounts
    there. They cannot bring back what is gone, and you are welcome to begin
    anew.

    -- 
    Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.
    ");
}

#[test]
fn the_html_part_says_the_same() {
    let letter = verify_email(SITE, link("verify-email"), Duration::from_hours(24));
    insta::assert_snapshot!(letter.to_html().unwrap(), @r#"
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Confirm your e-mail address for accounts.example.org</title>
    </head>
    <body style="font-family: sans-serif; line-height: 1.5; max-width: 36em; margin: 2em auto; padding: 0 1em">
    <p>Hello,</p>
    <p>Somebody gave this e-mail address for an account at accounts.example.org. If
    that was you, confirm that it is yours here:</p>
    <p><a href="https://accounts.example.org/verify-email?token=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef">Confirm my address</a></p>
    <p>This works within 24 hours.</p>
    <p>If it was not you, please do not follow the link, and there is nothing else
    to do: the address stays unconfirmed.</p>
    <p style="font-size: smaller; color: #666">Written by the server at https://accounts.example.org. Nobody reads what is
    sent in reply.</p>
    </body>
    </html>
    "#);
}

#[test]
fn spans_are_told_in_the_greatest_whole_unit() {
    for (minutes, words) in [
        (1, "1 minute"),
        (59, "59 minutes"),
        (60, "1 hour"),
        (90, "90 minutes"),
        (24 * 60, "24 hours"),
        (36 * 60, "36 hours"),
        (7 * 24 * 60, "7 days"),
    ] {
        assert_eq!(span(Duration::from_mins(minutes)), words);
    }
}
