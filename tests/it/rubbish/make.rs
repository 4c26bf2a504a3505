//! Makes requests that almost are what the daemon takes: a good one with one to three things wrong.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Method, Request, Uri},
};
use fastrand::Rng;
use lotline_sim::sign;
use serde_json::{Value, json};

use super::{ACCOUNT, BASE, OWN, TOKEN};

/// What an attacker may know: an admin's own token, a lead of theirs, and the id of somebody else's.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) admin: String,
    pub(super) lead: String,
    pub(super) foreign: String,
}

#[derive(Clone)]
pub(super) struct Rubbish {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl std::fmt::Debug for Rubbish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        let short: String = body.chars().take(600).collect();
        write!(f, "{:?} {:?} {:?} {short:?}", self.method, self.path, self.headers)
    }
}

impl Rubbish {
    /// `None`: no HTTP library would write it.
    pub(super) fn request(&self) -> Option<Request<Body>> {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = Method::from_bytes(self.method.as_bytes()).ok()?;
        *request.uri_mut() = self.path.parse::<Uri>().ok()?;
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            request.headers_mut().append(name, HeaderValue::from_str(value).ok()?);
        }
        Some(request)
    }

    /// With a token that ends one character early and a signature that is nobody's.
    pub(super) fn without_credentials(mut self) -> Self {
        for (name, value) in &mut self.headers {
            match name.as_str() {
                "authorization" => drop(value.pop()),
                "x-twilio-signature" => *value = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=".into(),
                _ => {}
            }
        }
        self
    }

    fn header(&mut self, name: &str, value: String) {
        self.headers.retain(|(other, _)| other != name);
        self.headers.push((name.to_owned(), value));
    }
}

type Template = (&'static str, &'static str, fn() -> Value);

/// Every route with something it takes. `LEAD` stands for the own lead.
const ROUTES: &[Template] = &[
    ("POST", "/api/v1/auth/login", || json!({"email": "dana@example.com", "password": "wrong"})),
    ("POST", "/api/v1/auth/refresh", || json!({"refresh_token": "nobody's"})),
    ("POST", "/api/v1/auth/switch", || json!({"organization_id": "LEAD"})),
    ("GET", "/api/v1/me", || Value::Null),
    ("GET", "/api/v1/organization", || Value::Null),
    ("GET", "/api/v1/members", || Value::Null),
    ("PUT", "/api/v1/carrier", || json!({"provider": "twilio", "account_sid": ACCOUNT, "auth_token": TOKEN})),
    (
        "PUT",
        "/api/v1/agent-profile",
        || json!({"provider": "elevenlabs", "agent_id": "a", "api_key": "k", "persona": "Juno"}),
    ),
    (
        "POST",
        "/api/v1/phone-numbers",
        || json!({"phone_number": "+13035550198", "sms": true, "voice_mode": "ring_team"}),
    ),
    ("DELETE", "/api/v1/phone-numbers/LEAD", || Value::Null),
    ("GET", "/api/v1/leads?limit=5&sort=recent&q=ana", || Value::Null),
    ("POST", "/api/v1/leads", || json!({"phone": "+13035550102", "name": "Bo", "vehicle": "truck"})),
    ("GET", "/api/v1/leads/LEAD", || Value::Null),
    (
        "PATCH",
        "/api/v1/leads/LEAD",
        || json!({"name": "Ana", "status": "engaged", "tags": ["hot"], "assigned_to": null}),
    ),
    ("GET", "/api/v1/leads/LEAD/timeline?limit=5", || Value::Null),
    ("POST", "/api/v1/leads/LEAD/notes", || json!({"text": "called"})),
    (
        "POST",
        "/api/v1/leads/LEAD/floor",
        || json!({"to": "me", "if_fence": 1, "drafts": "keep", "hand_back_after": 60}),
    ),
    ("POST", "/api/v1/leads/LEAD/contact-check", || json!({"channel": "sms", "purpose": "conversation"})),
    ("GET", "/api/v1/leads/LEAD/consents", || Value::Null),
    ("POST", "/api/v1/leads/LEAD/consents", || json!({"kind": "opt_out", "note": "at the desk"})),
    ("GET", "/api/v1/leads/LEAD/drafts", || Value::Null),
    ("PATCH", "/api/v1/drafts/LEAD", || json!({"text": "better"})),
    ("DELETE", "/api/v1/drafts/LEAD", || Value::Null),
    ("POST", "/api/v1/drafts/LEAD/send", || json!({})),
    (
        "POST",
        "/api/v1/leads/LEAD/messages",
        || json!({"body": "Hello", "client_id": "LEAD", "hold_seconds": 5, "expected_turn": 1}),
    ),
    ("POST", "/api/v1/messages/LEAD/recall", || Value::Null),
    ("POST", "/api/v1/messages/LEAD/resolve", || json!({"as": "sent"})),
    ("GET", "/api/v1/events?after=0", || Value::Null),
    ("GET", "/healthz", || Value::Null),
    ("GET", "/readyz", || Value::Null),
];

