//! Two hundred ways to forge a token, and the one way to have one.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const NOW: i64 = 1_800_000_000;

fn tokens() -> Tokens {
    crate::app::install_crypto();
    Tokens::new(&SECRET.into(), None)
}

fn bearer() -> Bearer {
    Bearer {
        user: UserId::new(),
        organization: OrganizationId::new(),
        role: Role::Agent,
        session: SessionId::new(),
    }
}

fn at(seconds: i64) -> At {
    At::from_unix_seconds(seconds)
}

fn part(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// A token whose parts are whatever the caller says, signed with our own secret: only the content can be wrong.
fn signed(header: &str, claims: &str) -> String {
    let content = format!("{}.{}", part(header), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, content.as_bytes());
    format!("{content}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
}

fn header() -> Value {
    json!({"typ": "JWT", "alg": "HS256", "kid": tokens().current.id})
}

fn claims() -> Value {
    let Bearer { user, organization, session, .. } = bearer();
    json!({"sub": user, "org": organization, "role": "agent", "sid": session, "iss": "lotline",
        "aud": "lotline-api", "iat": NOW, "exp": NOW + LIFETIME})
}

#[test]
fn a_token_of_ours_is_accepted_until_it_expires() {
    let tokens = tokens();
    let bearer = bearer();
    let token = tokens.sign(bearer, at(NOW)).unwrap();
    let told = tokens.verify(&token, at(NOW + LIFETIME + 4)).unwrap();
    assert_eq!((told.sub, told.org, told.sid), (bearer.user, bearer.organization, bearer.session));
    assert_eq!(tokens.verify(&token, at(NOW + LIFETIME + 5)), Err(Refused::Expired));
    assert!(tokens.verify(&signed(&header().to_string(), &claims().to_string()), at(NOW)).is_ok());
}

#[test]
fn a_rotated_secret_is_accepted_and_no_longer_signs() {
    let old = tokens();
    let new = Tokens::new(&"fedcba9876543210fedcba9876543210".into(), Some(&SECRET.into()));
    let token = old.sign(bearer(), at(NOW)).unwrap();
    assert!(new.verify(&token, at(NOW)).is_ok());
    assert_eq!(old.verify(&new.sign(bearer(), at(NOW)).unwrap(), at(NOW)), Err(Refused::Invalid));
}

/// Each of these, if accepted, lets somebody be whoever they like.
#[test]
fn wrong_headers_are_refused() {
    let tokens = tokens();
    let with = |key: &str, value: Value| {
        let mut header = header();
        header[key] = value;
        header
    };
    let mut wrong: Vec<Value> =
        ["none", "None", "nOnE", "", "RS256", "HS384", "HS512", "ES256", "EdDSA", "hs256"]
            .into_iter()
            .map(|alg| with("alg", json!(alg)))
            .collect();
    wrong.extend([
        with("alg", json!(null)),
        with("alg", json!(["HS256"])),
        with("typ", json!("at+jwt")),
        with("kid", json!("other")),
        with("kid", json!("../../dev/null")),
        with("kid", json!(1)),
        with("jwk", json!({"kty": "oct", "k": "AA"})),
        with("jku", json!("https://attacker.example.com/keys")),
        with("x5u", json!("https://attacker.example.com/cert")),
        with("crit", json!(["exp"])),
        with("zip", json!("DEF")),
        json!({"alg": "HS256", "typ": "JWT"}),
        json!([]),
    ]);
    for header in &wrong {
        let token = signed(&header.to_string(), &claims().to_string());
        assert_eq!(tokens.verify(&token, at(NOW)), Err(Refused::Invalid), "{header}");
    }
}

#[test]
fn wrong_claims_are_refused() {
    let tokens = tokens();
    let mut wrong = Vec::new();
    let values = [
        json!(null),
        json!(""),
        json!("1"),
        json!(1.5),
        json!(-1),
        json!(0),
        json!(true),
        json!([]),
        json!({}),
        json!(1e30),
        json!(u64::MAX),
        json!(9_223_372_036_854_775_807_u64),
        json!(["lotline-api"]),
        json!("attacker"),
    ];
    for claim in ["sub", "org", "role", "sid", "iss", "aud", "iat", "exp"] {
        let mut without = claims();
        without.as_object_mut().unwrap().remove(claim);
        wrong.push(without);
        for value in &values {
            let mut changed = claims();
            changed[claim] = value.clone();
            wrong.push(changed);
        }
    }
    for (iat, exp) in [
        (json!(NOW), json!((NOW + LIFETIME).to_string())),
        (json!(NOW), json!(1_800_000_900.0)),
        (json!(NOW), json!(NOW + 10 * LIFETIME)),
        (json!(NOW + 3600), json!(NOW + 3600 + LIFETIME)),
        (json!(i64::MAX), json!(i64::MAX)),
    ] {
        let mut changed = claims();
        changed["iat"] = iat;
        changed["exp"] = exp;
        wrong.push(changed);
    }
    assert!(wrong.len() > 100);
    for claims in &wrong {
        let token = signed(&header().to_string(), &claims.to_string());
        assert_eq!(tokens.verify(&token, at(NOW)), Err(Refused::Invalid), "{claims}");
    }
}

#[test]
fn broken_tokens_are_refused() {
    let tokens = tokens();
    let good = tokens.sign(bearer(), at(NOW)).unwrap();
    let (content, signature) = good.rsplit_once('.').unwrap();
    let claims = claims().to_string();
    let twice = claims.replacen('{', "{\"role\":\"admin\",", 1);
    let late = format!("{}, \"exp\": {}}}", claims.trim_end_matches('}'), NOW + 99 * LIFETIME);
    let mut wrong = vec![
        String::new(),
        ".".into(),
        "..".into(),
        content.to_owned(),
        format!("{content}."),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!(" {good}"),
        signed(&header().to_string(), &twice),
        signed(&header().to_string(), &late),
        signed(&header().to_string(), "{"),
        "a".repeat(100_000),
        format!("{good}{}", "a".repeat(100_000)),
        signed(&header().to_string(), &format!("{claims}{}", " ".repeat(100_000))),
    ];
    // Every single changed character of a good token; the last one carries unused bits and is left out.
    wrong.extend((0..good.len() - 1).filter_map(|place| {
        let mut bytes = good.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).ok()
    }));
    for token in &wrong {
        assert_eq!(
            tokens.verify(token, at(NOW)),
            Err(Refused::Invalid),
            "{}",
            &token[..token.len().min(600)]
        );
    }
}
