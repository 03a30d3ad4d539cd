//! Taking all that is kept about oneself.

use std::sync::Arc;

use actix_web::http::header::{CONTENT_DISPOSITION, ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use bytes::Bytes;
use futures_util::stream::try_unfold;
use serde::Serialize;
use vestibule_auth::export_data::{Begun, begin, go_on};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::time::Timestamp;
use vestibule_http::{Shell, Undone, client_info};
use vestibule_persistence::StoreError;
use vestibule_persistence::own_data::{Part, Place};

use super::exported::{
    CommentView, ExportView, Head, ImportView, KnownClientView, MessageView, PostView, WaitingMailView,
    WayBackView, audit_view,
};
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithToken, WithoutQuery};
use crate::face::Face;
use crate::lists::OneOf;
use crate::problem::Problem;
use crate::query::NoQuery;
use crate::sessions::SessionView;

/// Take all that is kept about you
///
/// One JSON document, sent as it is read: however long it is, it takes as little memory here. Where something goes wrong in the
/// middle the connection breaks, so that what parses is whole. What opens the account, its password's hash and its tokens, is not
/// in it.
#[utoipa::path(
    tag = "own data",
    operation_id = "export_data",
    security(("bearer" = [])),
    responses(
        (
            status = 200,
            description = "Everything",
            body = OneOf<ExportView>,
            headers(("Content-Disposition" = String, description = "A name to save it under")),
        ),
        WithToken,
        WithoutQuery,
        Common,
    ),
)]
#[get("/export")]
pub(crate) async fn export_data(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    query: NoQuery,
) -> Result<HttpResponse, Problem> {
    query.check()?;
    Ok(export_own(&shell, &face, caller, client_info(&request)).await?)
}

/// Hands out all that is kept about `caller`, for whichever face they asked by. An error says that nothing was handed out.
pub async fn export_own(
    shell: &Shell,
    face: &Face,
    caller: Arc<Caller>,
    client: ClientInfo,
) -> Result<HttpResponse, Undone<StoreError>> {
    let (now, who) = (shell.now(), Arc::clone(&caller));
    let beginning = shell.database_write(move |accounts| begin(accounts, now, &who, &client));
    let begun = beginning.await?.map_err(Undone::Failed)?;
    let export = Export::new(shell.clone(), face, now, &begun, &caller);
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(format!("vestibule-export-{}.json", caller.user.id))],
    };
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CONTENT_DISPOSITION, disposition))
        .streaming(try_unfold(export, Export::go_on)))
}

/// An export on its way. It holds one part at a time, and no connection between two.
struct Export {
    shell: Shell,
    user_id: UserId,
    session_id: SessionId,
    /// What stands before the lists, until it is written.
    head: Option<serde_json::Result<Vec<u8>>>,
    place: Option<Place>,
    text: Vec<u8>,
    /// The list that is being written.
    list: &'static str,
}

impl Export {
    fn new(shell: Shell, face: &Face, now: Timestamp, begun: &Begun, caller: &Caller) -> Self {
        let head = Some(serde_json::to_vec(&Head::new(face, now, begun)));
        let text = br#"{"ok":true,"data":"#.to_vec();
        let (user_id, session_id) = (begun.user.id, caller.session_id);
        Self { shell, user_id, session_id, head, place: Some(Place::default()), text, list: "" }
    }

    /// The next part as text. After an error nothing follows, and what was sent so far is no JSON.
    async fn go_on(mut self) -> Result<Option<(Bytes, Self)>, Problem> {
        let Some(place) = self.place.take() else { return Ok(None) };
        if let Some(head) = self.head.take() {
            let head = head.map_err(Problem::internal)?;
            // The lists go on where its last brace stands.
            self.text.extend_from_slice(head.strip_suffix(b"}").unwrap_or(&head));
        }
        let user_id = self.user_id;
        let read = self.shell.database(move |accounts| go_on(accounts, user_id, &place)).await;
        let (part, next) = read.map_err(Problem::from).and_then(|part| Ok(part?)).inspect_err(|problem| {
            let error = tracing::field::debug(problem);
            tracing::warn!(target: "api", user_id = user_id.get(), error, "an export was broken off");
        })?;
        self.write(part).map_err(Problem::internal)?;
        if next.is_none() {
            self.text.extend_from_slice(b"]}}\n");
        }
        self.place = next;
        let text = std::mem::take(&mut self.text);
        Ok(Some((text.into(), self)))
    }

    fn write(&mut self, part: Part) -> serde_json::Result<()> {
        let (user_id, current) = (self.user_id, self.session_id);
        match part {
            Part::Sessions(rows) => {
                self.extend("sessions", rows.into_iter().map(|entry| SessionView::new(&entry, current)))
            }
            Part::KnownClients(rows) => {
                self.extend("known_clients", rows.into_iter().map(KnownClientView::from))
            }
            Part::WaysBack(rows) => self.extend("ways_back", rows.into_iter().map(WayBackView::from)),
            Part::WaitingMails(rows) => {
                self.extend("waiting_mails", rows.into_iter().map(WaitingMailView::from))
            }
            Part::AuditEvents(rows) => {
                self.extend("audit_events", rows.into_iter().map(|entry| audit_view(entry, user_id)))
            }
            Part::Posts(rows) => self.extend("posts", rows.into_iter().map(PostView::from)),
            Part::Comments(rows) => self.extend("comments", rows.into_iter().map(CommentView::from)),
            Part::ContactMessages(rows) => {
                self.extend("contact_messages", rows.into_iter().map(MessageView::from))
            }
            Part::Imports(rows) => self.extend("imports", rows.into_iter().map(ImportView::from)),
        }
    }

    /// Writes `rows` into the list `name`, which is begun where another was being written.
    fn extend<T: Serialize>(
        &mut self,
        name: &'static str,
        rows: impl Iterator<Item = T>,
    ) -> serde_json::Result<()> {
        let mut is_first = name != self.list;
        if is_first {
            let end: &[u8] = if self.list.is_empty() { b"" } else { b"]" };
            self.text.extend_from_slice(end);
            self.text.extend_from_slice(format!(r#","{name}":["#).as_bytes());
            self.list = name;
        }
        for row in rows {
            if !std::mem::replace(&mut is_first, false) {
                self.text.push(b',');
            }
            serde_json::to_writer(&mut self.text, &row)?;
        }
        Ok(())
    }
}
