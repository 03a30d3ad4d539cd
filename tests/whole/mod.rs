//! What makes a product of it: figures for operators, files to deploy it by, a front end of one's own.

mod containers;
mod deployed;
mod frontend;
mod metrics;
mod rights;
mod security_txt;
