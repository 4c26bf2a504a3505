//! `X-Twilio-Signature`: HMAC-SHA1 over the URL as configured and the form fields (Twilio, "Security" and the
//! validators of its official libraries). Signs only; nothing here is ever trusted by a verifier.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};

/// Signs a request: the URL without fragment, then every distinct name with each of its distinct values, both in
/// byte order. A request without form (GET, WebSocket upgrade, JSON) has no `params`.
pub fn sign<N: AsRef<str>, V: AsRef<str>>(auth_token: &str, url: &str, params: &[(N, V)]) -> String {
    let mut fields: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in params {
        fields.entry(name.as_ref()).or_default().insert(value.as_ref());
    }
    let mut text = url.split('#').next().unwrap_or_default().to_owned();
    for (name, values) in fields {
        for value in values {
            text.push_str(name);
            text.push_str(value);
        }
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::sign;

    type Params = &'static [(&'static str, &'static str)];

    const CALL: Params = &[
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ];

    const SMS: Params = &[
        ("AccountSid", "AC00000000000000000000000000000001"),
        ("ApiVersion", "2010-04-01"),
        ("Body", "Hello & welcome – ünïcode 👋"),
        ("From", "+15551230001"),
        ("FromCity", "SAN FRANCISCO"),
        ("FromCountry", "US"),
        ("FromState", "CA"),
        ("FromZip", "94107"),
        ("MessageSid", "SM00000000000000000000000000000001"),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsMessageSid", "SM00000000000000000000000000000001"),
        ("SmsSid", "SM00000000000000000000000000000001"),
        ("SmsStatus", "received"),
        ("To", "+15005550006"),
        ("ToCity", ""),
        ("ToCountry", "US"),
        ("ToState", "CA"),
        ("ToZip", ""),
    ];

    const PAGE: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

    /// Name, URL, fields, signature with the auth token `12345`. The vendor's own vectors, and ours made with its
    /// libraries.
    const VECTORS: &[(&str, &str, Params, &str)] = &[
        ("form", PAGE, CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("port 443", "https://mycompany.com:443/myapp.php?foo=1&bar=2", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (
            "port 1234",
            "http://mycompany.com:1234/myapp.php?foo=1&bar=2",
            CALL,
            "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
        ),
        ("port 80", "http://mycompany.com:80/myapp.php?foo=1&bar=2", CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("no fields", PAGE, &[], "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
        (
            "JSON body",
            "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
            &[],
            "a9nBmqA0ju/hNViExpshrM61xv4=",
        ),
        (
            "JSON body, hash alone",
            "https://mycompany.com/myapp.php?bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
            &[],
            "y77kIzt2vzLz71DgmJGsen2scGs=",
        ),
        (
            "empty JSON body",
            "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            &[],
            "rw/jVviOgicj2+kHZULvebnA4ag=",
        ),
        (
            "credentials in the URL",
            "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2",
            CALL,
            "CukzLTc1tT5dXEDIHm/tKBanW10=",
        ),
        (
            "user in the URL",
            "https://user@mycompany.com/myapp.php?foo=1&bar=2",
            CALL,
            "2YRLlVAflCqxaNicjMpJcSTgzSs=",
        ),
        (
            "credentials and port",
            "https://user:pass@mycompany.com:443/myapp.php?foo=1&bar=2",
            CALL,
            "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI=",
        ),
        (
            "apostrophe and plus as received",
            "https://mycompany.com/myapp.php?foo=1&bar=2&Body=It's+amazing",
            CALL,
            "dsq4Ehbj6cs+KdTkpF5sSSplOWw=",
        ),
        (
            "one name, two values",
            PAGE,
            &[("MessagingBinding.Address", "+1415xxxxxxx"), ("MessagingBinding.Address", "+1325xxxxxxx")],
            "83O6e2vORAoJHUNzJjDWN1jz+BA=",
        ),
        (
            "one name, the same value twice",
            PAGE,
            &[
                ("Sid", "CA123"),
                ("SidAccount", "AC123"),
                ("Digits", "5678"),
                ("Digits", "1234"),
                ("Digits", "1234"),
            ],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
        ("a text", "https://example.com/webhooks/twilio/sms", SMS, "cOGVjPHOFThuE0Wj+w4q54QJYhE="),
        ("socket upgrade", "wss://example.com/media", &[], "7PR3qMkpDyEJtMrVOY/LDyNq8J8="),
        ("not a socket upgrade", "https://example.com/media", &[], "6HZQ7Cq/dSYDCAiy3qRA6PZfACI="),
        (
            "GET",
            "https://example.com/sms?Body=Hi%20there&From=%2B15551230001&To=%2B15005550006",
            &[],
            "satodFLERGOVvkOGLgo+PDZ3dNA=",
        ),
        (
            "a text on loopback",
            "http://127.0.0.1:8080/webhooks/twilio/sms",
            SMS,
            "c5BpBs9oOWBdmot5LEkwShBkuPY=",
        ),
        (
            "order of bytes, not of letters",
            PAGE,
            &[("a", "1"), ("B", "2"), ("A", "3"), ("b", "4"), ("_", "5"), ("Z10", "x"), ("Z2", "y")],
            "mLnl/fQy0qiv7V1ZFiDdTWFJH14=",
        ),
    ];

    /// A signer that differs in one of them would make every test against it worthless.
    #[test]
    fn signs_as_the_official_libraries_do() {
        for (name, url, params, expected) in VECTORS {
            assert_eq!(sign("12345", url, params), *expected, "{name}");
        }
    }

    #[test]
    fn a_fragment_is_not_signed_and_another_url_is_not_the_same() {
        assert_eq!(sign("12345", &format!("{PAGE}#rc=3&rp=all"), CALL), sign("12345", PAGE, CALL));
        assert_ne!(
            sign("12345", &format!("{PAGE}&somethingUnexpected=true"), CALL),
            sign("12345", PAGE, CALL)
        );
        assert_ne!(sign("12346", PAGE, CALL), sign("12345", PAGE, CALL));
    }
}
