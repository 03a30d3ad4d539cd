//! The front door before a real server, over real sockets.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod callers;
#[cfg(test)]
mod crowd;
#[cfg(test)]
mod framing;
#[cfg(test)]
mod harness;
