//! Ports to listen on.

use std::net::{Ipv4Addr, TcpListener};

use crate::unique::random;

/// A port that is free now; it may be taken by someone else before it is used.
///
/// It lies below those that systems give to outgoing connections, so that it is still free when a server that was
/// stopped comes back to it.
pub(crate) fn free_port() -> u16 {
    const FIRST: u16 = 10_000;
    const PORTS: u64 = 22_000;
    for _ in 0..1000 {
        let offset = u16::try_from(random() % PORTS).expect("fewer than 65,536 ports");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, FIRST + offset)).is_ok() {
            return FIRST + offset;
        }
    }
    panic!("no free port was found on 127.0.0.1");
}

/// The words of a program that found its port taken.
pub(crate) const TAKEN: &str = "Address already in use";
