//! How many tries to prove who one is, of whom.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

/// So many tries in a row, then one in `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    pub in_a_row: u32,
    pub every: Duration,
}

/// One subscriber has a whole IPv6 network of this size.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a guesser takes another of their own 2⁶⁴ addresses for every guess.
    #[test]
    fn a_subscriber_is_one_address() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network(ip("2001:db8::1")), network(ip("2001:db8::ffff")));
        assert_ne!(network(ip("2001:db8::1")), network(ip("2001:db8:0:1::1")));
        assert_eq!(network(ip("::ffff:127.0.0.1")), ip("127.0.0.1"));
    }
}
