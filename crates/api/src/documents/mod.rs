//! The OpenAPI document and its two readers, Swagger UI and ReDoc.

mod openapi;
mod redoc;
pub(crate) mod responses;
mod swagger;

pub use openapi::{document, json};
pub(crate) use redoc::routes as redoc_routes;
pub(crate) use swagger::routes as swagger_routes;
