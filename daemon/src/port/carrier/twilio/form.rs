//! A webhook's form, parsed once: the same pairs are verified and read.

use std::borrow::Cow;

use lotline_common::{PhoneNumber, api::turn::Media};

/// Decoded pairs in the order they arrived; what needed no decoding stays where it is.
#[derive(Debug)]
pub struct Form<'b>(Vec<(Cow<'b, str>, Cow<'b, str>)>);

/// What is wrong with a form whose signature is right; the field is named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FormError {
    pub field: &'static str,
    pub problem: &'static str,
}

/// An inbound text as the carrier reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundSms {
    pub sid: String,
    pub from: PhoneNumber,
    pub to: PhoneNumber,
    pub body: String,
    pub media: Vec<Media>,
}

/// A status callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    pub sid: String,
    pub status: String,
    pub error_code: Option<i64>,
}

/// Longest body that is stored; a carrier cuts at 1,600.
const MAX_BODY: usize = 16_384;

impl<'b> Form<'b> {
    /// Reads `application/x-www-form-urlencoded`. Invalid UTF-8 becomes U+FFFD, as in the carrier's own libraries.
    pub fn parse(body: &'b [u8]) -> Self {
        Self(form_urlencoded::parse(body).collect())
    }

    pub fn pairs(&self) -> &[(Cow<'b, str>, Cow<'b, str>)] {
        &self.0
    }

    /// The one value of `name`; a name that comes twice with different values is refused, since one reader would see
    /// the first and another the last.
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, FormError> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_ref());
        let first = values.next();
        if values.all(|value| Some(value) == first) {
            Ok(first)
        } else {
            Err(FormError { field: name, problem: "comes more than once" })
        }
    }

    fn required(&self, name: &'static str) -> Result<&str, FormError> {
        self.one(name)?
            .filter(|value| !value.is_empty())
            .ok_or(FormError { field: name, problem: "is missing" })
    }

    fn phone(&self, name: &'static str) -> Result<PhoneNumber, FormError> {
        self.required(name)?
            .parse()
            .map_err(|_not| FormError { field: name, problem: "is not a phone number" })
    }

    /// Which own number it concerns: read before the signature is known to be right, to choose the key only.
    pub fn own_number(&self, name: &'static str) -> Option<PhoneNumber> {
        self.one(name).ok().flatten()?.parse().ok()
    }

    pub fn account_sid(&self) -> Option<&str> {
        self.one("AccountSid").ok().flatten()
    }

    pub fn inbound(&self) -> Result<InboundSms, FormError> {
        let body = self.one("Body")?.unwrap_or_default();
        if body.len() > MAX_BODY {
            return Err(FormError { field: "Body", problem: "is longer than a text can be" });
        }
        Ok(InboundSms {
            sid: sid(self.required("MessageSid")?, "MessageSid")?,
            from: self.phone("From")?,
            to: self.phone("To")?,
            // A NUL cannot be stored by PostgreSQL and means nothing in a text.
            body: body.replace('\0', "\u{2400}"),
            media: self.media()?,
        })
    }

    fn media(&self) -> Result<Vec<Media>, FormError> {
        let count = match self.one("NumMedia")? {
            None | Some("") => 0,
            Some(count) => count
                .parse::<u8>()
                .ok()
                .filter(|count| *count <= 10)
                .ok_or(FormError { field: "NumMedia", problem: "is not a number from 0 to 10" })?,
        };
        let value =
            |name: &str| self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.replace('\0', ""));
        Ok((0..count)
            .filter_map(|n| {
                let url = value(&format!("MediaUrl{n}"))?;
                Some(Media { url, content_type: value(&format!("MediaContentType{n}")).unwrap_or_default() })
            })
            .collect())
    }

    pub fn status(&self) -> Result<StatusReport, FormError> {
        let error_code = match self.one("ErrorCode")? {
            None | Some("") => None,
            Some(code) => Some(
                code.parse().map_err(|_not| FormError { field: "ErrorCode", problem: "is not a number" })?,
            ),
        };
        Ok(StatusReport {
            sid: sid(self.required("MessageSid")?, "MessageSid")?,
            status: self.required("MessageStatus")?.to_owned(),
            error_code,
        })
    }
}

/// Two letters and 32 hexadecimal digits in the vendor's words; letters and digits are enough for us.
fn sid(text: &str, field: &'static str) -> Result<String, FormError> {
    let well_formed = (10..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if well_formed { Ok(text.to_owned()) } else { Err(FormError { field, problem: "is not a message sid" }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "MessageSid=SM00000000000000000000000000000001&AccountSid=AC1&From=%2B13035550101\
        &To=%2B13035550199&Body=hi+there%00&NumMedia=1\
        &MediaUrl0=https%3A%2F%2Fapi.twilio.com%2Fx&MediaContentType0=image%2Fjpeg";

    #[test]
    fn a_text_is_read_once_and_whole() {
        let sms = Form::parse(GOOD.as_bytes()).inbound().unwrap();
        assert_eq!((sms.from.as_str(), sms.body.as_str()), ("+13035550101", "hi there\u{2400}"));
        assert_eq!(sms.media.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            ("", "MessageSid"),
            ("MessageSid=SM0000000001", "From"),
            ("MessageSid=SM0000000001&From=client:x&To=%2B13035550199", "From"),
            ("MessageSid=SM0000000001&From=%2B13035550101&From=%2B13035550102&To=%2B13035550199", "From"),
            ("MessageSid=SM0000000001&From=%2B13035550101", "To"),
            ("MessageSid=a%20b%20c%20d%20e%20f&From=%2B13035550101&To=%2B13035550199", "MessageSid"),
            ("MessageSid=SM0000000001&From=%2B13035550101&To=%2B13035550199&NumMedia=many", "NumMedia"),
            ("MessageSid=SM0000000001&From=%2B13035550101&To=%2B13035550199&Body=a&Body=b", "Body"),
        ];
        for (form, field) in cases {
            assert_eq!(Form::parse(form.as_bytes()).inbound().unwrap_err().field, field, "{form}");
        }
    }
}
