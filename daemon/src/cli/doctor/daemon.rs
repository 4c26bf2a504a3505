//! The daemon, if it runs: asked at the address where it listens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::{Client, StatusCode};
use serde::Deserialize;

use super::{Report, vendor::reason};
use crate::config::Config;

#[derive(Deserialize)]
struct Health {
    #[serde(default)]
    reasons: Vec<String>,
}

/// Can it serve? Where it serves HTTPS its certificate names the public host, so it is asked there.
pub(super) async fn readiness(report: &mut Report, client: &Client, config: &Config) {
    let Some(url) = address(config) else { return };
    let answer = match client.get(&url).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let text = format!("none answers at {url}: {}", reason(&error));
            return report.warn("daemon", text, "start it with `lotlined serve`, or the service that does");
        }
    };
    match answer.status() {
        StatusCode::OK => report.ok("daemon", format!("{url} is ready")),
        StatusCode::SERVICE_UNAVAILABLE => {
            let reasons = answer.json::<Health>().await.map(|health| health.reasons).unwrap_or_default();
            let text = format!("{url} is not ready: {}", reasons.join(", "));
            report.fail("daemon", text, "look at the reasons, then at its log");
        }
        status => {
            let text = format!("{url} answers {status}");
            report.fail("daemon", text, "something else listens there: correct server.listen");
        }
    }
}

fn address(config: &Config) -> Option<String> {
    if config.tls.is_some() {
        return config.public("/readyz");
    }
    let mut listen = config.server.listen;
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    // With port 0 nobody knows where it is.
    (listen.port() != 0).then(|| format!("http://{listen}/readyz"))
}
