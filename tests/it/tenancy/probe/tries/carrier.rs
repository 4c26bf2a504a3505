//! What two's account at the carrier tells of, as far as it can speak of what is one's.

use lotline_sim::sign;
use reqwest::Method;
use url::form_urlencoded::Serializer;

use super::{Ask, Means, Pair, Try};
use crate::tenancy::probe::{furnish::PUBLIC, sample};

/// Signed with two's token: texts to one's number, in the name of one's account, from one's customer, under a name that
/// one's text has; and reports on one's messages.
pub(super) fn forged(means: &Means<'_>) -> Vec<Try> {
    let (line, phone) = (&means.one.line, &means.one.secrets["phone"]);
    let sid = means.held.texts.iter().find(|text| text.starts_with("SM")).unwrap();
    let pair = |theirs: &str, nobody: String| Pair { theirs: theirs.to_owned(), nobody };
    let told = [
        ("To", pair(&line.number, sample::phone())),
        ("AccountSid", pair(&line.account, format!("AC{:032x}", u32::MAX))),
        ("From", pair(phone, sample::phone())),
        ("MessageSid", pair(sid, "SM11111111111111111111111111111111".to_owned())),
        ("Body", pair(&means.one.word, "Nobody".to_owned())),
    ];
    let token = pair(&means.tokens.0, means.tokens.1.clone());
    let mut tries = Vec::new();
    for account in [&means.two.line.account, &line.account] {
        for (field, value) in &told {
            tries.push(value.tried(field, |value| {
                let fields = [(*field, value), ("AccountSid", account.as_str())];
                // Its own field takes the place of the account's.
                let fields = if *field == "AccountSid" { &fields[..1] } else { &fields };
                signed(means, "incoming", &means.two.form(fields))
            }));
        }
        let form = means.two.form(&[("AccountSid", account), ("MessageSid", sid)]);
        tries.push(token.tried("token", |token| signed(means, &format!("status/{token}"), &form)));
    }
    tries
}

fn signed(means: &Means<'_>, what: &str, form: &[(String, String)]) -> Ask {
    let path = format!("/api/webhooks/twilio/sms/{what}");
    let signature = sign(&means.two.line.token, &format!("{PUBLIC}{path}"), form);
    Ask {
        caller: means.two.stranger(),
        method: Method::POST,
        path,
        headers: vec![("x-twilio-signature", signature)],
        body: Serializer::new(String::new()).extend_pairs(form).finish(),
    }
}
