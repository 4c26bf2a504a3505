//! A text somebody wants sent, and what the carrier checks in it, in the carrier's order.

use super::{Form, error::TwilioError, message::is_e164};

const MAX_MEDIA: usize = 10;
/// The vendor's number that is never valid, for tests of the caller.
const NEVER_VALID: &str = "+15005550001";

/// A text somebody wants sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) body: String,
    pub(super) media: usize,
    pub(super) status_callback: Option<String>,
    validity_period: Option<String>,
    messaging_service: Option<String>,
    schedule: bool,
}

impl Draft {
    pub(super) fn from_form(form: &Form) -> Self {
        let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
        let given = |name: &str| form.get(name).filter(|value| !value.is_empty()).map(str::to_owned);
        Self {
            from: text("From"),
            to: text("To"),
            body: text("Body"),
            media: form.all("MediaUrl").count(),
            status_callback: given("StatusCallback"),
            validity_period: given("ValidityPeriod"),
            messaging_service: given("MessagingServiceSid"),
            schedule: given("ScheduleType").is_some() || given("SendAt").is_some(),
        }
    }

    /// A text from a webhook's own answer.
    pub(super) fn reply(from: &str, to: &str, body: String) -> Self {
        Self { from: from.to_owned(), to: to.to_owned(), body, ..Self::default() }
    }

    /// Checks that need nothing but the request.
    pub(super) fn check(&self) -> Result<(), TwilioError> {
        let bad = |code, message: String| Err(TwilioError::bad_request(code, message));
        if self.to.is_empty() {
            return bad(21604, "A 'To' phone number is required.".into());
        }
        if self.from.is_empty() && self.messaging_service.is_none() {
            return bad(21603, "A 'From' phone number is required.".into());
        }
        if self.body.is_empty() && self.media == 0 {
            return bad(21602, "Message body is required.".into());
        }
        if self.body.chars().count() > lotline_common::sms::MAX_CHARACTERS {
            return bad(21617, "The concatenated message body exceeds the 1600 character limit".into());
        }
        if self.media > MAX_MEDIA {
            return bad(21623, format!("Number of media files exceeds allowed limit of {MAX_MEDIA}"));
        }
        if !is_e164(&self.to) || self.to == NEVER_VALID {
            return bad(21211, format!("Invalid 'To' Phone Number: {}", masked(&self.to)));
        }
        if let Some(service) = &self.messaging_service {
            return bad(21701, format!("The Messaging Service {service} does not exist"));
        }
        if self.schedule {
            return bad(35111, "MessagingServiceSid is required to schedule a message".into());
        }
        self.check_options()
    }

    fn check_options(&self) -> Result<(), TwilioError> {
        if self.from == self.to {
            let message =
                format!("Message cannot be sent with the same 'To' and 'From' number: {}", masked(&self.to));
            return Err(TwilioError::bad_request(21266, message));
        }
        if let Some(url) = self.status_callback.as_deref().filter(|url| !is_callback_url(url)) {
            return Err(TwilioError::bad_request(
                21609,
                format!("The 'StatusCallback' URL {url} is not a valid URL"),
            ));
        }
        let seconds = self.validity_period.as_ref().map(|text| text.parse::<u32>().unwrap_or(0));
        if seconds.is_some_and(|seconds| !(1..=36_000).contains(&seconds)) {
            let message = "ValidityPeriod must be between 1 and 36000 seconds";
            return Err(TwilioError::bad_request(20001, message));
        }
        Ok(())
    }
}

/// http(s) with a host without underscore, as the vendor demands.
fn is_callback_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.contains('_'))
    })
}

/// The vendor hides the last four digits in its messages.
fn masked(number: &str) -> String {
    let kept = number.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    format!("{}XXXX", &number[..kept])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(fields: &[(&str, &str)]) -> Option<u32> {
        let usual = [("From", "+13035550199"), ("To", "+13035550101"), ("Body", "hi")];
        let kept = usual.iter().filter(|(name, _)| !fields.iter().any(|(other, _)| other == name));
        let text = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept.chain(fields).filter(|(_, value)| *value != "-"))
            .finish();
        Draft::from_form(&Form::parse(text.as_bytes())).check().err().map(|error| error.code)
    }

    /// A daemon is only tested for the vendor's codes if they are the vendor's.
    #[test]
    fn refuses_as_the_carrier_does() {
        assert_eq!(refused(&[]), None);
        assert_eq!(refused(&[("To", "-")]), Some(21604));
        assert_eq!(refused(&[("From", "-")]), Some(21603));
        assert_eq!(refused(&[("Body", "-")]), Some(21602));
        assert_eq!(refused(&[("Body", "-"), ("MediaUrl", "https://example.com/a.png")]), None);
        assert_eq!(refused(&[("To", "3035550101")]), Some(21211));
        assert_eq!(refused(&[("To", "+15005550001")]), Some(21211));
        assert_eq!(refused(&[("To", "+13035550199")]), Some(21266));
        assert_eq!(refused(&[("Body", &"x".repeat(1600))]), None);
        assert_eq!(refused(&[("Body", &"x".repeat(1601))]), Some(21617));
        assert_eq!(refused(&[("StatusCallback", "http://a_b.example.com/s")]), Some(21609));
        assert_eq!(refused(&[("ValidityPeriod", "36001")]), Some(20001));
        assert_eq!(refused(&[("MessagingServiceSid", "MG1")]), Some(21701));
    }

    #[test]
    fn error_texts_hide_the_end_of_a_number() {
        assert_eq!(masked("+13035550101"), "+1303555XXXX");
        assert_eq!(masked("é1"), "XXXX");
    }
}
