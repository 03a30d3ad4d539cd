//! The five kinds of backend that teams write by hand, each walked through from the first request to the last as its clients
//! know it.

mod django;
mod email;
mod fastapi;
mod site;
mod warehouse;
