//! How the database is asked for posts and comments.

use vestibule_content::{latest_posts, list_comments, list_latest_comments, list_posts};
use vestibule_domain::id::{PostId, UserId};
use vestibule_domain::page::PageSize;
use vestibule_domain::post::PostRef;
use vestibule_persistence::comments::{self, NewComment};
use vestibule_persistence::posts::{self, NewPost, PostFilter, Viewer};
use vestibule_persistence::{Database, users};

use super::queries::{LOGGED, plan, queries};
use super::{Store, later, now, somebody, store_with};
use crate::harness::Backend;

on_both!(a_page_of_fifty_takes_no_more_questions_than_a_page_of_one, pages_of_posts_are_read_along_indexes,);

/// Posts with authors and comments, the counts included: none of it is asked for post by post.
async fn a_page_of_fifty_takes_no_more_questions_than_a_page_of_one(backend: Backend) {
    let Store { database, test: _test } = store_with(backend, LOGGED());
    let first = fill(&database, 1);
    let one = counted(&database, first);
    fill(&database, 49);
    let fifty = counted(&database, first);
    assert_eq!(one, fifty);
    assert!(one.iter().all(|count| (1..=4).contains(count)), "{one:?}");
}

/// How many questions each kind of list takes.
fn counted(database: &Database, post: PostId) -> [usize; 5] {
    let (size, all) = (PageSize::try_from(100).unwrap(), PostFilter::default());
    let by_somebody = PostFilter { author: Some(UserId::try_from(1).unwrap()), ..all.clone() };
    let viewer = Viewer::Account(UserId::try_from(1).unwrap());
    [
        queries(|| drop(list_posts(database, None, &all, None, size).unwrap())),
        queries(|| drop(list_posts(database, None, &by_somebody, None, size).unwrap())),
        queries(|| drop(database.read(|conn| posts::list(conn, viewer, &all, None, size)).unwrap())),
        queries(|| drop(list_comments(database, None, &PostRef::Id(post), None, size).unwrap())),
        queries(|| {
            drop(list_latest_comments(database, None, size).unwrap());
            drop(latest_posts(database).unwrap());
        }),
    ]
    .map(|asked| asked.len())
}

async fn pages_of_posts_are_read_along_indexes(backend: Backend) {
    let Store { database, test } = store_with(backend, LOGGED());
    fill(&database, 3);
    let author = Some(UserId::try_from(1).unwrap());
    let asked = |filter: &PostFilter| {
        queries(|| drop(list_posts(&database, None, filter, None, PageSize::default()).unwrap()))
    };
    let by_author = PostFilter { author, ..PostFilter::default() };
    for (filter, places, index) in [
        (PostFilter::default(), 2, "posts_published_at_idx"),
        (by_author, 3, "posts_author_id_published_at_idx"),
    ] {
        let query = &asked(&filter)[0];
        // All of them are numbers.
        let places = if backend == Backend::Sqlite { query.matches('?').count() } else { places };
        let plan = plan(&test, backend, query, &vec!["bigint"; places], &vec!["1"; places]);
        assert!(plan.contains(index) && plan.contains("comments_post_id_idx"), "{query}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{query}\n{plan}");
    }
}

/// So many published posts of one author each, with two comments of others, and a draft. Answers the first.
fn fill(database: &Database, count: u64) -> PostId {
    let mut first = None;
    for n in 0..count {
        let place = database.write(|conn| {
            let id = users::count(conn)? + 1;
            let author = Some(users::insert(conn, now(), &somebody(&format!("author{id}")))?);
            let (title, content) = ("Hello".parse().unwrap(), "It *rained*.".parse().unwrap());
            let post = NewPost { author, title, content, published_at: Some(later(n)) };
            let place = posts::insert(conn, now(), &post)?;
            posts::insert(conn, now(), &NewPost { published_at: None, ..post })?;
            for _ in 0..2 {
                let content = "Well said.".parse().unwrap();
                comments::insert(conn, now(), &NewComment { post: place, author, content })?;
            }
            Ok::<_, vestibule_persistence::StoreError>(place)
        });
        first.get_or_insert(place.unwrap());
    }
    first.unwrap()
}
