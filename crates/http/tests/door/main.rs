//! The front door before a real server, over real sockets.

mod answers;
mod bodies;
mod callers;
mod crowd;
mod harness;
