//! The dealerships of a benchmark's database, and how their customers' texts are signed.
//!
//! Everything follows from a number, so that a cached database needs no notes beside it.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use form_urlencoded::Serializer;
use lotline_common::api::{
    auth::NewOrganization,
    organization::{AddNumber, CarrierProvider, SetCarrier},
};
use lotlined::{
    action::{add_number, add_user::Person, by_system, create_organization, set_carrier},
    app::App,
};

use crate::Result;

/// Organizations of every database.
pub(crate) const SHOPS: u64 = 10;
/// The one that has the seeded leads, and whose member signs in.
pub(crate) const FIRST: u64 = 0;
pub(crate) const EMAIL: &str = "dana@shop-0.example";
pub(crate) const PASSWORD: &str = "a long password of the benchmark";
pub(crate) const PUBLIC_URL: &str = "https://desk.example.com";
const WEBHOOK: &str = "/api/webhooks/twilio/sms/incoming";

/// Sets up every shop, in the order of their numbers.
pub(crate) async fn build(app: &App) -> Result<()> {
    for shop in 0..SHOPS {
        let name = format!("Example Motors {shop}");
        let asked = NewOrganization { name, slug: None, time_zone: None };
        let email = format!("dana@shop-{shop}.example");
        let admin =
            Person { email, name: "Dana Example".to_owned(), password: Some(PASSWORD.to_owned().into()) };
        create_organization::run(app, asked, admin).await?;
        let org = lotlined::domain::organization::OrgKey::new(i64::try_from(shop)? + 1);
        let number = AddNumber {
            phone_number: own_number(shop).parse()?,
            label: None,
            sms: true,
            voice_mode: lotline_common::api::organization::VoiceMode::default(),
        };
        add_number::run(app, org, number, by_system(), None).await?;
        let account = SetCarrier {
            provider: CarrierProvider::Twilio,
            account_sid: account_sid(shop),
            auth_token: auth_token(shop),
            auth_token_secondary: None,
            api_key_sid: None,
            api_key_secret: None,
            answers_keywords: true,
        };
        set_carrier::run(app, org, account, by_system()).await?;
    }
    Ok(())
}

fn own_number(shop: u64) -> String {
    format!("+1303555019{shop}")
}

fn account_sid(shop: u64) -> String {
    format!("AC{shop:032x}")
}

fn auth_token(shop: u64) -> String {
    format!("{:032x}", u128::from(shop) + 0x00c0_ffee)
}

/// A customer's phone: country code 999 is nobody's. The digits are spread, as real ones are.
pub(crate) fn phone(customer: u64) -> String {
    format!("+999{:010}", customer.wrapping_mul(6_364_136_223).wrapping_add(7_777_777) % 10_000_000_000)
}

/// The request of one text, as the carrier sends it: every field it has, and its signature. Message ids are random.
pub(crate) fn text(shop: u64, from: &str, body: &str) -> Vec<u8> {
    let sid = format!("SM{:032x}", fastrand::u128(..));
    let (account, own) = (account_sid(shop), own_number(shop));
    // In the order of their names, as they are signed.
    let fields = [
        ("AccountSid", account.as_str()),
        ("ApiVersion", "2010-04-01"),
        ("Body", body),
        ("From", from),
        ("FromCity", "DENVER"),
        ("FromCountry", "US"),
        ("FromState", "CO"),
        ("FromZip", "80202"),
        ("MessageSid", &sid),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsMessageSid", &sid),
        ("SmsSid", &sid),
        ("SmsStatus", "received"),
        ("To", &own),
        ("ToCity", "DENVER"),
        ("ToCountry", "US"),
        ("ToState", "CO"),
        ("ToZip", "80203"),
    ];
    let token = auth_token(shop);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    let mut signed = hmac::Context::with_key(&key);
    signed.update(PUBLIC_URL.as_bytes());
    signed.update(WEBHOOK.as_bytes());
    let mut form = Serializer::new(String::with_capacity(640));
    for (name, value) in fields {
        signed.update(name.as_bytes());
        signed.update(value.as_bytes());
        form.append_pair(name, value);
    }
    let (form, signature) = (form.finish(), STANDARD.encode(signed.sign()));
    format!(
        "POST {WEBHOOK} HTTP/1.1\r\nhost: desk.example.com\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         x-twilio-signature: {signature}\r\nuser-agent: TwilioProxy/1.1\r\naccept: */*\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}
