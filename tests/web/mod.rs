//! The pages, as people see them and as an attacker does.

mod admin;
mod assets;
mod back;
mod blog;
mod caching;
mod contact;
mod cookies;
mod csrf;
mod errors;
mod feed;
mod leaving;
mod links;
mod look;
mod naughty;
mod no_js;
mod pages;
mod passwords;
mod policy;
mod profile;
mod redirects;
mod sessions;
mod sign_in;
mod sign_up;
mod states;
mod who_may;
mod writing;
