//! The vendor's own vectors, from its official libraries' tests and computed with them. Auth token `12345` in all.

use secrecy::SecretString;

use super::*;

const CALL: &[(&str, &str)] = &[
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
];

const TEXT: &[(&str, &str)] = &[
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

/// Name, URL, form, signature.
type Vector = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);

const VECTORS: &[Vector] = &[
    ("T1 form https", "https://mycompany.com/myapp.php?foo=1&bar=2", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    (
        "T2 https+:443",
        "https://mycompany.com:443/myapp.php?foo=1&bar=2",
        CALL,
        "kvajT1Ptam85bY51eRf/AJRuM3w=",
    ),
    (
        "T3 http+:1234",
        "http://mycompany.com:1234/myapp.php?foo=1&bar=2",
        CALL,
        "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
    ),
    ("T4 http+:80", "http://mycompany.com:80/myapp.php?foo=1&bar=2", CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    (
        "T5 https no params",
        "https://mycompany.com/myapp.php?foo=1&bar=2",
        &[],
        "zYQTYrRWXE7LtzbG4PfP7/bkkGo=",
    ),
    (
        "T6 JSON bodySHA256",
        "https://mycompany.com/myapp.php?foo=1&bar=2&\
            bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
        &[],
        "a9nBmqA0ju/hNViExpshrM61xv4=",
    ),
    (
        "T7 JSON only sha",
        "https://mycompany.com/myapp.php?bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
        &[],
        "y77kIzt2vzLz71DgmJGsen2scGs=",
    ),
    (
        "T8 JSON {}",
        "https://mycompany.com/myapp.php?foo=1&bar=2&\
            bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        &[],
        "rw/jVviOgicj2+kHZULvebnA4ag=",
    ),
    (
        "T9 creds",
        "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2",
        CALL,
        "CukzLTc1tT5dXEDIHm/tKBanW10=",
    ),
    (
        "T10 user only",
        "https://user@mycompany.com/myapp.php?foo=1&bar=2",
        CALL,
        "2YRLlVAflCqxaNicjMpJcSTgzSs=",
    ),
    (
        "T11 creds+443",
        "https://user:pass@mycompany.com:443/myapp.php?foo=1&bar=2",
        CALL,
        "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI=",
    ),
    (
        "T12 raw apostrophe+plus",
        "https://mycompany.com/myapp.php?foo=1&bar=2&Body=It's+amazing",
        CALL,
        "dsq4Ehbj6cs+KdTkpF5sSSplOWw=",
    ),
    (
        "T13 array",
        "https://mycompany.com/myapp.php?foo=1&bar=2",
        &[("MessagingBinding.Address", "+1325xxxxxxx"), ("MessagingBinding.Address", "+1415xxxxxxx")],
        "83O6e2vORAoJHUNzJjDWN1jz+BA=",
    ),
    (
        "T14 dup",
        "https://mycompany.com/myapp.php?foo=1&bar=2",
        &[
            ("Digits", "1234"),
            ("Digits", "1234"),
            ("Digits", "5678"),
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
        ],
        "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
    ),
    (
        "O1 sms unicode+empty values",
        "https://example.com/webhooks/twilio/sms",
        TEXT,
        "cOGVjPHOFThuE0Wj+w4q54QJYhE=",
    ),
    ("O2 ws upgrade wss", "wss://example.com/media", &[], "7PR3qMkpDyEJtMrVOY/LDyNq8J8="),
    ("O3 ws upgrade https", "https://example.com/media", &[], "6HZQ7Cq/dSYDCAiy3qRA6PZfACI="),
    (
        "O4 GET query",
        "https://example.com/sms?Body=Hi%20there&From=%2B15551230001&To=%2B15005550006",
        &[],
        "satodFLERGOVvkOGLgo+PDZ3dNA=",
    ),
    (
        "O5 loopback http port",
        "http://127.0.0.1:8080/webhooks/twilio/sms",
        TEXT,
        "c5BpBs9oOWBdmot5LEkwShBkuPY=",
    ),
    (
        "O6 case order",
        "https://mycompany.com/myapp.php?foo=1&bar=2",
        &[("A", "3"), ("B", "2"), ("Z10", "x"), ("Z2", "y"), ("_", "5"), ("a", "1"), ("b", "4")],
        "mLnl/fQy0qiv7V1ZFiDdTWFJH14=",
    ),
];

fn accepts(url: &str, params: &[(&str, &str)], signature: &str) -> bool {
    let pairs: Vec<_> =
        params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    verify([&SecretString::from("12345")], url, &pairs, signature)
}

const PAGE: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const T1: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

/// A vector refused is a customer's text lost; the order of the form must not matter.
#[test]
fn every_vector_of_the_vendor_is_accepted_in_any_order() {
    for (name, url, params, signature) in VECTORS {
        assert!(accepts(url, params, signature), "{name}");
        let backwards: Vec<_> = params.iter().rev().copied().collect();
        assert!(accepts(url, &backwards, signature), "{name} backwards");
    }
}

#[test]
fn the_port_may_be_there_or_not() {
    for (url, signature) in [
        ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", T1),
        (PAGE, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="),
    ] {
        assert!(accepts(url, CALL, signature), "{url}");
    }
}

/// Each of these is somebody else's request or a changed one.
#[test]
fn anything_changed_is_refused() {
    let mut changed = CALL.to_vec();
    changed[2].1 = "1235";
    let mut fewer = CALL.to_vec();
    fewer.pop();
    let mut more = CALL.to_vec();
    more.push(("Extra", ""));
    for (name, url, params, signature) in [
        (
            "a parameter more in the URL",
            "https://mycompany.com/myapp.php?foo=1&bar=2&somethingUnexpected=true",
            CALL,
            T1,
        ),
        ("another host", "https://mycompany.example/myapp.php?foo=1&bar=2", CALL, T1),
        ("another scheme", "http://mycompany.com/myapp.php?foo=1&bar=2", CALL, T1),
        ("a changed value", PAGE, &changed, T1),
        ("a value less", PAGE, &fewer, T1),
        ("an empty value more", PAGE, &more, T1),
        ("another signature", PAGE, CALL, "kvajT1Ptam85bY51eRf/AJRuM3x="),
        ("no signature", PAGE, CALL, ""),
        ("not base64", PAGE, CALL, "!!!!"),
        ("a signature cut short", PAGE, CALL, "RSOYDt4T1cUTdK1PDd93"),
        ("the page's signature for a socket", "wss://example.com/media", &[], "6HZQ7Cq/dSYDCAiy3qRA6PZfACI="),
    ] {
        assert!(!accepts(url, params, signature), "{name}");
    }
    let pairs: Vec<_> = CALL.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    assert!(!verify([&SecretString::from("54321")], PAGE, &pairs, T1), "another account's token");
}

#[test]
fn during_a_rotation_either_token_is_right() {
    let pairs: Vec<_> = CALL.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let tokens = [SecretString::from("new token"), SecretString::from("12345")];
    assert!(verify(&tokens, PAGE, &pairs, T1));
}

#[test]
fn a_json_body_is_bound_by_its_hash() {
    let token = SecretString::from("12345");
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2&\
        bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let body = br#"{"property": "value", "boolean": true}"#;
    assert!(verify_json([&token], url, body, "a9nBmqA0ju/hNViExpshrM61xv4="));
    assert!(!verify_json([&token], url, b"{}", "a9nBmqA0ju/hNViExpshrM61xv4="));
    assert!(!verify_json([&token], PAGE, body, "zYQTYrRWXE7LtzbG4PfP7/bkkGo="));
    let empty = "https://mycompany.com/myapp.php?foo=1&bar=2&\
        bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert!(verify_json([&token], empty, b"{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc="), "signed with the port");
}
