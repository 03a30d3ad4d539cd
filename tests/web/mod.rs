//! The pages, as people see them and as an attacker does.

mod assets;
mod back;
mod caching;
mod assets;
mod cookies;
mod look;
mod no_js;
mod pages;
mod policy;
mod csrf;
mod errors;
mod look;
mod no_js;
mod pages;
mod policy;
mod redirects;
mod sign_in;
mod sign_up;
mod leaving;
mod links;
mod passwords;
mod profile;
mod sessions;
