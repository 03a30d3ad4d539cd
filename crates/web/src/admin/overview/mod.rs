//! How things stand: figures, and what happened day by day.

mod plot;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_content::list_messages;
use vestibule_domain::page::PageSize;
use vestibule_domain::permission::Permission;
use vestibule_http::Undone;
use vestibule_persistence::statistics::{Day, Statistics};

use self::plot::Plot;
use super::menu::{Frame, around};
use super::moment::Moment;
use crate::entry::SignedIn;
use crate::page::{DASHBOARD, Layout};
use crate::problem::PageProblem;
use crate::texts::ENGLISH;

/// The days that are shown.
const DAYS: u16 = 30;

/// One number, and where there is more about it.
struct Tile {
    href: &'static str,
    label: &'static str,
    number: String,
    about: String,
    since: Option<Moment>,
}

/// One day, in numbers.
struct DayRow {
    iso: String,
    words: String,
    accounts: u64,
    sign_ins: u64,
    refused_sign_ins: u64,
}

struct Plots {
    sign_ups: Plot,
    sign_ins: Plot,
    days: Vec<DayRow>,
}

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct OverviewPage {
    layout: Layout,
    frame: Frame,
    tiles: Vec<Tile>,
    plots: Option<Plots>,
}

/// Shows to each what their permissions are about.
pub(super) async fn show_overview(visitor: SignedIn) -> Result<HttpResponse, PageProblem> {
    if !DASHBOARD.iter().any(|permission| visitor.may(*permission)) {
        // Told as the lack of the first: whoever may see nothing here lacks that, too.
        visitor.must(DASHBOARD[0])?;
    }
    let mut tiles = Vec::new();
    let may_see_figures = visitor.may(Permission::UsersRead);
    let may_see_mails = visitor.may(Permission::MailManage);
    let figures =
        if may_see_figures || may_see_mails { Some(visitor.shell.figures(DAYS).await?) } else { None };
    if let Some(figures) = figures.as_deref().filter(|_| may_see_figures) {
        tiles.extend(account_tiles(figures));
    }
    tiles.extend(figures.as_deref().filter(|_| may_see_mails).map(mail_tile));
    if visitor.may(Permission::ContactRead) {
        tiles.push(message_tile(&visitor).await?);
    }
    let plots = figures.as_deref().filter(|_| may_see_figures).map(plots);
    let (layout, frame) = around(&visitor, ENGLISH.admin.overview.title);
    visitor.show(StatusCode::OK, &OverviewPage { layout, frame, tiles, plots })
}

fn account_tiles(figures: &Statistics) -> [Tile; 2] {
    let words = &ENGLISH.admin.overview;
    [
        Tile {
            href: "/admin/users",
            label: words.accounts,
            number: figures.accounts.to_string(),
            about: (words.suspended)(figures.suspended_accounts),
            since: None,
        },
        Tile {
            href: "/admin/users?sort=-last_login_at",
            label: words.sessions,
            number: figures.active_sessions.to_string(),
            about: words.sessions_hint.to_owned(),
            since: None,
        },
    ]
}

fn mail_tile(figures: &Statistics) -> Tile {
    let words = &ENGLISH.admin.overview;
    let mut about = (words.dead)(figures.dead_mails);
    if figures.oldest_mail_at.is_some() {
        about = format!("{about}. {}", words.oldest);
    }
    Tile {
        href: "/admin/mail",
        label: words.mails,
        number: figures.queued_mails.to_string(),
        about,
        since: figures.oldest_mail_at.map(Moment::from),
    }
}

async fn message_tile(visitor: &SignedIn) -> Result<Tile, PageProblem> {
    let counting = |accounts: &vestibule_auth::accounts::Accounts| {
        list_messages(&accounts.database, Some(false), None, PageSize::default())
    };
    let new = visitor.shell.database(counting).await?.map_err(Undone::Failed)?;
    let words = &ENGLISH.admin.overview;
    Ok(Tile {
        href: "/admin/contact?state=new",
        label: words.messages,
        number: new.total.get().to_string(),
        about: words.messages_hint.to_owned(),
        since: None,
    })
}

fn plots(figures: &Statistics) -> Plots {
    let (words, days) = (&ENGLISH.admin.overview, &figures.days);
    let series = |of: fn(&Day) -> u64| days.iter().map(of).collect::<Vec<_>>();
    let (made, good, bad) =
        (series(|day| day.accounts), series(|day| day.sign_ins), series(|day| day.refused_sign_ins));
    let labels: Vec<String> = days.iter().map(|day| day.date.format("%m-%d").to_string()).collect();
    let most = |series: &[u64]| series.iter().copied().max().unwrap_or_default();
    let about_made = (words.sign_ups_about)(made.iter().sum(), most(&made));
    let about_tried =
        (words.sign_ins_about)(good.iter().sum(), bad.iter().sum(), most(&good).max(most(&bad)));
    Plots {
        sign_ups: Plot::of(words.sign_ups, about_made, &labels, &[&made]),
        sign_ins: Plot::of(words.sign_ins, about_tried, &labels, &[&good, &bad]),
        days: days.iter().rev().map(DayRow::of).collect(),
    }
}

impl DayRow {
    fn of(day: &Day) -> Self {
        let iso = day.date.to_string();
        Self {
            words: ENGLISH.dates.day(&iso),
            iso,
            accounts: day.accounts,
            sign_ins: day.sign_ins,
            refused_sign_ins: day.refused_sign_ins,
        }
    }
}
