//! Use cases of several steps, taken through the threads of the [`Shell`](crate::Shell) one by one: what reads, what hashes and
//! what writes, each where it belongs, and again where the account changed in between.
//!
//! A face extracts, parses, calls one of these and presents the outcome. What is one job on one thread needs no function here.

mod admit;
mod caller;
mod change_email;
mod change_password;
mod delete_account;
mod delete_user;
mod own_password;
mod register;
mod reset_password;
mod set_own_picture;
mod sign_in;

pub use admit::{admit, admit_preview, admit_writing, look};
pub use caller::{caller, recall_caller};
pub use change_email::change_email;
pub use change_password::change_password;
pub use delete_account::delete_account;
pub use delete_user::delete_user;
pub use own_password::check_own;
pub use register::{NewcomerError, admit_newcomer, register};
pub use reset_password::reset_password;
pub use set_own_picture::{SetPictureError, set_own_picture};
pub use sign_in::sign_in;
