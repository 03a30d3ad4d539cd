//! An order as the database keeps it: the fields of its kind as JSON.

use serde_json::{Value, json};
use vestibule_domain::id::UserId;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::time::Timestamp;

use crate::error::StoreError;

/// The fields of `order`; its kind has a column of its own.
pub(super) fn write(order: &MailOrder) -> String {
    let fields = match order {
        MailOrder::ResetPassword { typed } => json!({ "typed": typed.as_str() }),
        MailOrder::VerifyEmail { user_id }
        | MailOrder::PasswordChanged { user_id }
        | MailOrder::ChooseFirstPassword { user_id }
        | MailOrder::ChooseNewPassword { user_id }
        | MailOrder::AccountExists { user_id } => json!({ "user_id": user_id.get() }),
        MailOrder::ConfirmEmailChange { user_id, new_email, epoch } => {
            json!({ "user_id": user_id.get(), "new_email": new_email.as_str(), "epoch": epoch })
        }
        MailOrder::EmailChangeNotice { user_id, old_email, old_verified_at, new_email } => json!({
            "user_id": user_id.get(),
            "old_email": old_email.as_str(),
            "old_verified_at": old_verified_at.map(Timestamp::unix_micros),
            "new_email": new_email.as_str(),
        }),
        MailOrder::EmailReplaced { user_id, old_email } => {
            json!({ "user_id": user_id.get(), "old_email": old_email.as_str() })
        }
        MailOrder::AccountDeleted { email } => json!({ "email": email.as_str() }),
        MailOrder::NewSignIn { user_id, ip, user_agent } => {
            json!({ "user_id": user_id.get(), "ip": ip, "user_agent": user_agent })
        }
    };
    fields.to_string()
}

/// The order that mail `id` is, each field through its own door.
pub(super) fn read(id: i64, kind: &str, payload: &str) -> Result<MailOrder, StoreError> {
    parse(kind, payload).ok_or_else(|| StoreError::Corrupt { what: "order of mail", row: id.to_string() })
}

fn parse(kind: &str, payload: &str) -> Option<MailOrder> {
    let fields: Value = serde_json::from_str(payload).ok()?;
    let user_id = || UserId::try_from(fields["user_id"].as_i64()?).ok();
    let email = |name: &str| fields[name].as_str()?.parse().ok();
    let text = |name: &str| fields[name].as_str().map(str::to_owned);
    Some(match kind {
        "reset_password" => MailOrder::ResetPassword { typed: email("typed")? },
        "verify_email" => MailOrder::VerifyEmail { user_id: user_id()? },
        "confirm_email_change" => MailOrder::ConfirmEmailChange {
            user_id: user_id()?,
            new_email: email("new_email")?,
            epoch: fields["epoch"].as_i64()?,
        },
        "email_change_notice" => MailOrder::EmailChangeNotice {
            user_id: user_id()?,
            old_email: email("old_email")?,
            old_verified_at: fields["old_verified_at"].as_i64().and_then(Timestamp::from_unix_micros),
            new_email: email("new_email")?,
        },
        "choose_first_password" => MailOrder::ChooseFirstPassword { user_id: user_id()? },
        "choose_new_password" => MailOrder::ChooseNewPassword { user_id: user_id()? },
        "email_replaced" => MailOrder::EmailReplaced { user_id: user_id()?, old_email: email("old_email")? },
        "account_deleted" => MailOrder::AccountDeleted { email: email("email")? },
        "password_changed" => MailOrder::PasswordChanged { user_id: user_id()? },
        "new_sign_in" => {
            MailOrder::NewSignIn { user_id: user_id()?, ip: text("ip"), user_agent: text("user_agent") }
        }
        "account_exists" => MailOrder::AccountExists { user_id: user_id()? },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_reads_back() {
        let user_id = UserId::try_from(7).unwrap();
        let address = |text: &str| text.parse().unwrap();
        let orders = [
            MailOrder::ResetPassword { typed: address("Éva@bücher.example") },
            MailOrder::VerifyEmail { user_id },
            MailOrder::ConfirmEmailChange { user_id, new_email: address("o'brien@example.org"), epoch: 3 },
            MailOrder::EmailChangeNotice {
                user_id,
                old_email: address("a@example.org"),
                old_verified_at: None,
                new_email: address("b@example.org"),
            },
            MailOrder::EmailChangeNotice {
                user_id,
                old_email: address("a@example.org"),
                old_verified_at: Timestamp::from_unix_micros(1_795_132_800_000_001),
                new_email: address("b@example.org"),
            },
            MailOrder::PasswordChanged { user_id },
            MailOrder::ChooseFirstPassword { user_id },
            MailOrder::ChooseNewPassword { user_id },
            MailOrder::EmailReplaced { user_id, old_email: address("a@example.org") },
            MailOrder::AccountDeleted { email: address("a@example.org") },
            MailOrder::NewSignIn { user_id, ip: Some("::1".into()), user_agent: Some("a \"b\"\n".into()) },
            MailOrder::NewSignIn { user_id, ip: None, user_agent: None },
            MailOrder::AccountExists { user_id },
        ];
        for order in orders {
            assert_eq!(read(1, order.kind(), &write(&order)).unwrap(), order);
        }
    }

    #[test]
    fn what_is_not_an_order_of_ours_is_told_apart() {
        for (kind, payload) in [
            ("a_kind_of_tomorrow", "{}"),
            ("verify_email", "{}"),
            ("verify_email", "not JSON"),
            ("verify_email", r#"{"user_id": 0}"#),
            ("reset_password", r#"{"typed": "a@b.example\r\nBcc: c@d.example"}"#),
        ] {
            let read = read(9, kind, payload);
            assert!(matches!(&read, Err(StoreError::Corrupt { row, .. }) if row == "9"), "{kind} {read:?}");
        }
    }
}
