//! What things are.
//!
//! Every value here is parsed once, at its one door, and trusted from then on. The room knows no database, no wire
//! format, no clock and no generator: time and randomness come in as arguments.
//!
//! To add a thing: one file, a private field, a door (`FromStr` or `TryFrom`) with a small error enum whose text is
//! a fragment that reads after the field's name, and its tests below it.

pub mod audit;
pub mod avatar;
pub mod birth_date;
pub mod bucket;
pub mod caller;
pub mod causes;
mod code_point;
pub mod comment;
pub mod contact;
pub mod device;
pub mod email;
pub mod failures;
pub mod fold;
pub mod guide;
pub mod id;
pub mod mail;
pub mod metadata;
pub mod page;
pub mod password;
pub mod permission;
pub mod person_name;
pub mod phone;
pub mod post;
pub mod profile;
pub mod random;
pub mod rate;
pub mod role;
pub mod sign_in_name;
pub mod slug;
pub mod state;
pub mod submission;
pub mod text;
pub mod time;
pub mod token;
pub mod user;
pub mod username;
