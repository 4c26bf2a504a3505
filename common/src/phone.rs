//! Telephone numbers as the wire writes them: E.164, or a carrier's short code.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An E.164 number (`+` and 8 to 15 digits), or a short code (3 to 8 digits without `+`).
///
/// Cheap to clone; what people type is turned into this by the daemon, which knows the numbering plans.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(Arc<str>);

/// The text is neither E.164 nor a short code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a phone number is written as + and 8 to 15 digits, like +13035550101")]
pub struct NotAPhoneNumber;

impl PhoneNumber {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Stands where a number must and none is known.
    pub fn unknown() -> Self {
        Self("000".into())
    }

    /// Short codes are machines: no AI answers them.
    pub fn is_short_code(&self) -> bool {
        !self.0.starts_with('+')
    }

    /// What may stand in a log: country and the last two digits.
    pub fn redacted(&self) -> String {
        let tail = self.0.len().saturating_sub(2);
        format!("{}…{}", self.0.get(..2).unwrap_or(""), self.0.get(tail..).unwrap_or(""))
    }

    /// As an operator reads it: `(303) 555-0101` for North America, E.164 for the rest.
    pub fn display(&self) -> String {
        match self.0.strip_prefix("+1") {
            Some(rest) if rest.len() == 10 => {
                format!("({}) {}-{}", &rest[..3], &rest[3..6], &rest[6..])
            }
            _ => self.0.to_string(),
        }
    }
}

/// Text of somebody else's for a log: whatever may be a telephone number in it is covered.
pub fn without_numbers(text: &str) -> String {
    let mut covered = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c: char| !(c.is_ascii_digit() || " -().".contains(c))).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        covered.push_str(before);
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        if digits < 7 {
            covered.push_str(run)
        } else {
            covered.push('…')
        }
        rest = after;
    }
    covered.push_str(rest);
    covered
}

impl FromStr for PhoneNumber {
    type Err = NotAPhoneNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digits, allowed) = match text.strip_prefix('+') {
            Some(digits) => (digits, 8..=15),
            None => (text, 3..=8),
        };
        let well_formed = allowed.contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && (text.len() == digits.len() || !digits.starts_with('0'));
        if well_formed { Ok(Self(text.into())) } else { Err(NotAPhoneNumber) }
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Debug output reaches logs, so it is redacted.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_e164_and_short_codes_are_numbers() {
        for good in ["+13035550101", "+442079460000", "+12345678", "72345", "12345678"] {
            assert!(good.parse::<PhoneNumber>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "+",
            "+0123456789",
            "+1 303 555 0101",
            "3035550101",
            "client:dana",
            "+1234567",
            "+1234567890123456",
            "１２３",
        ] {
            assert!(bad.parse::<PhoneNumber>().is_err(), "{bad}");
        }
    }

    /// Carriers repeat the number that they refuse.
    #[test]
    fn what_a_carrier_says_is_logged_without_the_customers_number() {
        for (said, kept) in [
            ("The 'To' number +13035550101 is not valid.", "The 'To' number +…is not valid."),
            ("(303) 555-0101", "(…"),
            ("Error 21211: 3 of 5", "Error 21211: 3 of 5"),
            ("", ""),
        ] {
            assert_eq!(without_numbers(said), kept);
        }
    }

    #[test]
    fn logs_see_no_number() {
        let phone: PhoneNumber = "+13035550101".parse().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(format!("{phone:?}"), "+1…01");
        assert_eq!(phone.display(), "(303) 555-0101");
    }
}