const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "PROPFIND",
    "get",
    "P\u{1b}ST",
    "",
];
const HEADERS: &[&str] = &[
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "last-event-id",
    "accept",
    "x-forwarded-for",
    "x-twilio-signature",
    "origin",
    "cookie",
    "range",
    "expect",
    "te",
];

pub(super) struct Maker {
    rng: Rng,
    known: Known,
    words: Vec<String>,
}

impl Maker {
    pub(super) fn new(seed: u64, known: Known) -> Self {
        let mut words: Vec<String> = [
            "",
            "0",
            "-1",
            "1e400",
            "9223372036854775808",
            "null",
            "true",
            "../../etc/passwd",
            "%00%ff%fe",
            "\u{0}",
            "\u{202e}evil",
            "é́😀",
            "a b",
            "[]",
            "{\"a\":1}",
            "2026-13-40T99:99:99Z",
            "+1303555010",
            "00000000-0000-0000-0000-000000000000",
        ]
        .map(str::to_owned)
        .to_vec();
        words.extend(["x".repeat(70_000), "[".repeat(3_000)]);
        let mut maker = Self { rng: Rng::with_seed(seed), known, words };
        // A canary is as likely as all the others together.
        for _ in 0..7 {
            maker.words.extend(maker.canaries());
        }
        maker
    }

    /// What must not come back in a refusal.
    pub(super) fn canaries(&self) -> Vec<String> {
        vec!["\u{1b}]52;c;Y2FuYXJ5\u{7}".into(), "'; DROP TABLE leads; --".into(), self.known.foreign.clone()]
    }

    pub(super) fn make(&mut self) -> Rubbish {
        if self.rng.u8(..) < 40 {
            return self.form();
        }
        let &(method, path, body) = self.rng.choice(ROUTES).unwrap_or(&ROUTES[0]);
        let mut json = body();
        let mut rubbish = Rubbish {
            method: method.to_owned(),
            path: path.replace("LEAD", &self.known.lead),
            headers: vec![
                ("host".into(), "lotline.example".into()),
                ("authorization".into(), format!("Bearer {}", self.known.admin)),
                ("content-type".into(), "application/json".into()),
                ("idempotency-key".into(), format!("key-{}", self.rng.u64(..))),
            ],
            body: Vec::new(),
        };
        for _ in 0..self.rng.u8(1..4) {
            match self.rng.u8(0..10) {
                0 => rubbish.method = self.rng.choice(METHODS).map_or_else(String::new, |m| (*m).to_owned()),
                1 | 2 => self.spoil_path(&mut rubbish.path),
                3 => self.spoil_query(&mut rubbish.path),
                4 | 5 => self.spoil_header(&mut rubbish),
                _ => self.spoil(&mut json),
            }
        }
        // What is taken costs a commit; most must be refused for the figures to be reached in a minute.
        if let Some(members) = json.as_object_mut()
            && self.rng.u8(..) < 230
        {
            members.insert(self.words[self.rng.usize(1..self.words.len())].clone(), json!(1));
        }
        if !json.is_null() {
            rubbish.body = json.to_string().replace("LEAD", &self.known.lead).into_bytes();
        }
        if self.rng.u8(..) < 40 {
            self.spoil_bytes(&mut rubbish.body);
        }
        rubbish
    }

    fn word(&mut self) -> String {
        self.rng.choice(&self.words).cloned().unwrap_or_default()
    }

    /// Encoded, so that it reaches the routes; sometimes raw.
    fn encoded(&mut self) -> String {
        let word = self.word();
        let word: String = word.chars().take(2_000).collect();
        if self.rng.u8(..) < 20 { word } else { form_urlencoded(&word) }
    }

    fn spoil_path(&mut self, path: &mut String) {
        let word = self.encoded();
        match self.rng.u8(0..4) {
            0 => *path = path.replace(&self.known.lead, &word),
            1 => *path = path.replace(&self.known.lead, &self.known.foreign),
            2 => path.extend(["/", word.as_str()]),
            _ => {
                let at = self.rng.usize(1..=path.len());
                if path.is_char_boundary(at) {
                    path.insert_str(at, &word);
                }
            }
        }
    }

