//! Reading and changing what people write: where that is done, and what a form remembers of the page it was made for.

use actix_web::HttpResponse;
use actix_web::http::header::RETRY_AFTER;
use vestibule_auth::administration::Seen;
use vestibule_auth::limits::TooMany;
use vestibule_domain::caller::Caller;
use vestibule_domain::submission::SubmissionKey;
use vestibule_http::{Undone, conduct};
use vestibule_persistence::Database;

use crate::fields::Fields;
use crate::problem::PageProblem;
use crate::visitor::Visitor;

/// The name of the hidden field by which two clicks make one thing.
pub(crate) const KEY: &str = "key";

/// The name of the hidden field by which nobody overwrites what they have not seen.
pub(crate) const VERSION: &str = "version";

/// The name of the hidden field that does the same for what has no version: a digest of what was shown.
pub(crate) const AS_OF: &str = "as_of";

impl Visitor {
    /// Runs `job`, which only reads, where it may wait for the database.
    pub(crate) async fn reading<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Database) -> T + Send + 'static,
    ) -> Result<T, PageProblem> {
        Ok(self.shell.database(move |accounts| job(&accounts.database)).await?)
    }

    /// Runs `job`, which will write, where it may wait for the database and for others who write.
    pub(crate) async fn writing<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Database) -> T + Send + 'static,
    ) -> Result<T, PageProblem> {
        Ok(self.shell.database_write(move |accounts| job(&accounts.database)).await?)
    }

    /// Takes one post or comment of `caller`. Where that is one too many it says so, for the form to be shown once more.
    pub(crate) async fn admit_writing(&self, caller: &Caller) -> Result<Option<TooMany>, PageProblem> {
        hit(conduct::admit_writing(&self.shell, &self.request, caller).await)
    }

    /// The same with a preview.
    pub(crate) async fn admit_preview(&self, caller: &Caller) -> Result<Option<TooMany>, PageProblem> {
        hit(conduct::admit_preview(&self.shell, &self.request, caller).await)
    }

    /// The key of a form that is shown for the first time.
    pub(crate) fn new_key(&self) -> String {
        let mut bytes = [0; 16];
        self.shell.random().fill(&mut bytes);
        base16ct::lower::encode_string(&bytes)
    }
}

fn hit(admitted: Result<(), Undone<TooMany>>) -> Result<Option<TooMany>, PageProblem> {
    match admitted {
        Ok(()) => Ok(None),
        Err(Undone::Failed(hit)) => Ok(Some(hit)),
        Err(Undone::Refused(refusal)) => Err(refusal.into()),
    }
}

/// Says in `response`, which shows the form once more, when it may be sent again.
pub(crate) fn sent_too_often(mut response: HttpResponse, hit: &TooMany) -> HttpResponse {
    response.headers_mut().insert(RETRY_AFTER, hit.retry_after.as_secs().max(1).into());
    response
}

/// The key of a form that was sent.
pub(crate) fn key(fields: &Fields) -> Result<SubmissionKey, PageProblem> {
    fields.text(KEY).parse().map_err(|_| PageProblem::BadRequest)
}

/// The version that a form was made for.
pub(crate) fn version(fields: &Fields) -> Result<i64, PageProblem> {
    fields.text(VERSION).parse().map_err(|_| PageProblem::BadRequest)
}

/// What a form showed that is about something without a version.
pub(crate) fn as_of(fields: &Fields) -> Result<Seen, PageProblem> {
    fields.text(AS_OF).parse().map_err(|_| PageProblem::BadRequest)
}
