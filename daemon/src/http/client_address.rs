//! The address a request comes from: the peer's, or what a trusted proxy in front of us says.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

use crate::app::App;

/// Only for slowing down; never proof of anything.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<Arc<App>> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        Ok(Self(believed(peer.to_canonical(), &parts.headers, &app.config.server.trusted_proxies)))
    }
}

/// The nearest address that is not one of our proxies. What stands left of it anybody could have written.
fn believed(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut nearest = peer;
    for hop in hops.iter().rev() {
        let Some(address) = address(hop.trim()) else {
            break;
        };
        nearest = address;
        if !trusted.contains(&address) {
            break;
        }
    }
    nearest
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a guesser writes a new address into the header for every guess.
    #[test]
    fn only_trusted_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let forwarded = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", text.parse().unwrap());
            headers
        };
        let (proxy, client) = (ip("10.0.0.1"), ip("203.0.113.9"));
        let cases = [
            (client, "198.51.100.1", client),
            (proxy, "198.51.100.1, 203.0.113.9", client),
            (proxy, "198.51.100.1, 203.0.113.9, 10.0.0.1", client),
            (proxy, "nonsense", proxy),
            (proxy, "203.0.113.9, nonsense", proxy),
            (proxy, "203.0.113.9:51234", client),
            (proxy, "::ffff:203.0.113.9", client),
            (proxy, "[2001:db8::9]:443", ip("2001:db8::9")),
            (proxy, "[2001:db8::9]", ip("2001:db8::9")),
            (proxy, "2001:db8::9, 10.0.0.1", ip("2001:db8::9")),
            (client, "2001:db8::9", client),
        ];
        for (peer, header, want) in cases {
            assert_eq!(believed(peer, &forwarded(header), &[proxy]), want, "{header}");
        }
        assert_eq!(believed(proxy, &HeaderMap::new(), &[proxy]), proxy);
    }
}
