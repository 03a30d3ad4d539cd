//! Where files lie: the pictures of people, in a folder or in S3.
//!
//! Whatever is uploaded is decoded within limits and encoded anew: what is kept and served is never what somebody sent. The
//! room knows no HTTP and no accounts beyond their numbers. It bridges the async object store inside; its functions block, and
//! the shell calls them on threads of their own.
//!
//! To keep another kind of file: a name type in domain, its own folder in [`store`], a use case beside [`avatars`].

pub mod avatars;
pub mod picture;
pub mod store;

pub use avatars::{AvatarError, Avatars};
pub use picture::{Picture, PictureError};
pub use store::{MediaStore, MediaUrl, MediaUrlError, S3Credentials, StoreFailure};
