//! Why something stays as it is, in people's words.

use actix_web::http::StatusCode;
use vestibule_auth::administration::AdministerError;
use vestibule_content::ContentError;
use vestibule_http::Undone;

use crate::fields::Faults;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;

/// Why nothing was done, where the person can be told; else the fault that ends the request.
pub(super) trait Told: Sized {
    /// The field it is about (empty for the whole), the sentence, and the status of the page that says so.
    fn told(self) -> Result<(&'static str, String, StatusCode), PageProblem>;
}

impl Told for AdministerError {
    fn told(self) -> Result<(&'static str, String, StatusCode), PageProblem> {
        let words = &ENGLISH.admin.refusals;
        let (field, sentence) = match self {
            Self::Store(error) => return Err(error.into()),
            Self::Missing => return Ok(("", words.missing.to_owned(), StatusCode::NOT_FOUND)),
            Self::Stale => ("", words.stale.to_owned()),
            Self::BeyondCaller => return Ok(("", words.beyond.to_owned(), StatusCode::FORBIDDEN)),
            Self::UnknownRole(name) => ("roles", (words.unknown_role)(name.as_str())),
            Self::LastAdmin => ("", words.last_admin.to_owned()),
            Self::NoWayIn => ("", words.no_way_in.to_owned()),
            Self::OwnAccount => ("", words.own_account.to_owned()),
            Self::NoEmail => ("", words.no_email.to_owned()),
            Self::UsernameTaken => ("username", words.username_taken.to_owned()),
            Self::EmailTaken => ("email", words.email_taken.to_owned()),
            Self::RoleTaken => ("name", words.role_taken.to_owned()),
            Self::BuiltInRole => ("", words.built_in.to_owned()),
        };
        Ok((field, sentence, StatusCode::CONFLICT))
    }
}

impl Told for ContentError {
    fn told(self) -> Result<(&'static str, String, StatusCode), PageProblem> {
        let words = &ENGLISH.admin.refusals;
        let (sentence, status) = match self {
            Self::NotFound => (words.missing, StatusCode::NOT_FOUND),
            Self::Forbidden => (words.foreign, StatusCode::FORBIDDEN),
            Self::Stale => (words.stale, StatusCode::CONFLICT),
            error => return Err(error.into()),
        };
        Ok(("", sentence.to_owned(), status))
    }
}

impl<E: Told> Told for Undone<E> {
    fn told(self) -> Result<(&'static str, String, StatusCode), PageProblem> {
        match self {
            Self::Refused(refusal) => Err(refusal.into()),
            Self::Failed(error) => error.told(),
        }
    }
}

/// Notes at its form why it was not done. Answers the status of the page that says so.
pub(super) fn note(faults: &mut Faults, why: impl Told) -> Result<StatusCode, PageProblem> {
    let (field, sentence, status) = why.told()?;
    faults.note(field, sentence);
    Ok(status)
}
