//! The newest posts as a feed (Atom, RFC 4287). It is the same for everybody, so nobody is asked who they are.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HttpDate};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use sha2::{Digest, Sha256};
use vestibule_content::{FeedEntry, latest_posts};
use vestibule_domain::time::Timestamp;
use vestibule_http::{Shell, is_held};
use vestibule_persistence::posts::Post;

use super::byline::Byline;
use crate::face::Face;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Texts};

/// For so long nobody has to ask again, readers and what stands between.
const KEEP: &str = "public, max-age=300";

#[derive(Template)]
#[template(path = "blog/feed.xml")]
struct Feed<'a> {
    texts: &'static Texts,
    site: &'a str,
    address: &'a str,
    updated: String,
    entries: Vec<Entry>,
}

struct Entry {
    /// By its number a post is found for ever, whatever it is called.
    id: i64,
    slug: String,
    title: String,
    author: String,
    published: String,
    updated: String,
    html: String,
}

impl Entry {
    fn of(entry: FeedEntry) -> Self {
        let post = entry.post;
        Self {
            id: post.id.get(),
            slug: post.slug.to_string(),
            title: post.title.to_string(),
            author: Byline::of(post.author.as_ref()).name,
            published: post.published_at.unwrap_or(post.created_at).to_string(),
            updated: post.updated_at.to_string(),
            html: entry.html.to_string(),
        }
    }
}

/// Shows it, to those who do not have it already.
pub(super) async fn show_feed(
    request: HttpRequest,
    face: Data<Face>,
    shell: Data<Shell>,
) -> Result<HttpResponse, PageProblem> {
    let (face, now) = (face.into_inner(), shell.now());
    let (posts, updated) = shell.database(move |accounts| latest_posts(&accounts.database)).await??;
    let tag = tag(&face, &posts);
    // What changed within this second may change once more within it.
    let changed = updated.filter(|updated| now.since(*updated) >= Duration::from_secs(2)).map(http_date);
    let is_known = is_known(request.headers(), &tag, changed.as_deref());
    let mut response = HttpResponse::build(if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response.insert_header((header::CACHE_CONTROL, KEEP)).insert_header((header::ETAG, tag));
    if let Some(changed) = changed {
        response.insert_header((header::LAST_MODIFIED, changed));
    }
    if is_known {
        return Ok(response.finish());
    }
    let feed = shell.text(move || write(&face, posts, updated)).await??;
    Ok(response.content_type("application/atom+xml; charset=utf-8").body(feed))
}

/// What the feed is made of, so that whoever has it already does not make us make it.
fn tag(face: &Face, posts: &[Post]) -> String {
    let mut digest = Sha256::new_with_prefix(&face.address);
    for post in posts {
        let author = Byline::of(post.author.as_ref()).name;
        digest.update(format!("\n{} {} {} {author}", post.id, post.version, post.slug));
    }
    format!("\"{}\"", base16ct::lower::encode_string(&digest.finalize()[..16]))
}

fn write(face: &Face, posts: Vec<Post>, updated: Option<Timestamp>) -> Result<String, PageProblem> {
    // A feed has to have changed at some time.
    let updated = updated.or(Timestamp::from_unix_seconds(0)).map_or_else(String::new, |at| at.to_string());
    let entries = posts.into_iter().map(FeedEntry::of).map(Entry::of).collect();
    let feed = Feed { texts: &ENGLISH, site: &face.name, address: &face.address, updated, entries };
    let mut xml = feed.render()?;
    xml.retain(is_xml);
    Ok(xml)
}

/// What may stand in XML at all, even escaped (XML 1.0, 2.2): people can write more than that.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Whether whoever asks has the feed already. The tag decides where there is one (RFC 9110, 13.2.2); a date has to be the very
/// one that was sent, for a feed whose newest post went is older than it was.
fn is_known(headers: &HeaderMap, tag: &str, changed: Option<&str>) -> bool {
    if headers.contains_key(header::IF_NONE_MATCH) {
        return is_held(headers, tag);
    }
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    since.is_some() && since == changed
}

fn http_date(at: Timestamp) -> String {
    let since = Duration::from_secs(u64::try_from(at.unix_seconds()).unwrap_or(0));
    HttpDate::from(UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_http_writes_it() {
        let at = "2026-11-21T12:00:09.9Z".parse().unwrap();
        assert_eq!(http_date(at), "Sat, 21 Nov 2026 12:00:09 GMT");
    }

    /// S24: no character of anybody's breaks the feed.
    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        let mut text = "a\u{1}\u{8}\u{b}\u{c}\u{1f}\t\n\r\u{7f}\u{fffe}\u{ffff}\u{fffd}\u{1f600}z".to_owned();
        text.retain(is_xml);
        assert_eq!(text, "a\t\n\r\u{7f}\u{fffd}\u{1f600}z");
    }
}
