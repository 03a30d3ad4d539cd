use proptest::prelude::*;

use super::*;
use crate::letter::Block;

fn letter() -> Letter {
    Letter {
        subject: "A subject".to_owned(),
        blocks: vec![
            Block::text("Hello,"),
            Block::Link { label: "Here", url: format!("https://a.example/x?token={}", "0f".repeat(40)) },
        ],
        footer: "The end.".to_owned(),
    }
}

fn label(version: Option<u32>) -> Label {
    let ordered_at = "2026-01-15T11:59:59Z".parse().unwrap();
    Label { id: 42, kind: "verify_email", ordered_at, version }
}

fn written(to: &EmailAddress, version: Option<u32>) -> Mail {
    let from = "The House, Ltd. <no-reply@example.org>".parse().unwrap();
    write("2026-01-15T12:00:00Z".parse().unwrap(), &label(version), &from, to, &letter()).unwrap()
}

fn text(mail: &Mail) -> String {
    String::from_utf8(mail.message.clone()).unwrap()
}

/// A mail for the tests of the ways it leaves.
pub(crate) fn a_mail() -> Mail {
    written(&"mike@example.org".parse().unwrap(), Some(1))
}

#[test]
fn a_message_is_readable_as_it_is() {
    insta::assert_snapshot!(text(&a_mail()).replace("\r\n", "\n"), @r#"
    From: =?utf-8?b?VGhlIEhvdXNlLCBMdGQu?= <no-reply@example.org>
    To: mike@example.org
    Subject: A subject
    Date: Thu, 15 Jan 2026 12:00:00 +0000
    Message-ID: <42.1768478399000000.1@example.org>
    Auto-Submitted: auto-generated
    MIME-Version: 1.0
    Content-Type: multipart/alternative; boundary="=_vestibule_42"

    --=_vestibule_42
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 7bit

    Hello,

    https://a.example/x?token=0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f

    -- 
    The end.
    --=_vestibule_42
    Content-Type: text/html; charset=utf-8
    Content-Transfer-Encoding: 7bit

    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>A subject</title>
    </head>
    <body style="font-family: sans-serif; line-height: 1.5; max-width: 36em; margin: 2em auto; padding: 0 1em">
    <p>Hello,</p>
    <p><a href="https://a.example/x?token=0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f">Here</a></p>
    <p style="font-size: smaller; color: #666">The end.</p>
    </body>
    </html>
    --=_vestibule_42--
    "#);
}

#[test]
fn copies_of_one_text_have_one_name_and_each_link_has_its_own() {
    let to = "mike@example.org".parse().unwrap();
    let id = |version| {
        let text = text(&written(&to, version));
        text.lines().find_map(|line| line.strip_prefix("Message-ID: ").map(str::to_owned)).unwrap()
    };
    assert_eq!(id(None), "<42.1768478399000000@example.org>");
    assert_eq!(id(None), id(None));
    assert_ne!(id(Some(1)), id(Some(2)));
}

#[test]
fn the_domain_is_written_as_the_domain_name_system_has_it() {
    let mail = written(&"mike@bücher.example".parse().unwrap(), None);
    assert_eq!(mail.to.to_string(), "mike@xn--bcher-kva.example");
    assert!(text(&mail).contains("\r\nTo: mike@xn--bcher-kva.example\r\n"));
}

proptest! {
    /// S55: whatever address gets through our door, the mail goes to it alone and has the headers it should have.
    #[test]
    fn no_address_adds_a_header_or_a_recipient(typed in prop_oneof![
        "\\PC{1,20}@\\PC{1,20}\\.com",
        "[\\p{L}\\p{M}\\p{Nd}.+]{1,20}@[\\p{L}\\p{Nd}-]{1,10}\\.[a-z]{2,5}",
        "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-z0-9-]{1,20}\\.[a-z]{2,5}",
        "[a-z]{64}@([a-z]{20}\\.){8}[a-z]{2,19}",
    ]) {
        let Ok(to) = typed.parse::<EmailAddress>() else { return Ok(()) };
        let mail = written(&to, None);
        prop_assert_eq!(mail.to.to_string(), format!("{}@{}", to.local(), to.ascii_domain()));
        let text = text(&mail);
        let head = text.split_once("\r\n\r\n").unwrap().0.replace("\r\n ", " ");
        let names: Vec<_> = head.split("\r\n").map(|line| line.split(':').next().unwrap()).collect();
        let expected =
            ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "MIME-Version"];
        let sorted = |names: &[&str]| { let mut names = names.to_vec(); names.sort_unstable(); names.join(" ") };
        prop_assert_eq!(sorted(&names), sorted(&expected), "{}", head);
        let to_line = format!("To: {}@{}", to.local(), to.ascii_domain());
        prop_assert!(head.split("\r\n").any(|line| line == to_line), "{}", head);
        prop_assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
    }

    /// S55: nor does a name or an address the operator gives.
    #[test]
    fn no_sender_adds_a_header(name in any::<String>(), local in "\\PC{1,20}") {
        for typed in [format!("{name} <a@b.example>"), format!("{local}@b.example"), name] {
            let Ok(from) = typed.parse::<Sender>() else { continue };
            let to = "mike@example.org".parse().unwrap();
            let now = "2026-01-15T12:00:00Z".parse().unwrap();
            let Ok(mail) = write(now, &label(None), &from, &to, &letter()) else { continue };
            let text = String::from_utf8_lossy(&mail.message).into_owned();
            let head = text.split_once("\r\n\r\n").unwrap().0.replace("\r\n ", " ");
            prop_assert_eq!(head.split("\r\n").count(), 8, "{}", head);
        }
    }
}
