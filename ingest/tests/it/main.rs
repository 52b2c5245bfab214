//! Tests of the intake from its outer edges: the gate by its table of cases, the listener over real sockets.

mod gate;
mod imap;
mod seeds;
mod smtp;
