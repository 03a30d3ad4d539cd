//! Writing to those who run the site, and their inbox: `/api/contact`.

mod delete_message;
mod list_messages;
mod message_view;
mod send_message;
mod update_message;

use utoipa_actix_web::service_config::ServiceConfig;
use vestibule_domain::id::ContactMessageId;

use crate::path_number::parse_number;
use crate::problem::{Code, Problem};

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(send_message::send_message)
        .service(list_messages::list_messages)
        .service(update_message::update_message)
        .service(delete_message::delete_message);
}

/// The message a path names.
fn parse_path(id: &str) -> Result<ContactMessageId, Problem> {
    let number = parse_number(id).and_then(|number| ContactMessageId::try_from(number).ok());
    number.ok_or_else(|| Code::NotFound.into())
}

/// Whether `status` says that a message is handled.
fn parse_status(status: &str) -> Result<bool, &'static str> {
    match status {
        "handled" => Ok(true),
        "new" => Ok(false),
        _ => Err("must be `new` or `handled`"),
    }
}
