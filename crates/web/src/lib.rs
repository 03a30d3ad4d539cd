//! The page face: pages rendered on the server, their forms, and the dashboard.
//!
//! The room knows no SQL and hashes no password: a handler extracts, parses through the domain's doors, calls one use case and
//! shows a page or leads to another. Everything works without JavaScript. Who may enter stands in the signature
//! (`Visitor`, `SignedIn`, `May`), and a form is read only after that, with its CSRF token.
//!
//! To add a page: a file named by it in the folder of its kind, holding its template's struct, its handlers and their errors; a
//! template in `templates/`, its words in `texts/`; a line in the folder's `routes`; a row in the tests' list of pages, by which
//! the browser looks at it in light and dark, at 360 and 1280 pixels.

mod account;
mod admin;
mod assets;
mod attempt;
mod blog;
mod contact;
mod cookies;
mod csrf;
mod entry;
mod face;
mod fields;
mod form;
mod page;
mod problem;
mod redirect;
mod routes;
mod site;
mod states;
mod texts;
mod visitor;
mod written;

pub use account::OwnData;
pub use admin::{SettingFact, SystemFacts};
pub use face::Face;
pub use problem::{render, render_with_details};
pub use routes::{configure, is_page};
