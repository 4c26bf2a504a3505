//! `X-Twilio-Signature`: base64(HMAC-SHA1(auth token, URL + sorted names and values)).
//!
//! Source: Twilio's `RequestValidator` (Python, Node) and their test suites. The vendor signs with or without the
//! standard port, so both forms of the configured URL are accepted.

use aws_lc_rs::{digest, hmac};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};

/// Is `signature` right for this URL and form, under any of the tokens?
pub fn verify<'t, S: AsRef<str> + Ord>(
    tokens: impl IntoIterator<Item = &'t SecretString>,
    url: &str,
    pairs: &[(S, S)],
    signature: &str,
) -> bool {
    let Ok(given) = STANDARD.decode(signature) else {
        return false;
    };
    let mut sorted: Vec<&(S, S)> = pairs.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let parts = || sorted.iter().flat_map(|(name, value)| [name.as_ref(), value.as_ref()]);
    let mut form = String::with_capacity(parts().map(str::len).sum());
    form.extend(parts());
    let urls = port_variants(url);
    tokens.into_iter().any(|token| {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.expose_secret().as_bytes());
        // The time may tell which form of our URL was signed; of the token it tells nothing.
        urls.iter().any(|url| {
            let mut context = hmac::Context::with_key(&key);
            context.update(url.as_bytes());
            context.update(form.as_bytes());
            aws_lc_rs::constant_time::verify_slices_are_equal(context.sign().as_ref(), &given).is_ok()
        })
    })
}

/// A JSON webhook: the URL carries `bodySHA256`, the signature covers the URL alone.
pub fn verify_json<'t>(
    tokens: impl IntoIterator<Item = &'t SecretString>,
    url: &str,
    body: &[u8],
    signature: &str,
) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let claimed = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "bodySHA256");
    let digest = digest::digest(&digest::SHA256, body);
    let hex = |byte: &u8| [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or('0'));
    let hex: String = digest.as_ref().iter().flat_map(hex).collect();
    claimed.is_some_and(|(_, claimed)| claimed == hex) && verify::<&str>(tokens, url, &[], signature)
}

/// The URL without a port, and with one: the given one, else the scheme's.
fn port_variants(url: &str) -> [String; 2] {
    let Some((scheme, rest)) = url.split_once("://") else {
        return [url.to_owned(), url.to_owned()];
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
    let at = if user.is_empty() { "" } else { "@" };
    let bare_host = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let with_port = if bare_host == host {
        format!("{host}:{}", if scheme == "https" { 443 } else { 80 })
    } else {
        host.to_owned()
    };
    [format!("{scheme}://{user}{at}{bare_host}{path}"), format!("{scheme}://{user}{at}{with_port}{path}")]
}

#[cfg(test)]
mod tests;
