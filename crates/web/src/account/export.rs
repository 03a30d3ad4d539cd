//! Taking all that is kept about oneself.
//!
//! What is in it and how it looks is the affair of those who document it for programs; here people ask for it. It is asked for by
//! a form, since the audit trail tells of it, and no other site is to cause that.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_http::{Shell, Undone};
use vestibule_persistence::StoreError;

use crate::entry::SignedIn;
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;

/// An answer that is being made.
type Answering = Pin<Box<dyn Future<Output = Result<HttpResponse, Undone<StoreError>>>>>;

/// Whatever makes it.
type HandOut = dyn Fn(Data<Shell>, Arc<Caller>, ClientInfo) -> Answering + Send + Sync;

/// Hands out what is kept about somebody, as a download.
pub struct OwnData(Box<HandOut>);

impl OwnData {
    /// What `hand_out` hands out.
    pub fn new<F: Future<Output = Result<HttpResponse, Undone<StoreError>>> + 'static>(
        hand_out: impl Fn(Data<Shell>, Arc<Caller>, ClientInfo) -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(move |shell, caller, client| Box::pin(hand_out(shell, caller, client))))
    }
}

impl fmt::Debug for OwnData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnData(..)")
    }
}

#[derive(Template)]
#[template(path = "account/export.html")]
struct ExportPage {
    layout: Layout,
    csrf: String,
}

/// Says what is in it.
pub(super) async fn show_export(visitor: SignedIn) -> Result<HttpResponse, PageProblem> {
    let layout = visitor.layout(ENGLISH.profile.export.title);
    visitor.show(StatusCode::OK, &ExportPage { layout, csrf: visitor.csrf() })
}

/// Hands it out.
pub(super) async fn export_data(
    visitor: SignedIn,
    own_data: Data<OwnData>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    form.read(&visitor).await?;
    Ok((own_data.0)(visitor.shell.clone(), visitor.caller.clone(), visitor.client()).await?)
}
