//! What browsers keep of the public pages.

use reqwest::Method;

use super::blog::{say, start, write};
use crate::harness::{Backend, Visitor};

on_both!(a_page_that_is_the_same_is_not_sent_again);

/// What strangers see may be kept by their browsers, and asked for again at little cost; what members see may not.
async fn a_page_that_is_the_same_is_not_sent_again(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    let post = write(&alice, "A talk", "Begin.", "published").await;
    let (stranger, member) = (app.visitor(), app.visitor_signed_in("bob").await);
    let ask = async |visitor: &Visitor, path: &str, tag: &str| {
        visitor.send(visitor.request(Method::GET, path).header("if-none-match", tag)).await
    };
    for path in ["/blog", "/blog/a-talk", "/states", "/states/kerala", "/contact/sent"] {
        let page = stranger.get(path).await;
        let tag = page.assert_status(200).header("etag").expect(path).to_owned();
        assert_eq!(
            (page.header("cache-control"), page.header("vary")),
            (Some("no-cache"), Some("Cookie")),
            "{path}"
        );
        assert_eq!(ask(&stranger, path, &tag).await.assert_status(304).text, "");
        let own = ask(&member, path, &tag).await;
        assert_eq!(
            (own.status, own.header("cache-control"), own.header("etag")),
            (200, Some("no-store"), None),
            "{path}"
        );
        if path.starts_with("/blog") {
            say(&alice, &post, "One more.").await;
            ask(&stranger, path, &tag).await.assert_status(200);
        }
    }
}