    fn spoil_query(&mut self, path: &mut String) {
        const NAMES: &[&str] = &["limit", "sort", "q", "cursor", "status", "assigned_to", "after", "waiting"];
        let (begin, value) = (if path.contains('?') { "&" } else { "?" }, self.encoded());
        let name = if self.rng.bool() {
            self.encoded()
        } else {
            (*self.rng.choice(NAMES).unwrap_or(&"q")).to_owned()
        };
        path.extend([begin, name.as_str(), "=", value.as_str()]);
    }

    fn spoil_header(&mut self, rubbish: &mut Rubbish) {
        let name = (*self.rng.choice(HEADERS).unwrap_or(&"te")).to_owned();
        let word: String = self.word().chars().filter(|c| !"\r\n".contains(*c)).take(2_000).collect();
        match self.rng.u8(0..4) {
            0 => rubbish.headers.retain(|(other, _)| *other != name),
            1 => rubbish.headers.push((name, word)),
            2 => {
                // Part of a token is no token.
                let mut token = self.known.admin.clone();
                let at = self.rng.usize(0..token.len());
                token.replace_range(at..=at, "!");
                rubbish.header("authorization", format!("Bearer {token}"));
            }
            _ => rubbish.header(&name, word),
        }
    }

    /// Spoils one member of a JSON object, or adds one.
    fn spoil(&mut self, json: &mut Value) {
        let word = self.word();
        let value = match self.rng.u8(0..8) {
            0 => Value::Null,
            1 => json!(self.rng.i64(..)),
            2 => json!(self.rng.f64() * 1e300),
            3 => json!([word]),
            4 => json!({ word: 1 }),
            5 => json!(self.rng.bool()),
            _ => json!(word),
        };
        let name = self.word();
        let Some(members) = json.as_object_mut() else {
            *json = value;
            return;
        };
        let keys: Vec<String> = members.keys().cloned().collect();
        match (self.rng.choice(&keys), self.rng.u8(0..4)) {
            (Some(key), 0) => drop(members.remove(key)),
            (Some(key), 1 | 2) => drop(members.insert(key.clone(), value)),
            _ => drop(members.insert(name, value)),
        }
    }

    fn spoil_bytes(&mut self, body: &mut Vec<u8>) {
        let at = self.rng.usize(0..=body.len());
        match self.rng.u8(0..3) {
            0 => body.truncate(at),
            1 => body.insert(at, self.rng.u8(..)),
            _ => body.splice(at..at, [0xff, 0xfe, b'"']).for_each(drop),
        }
    }

    /// A webhook of the carrier, well signed, badly signed or not at all.
    fn form(&mut self) -> Rubbish {
        let path = match self.rng.u8(0..4) {
            0 => format!("/api/webhooks/twilio/sms/status/{}", self.encoded()),
            _ => "/api/webhooks/twilio/sms/incoming".to_owned(),
        };
        let sid = format!("SM{:032x}", self.rng.u128(..));
        let mut pairs: Vec<(String, String)> = [
            ("AccountSid", ACCOUNT),
            ("MessageSid", &sid),
            ("From", "+13035550103"),
            ("To", OWN),
            ("Body", "Hello"),
            ("NumMedia", "0"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        for _ in 0..self.rng.u8(1..3) {
            let (name, value) = (self.word(), self.word());
            let at = self.rng.usize(0..pairs.len());
            match self.rng.u8(0..4) {
                0 => drop(pairs.remove(at)),
                1 => pairs.push((name, value)),
                2 => pairs.push((pairs[at].0.clone(), value)),
                _ => pairs[at].1 = value,
            }
        }
        let signature = match self.rng.u8(0..4) {
            0 => self.word().chars().filter(|c| !"\r\n".contains(*c)).take(200).collect(),
            1 | 2 => sign("another's token", &format!("{BASE}{path}"), &pairs),
            _ => sign(TOKEN, &format!("{BASE}{path}"), &pairs),
        };
        let body: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", form_urlencoded(name), form_urlencoded(value)))
            .collect();
        let headers = [
            ("host", "lotline.example"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-twilio-signature", &signature),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Rubbish { method: "POST".into(), path, headers, body: body.join("&").into_bytes() }
    }
}

fn form_urlencoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    text.bytes()
        .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
