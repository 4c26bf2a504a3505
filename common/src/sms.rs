//! How a text is cut into SMS segments, as carriers bill them (GSM 03.38, 3GPP TS 23.038).

use serde::{Deserialize, Serialize};

/// Longest body a carrier accepts in one request, in characters.
pub const MAX_CHARACTERS: usize = 1600;

/// The alphabet a text needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    #[serde(rename = "gsm7")]
    Gsm7,
    #[serde(rename = "ucs2")]
    Ucs2,
}

/// What a body costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments {
    pub encoding: Encoding,
    /// Number of messages the carrier bills; 0 for an empty body.
    pub count: usize,
    /// Septets (GSM-7) or UTF-16 units (UCS-2) used.
    pub units: usize,
    /// Units that fit into the segments already begun.
    pub capacity: usize,
}

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// Counts segments; an escape pair or a surrogate pair is never split across two of them.
pub fn segments(body: &str) -> Segments {
    let encoding = if body.chars().all(|c| septets(c).is_some()) { Encoding::Gsm7 } else { Encoding::Ucs2 };
    let (single, part) = match encoding {
        Encoding::Gsm7 => (160, 153),
        Encoding::Ucs2 => (70, 67),
    };
    let cost = |c: char| match encoding {
        Encoding::Gsm7 => septets(c).unwrap_or(1),
        Encoding::Ucs2 => c.len_utf16(),
    };
    let units: usize = body.chars().map(cost).sum();
    if units <= single {
        return Segments { encoding, count: usize::from(units > 0), units, capacity: single };
    }
    let (mut count, mut used) = (1, 0);
    for c in body.chars() {
        if used + cost(c) > part {
            count += 1;
            used = 0;
        }
        used += cost(c);
    }
    Segments { encoding, count, units, capacity: count * part }
}

/// The first character that forces the wide encoding on a text, so that its writer can leave it out.
pub fn beyond_gsm7(body: &str) -> Option<char> {
    body.chars().find(|c| septets(*c).is_none())
}

/// Septets a character takes in GSM-7, `None` when it is not in that alphabet.
fn septets(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || c == ' ' || BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures of the vendor's own calculator; a wrong count is money and a broken text.
    #[test]
    fn counts_as_the_carrier_does() {
        let a = |n: usize| "a".repeat(n);
        let o = |n: usize| "ô".repeat(n);
        let wave = |n: usize| "👋".repeat(n);
        let cases: &[(String, Encoding, usize)] = &[
            (String::new(), Encoding::Gsm7, 0),
            (a(160), Encoding::Gsm7, 1),
            (a(161), Encoding::Gsm7, 2),
            (a(306), Encoding::Gsm7, 2),
            (a(307), Encoding::Gsm7, 3),
            (a(158) + "€", Encoding::Gsm7, 1),
            (a(159) + "€", Encoding::Gsm7, 2),
            (a(152) + "€" + &a(152), Encoding::Gsm7, 3),
            (o(70), Encoding::Ucs2, 1),
            (o(71), Encoding::Ucs2, 2),
            ("é".repeat(160), Encoding::Gsm7, 1),
            (wave(35), Encoding::Ucs2, 1),
            (wave(36), Encoding::Ucs2, 2),
            (o(66) + "👋" + &o(66), Encoding::Ucs2, 3),
            ("It’s ok".into(), Encoding::Ucs2, 1),
            ("{}[]~^|\\".into(), Encoding::Gsm7, 1),
            (a(1600), Encoding::Gsm7, 11),
        ];
        for (body, encoding, count) in cases {
            let found = segments(body);
            assert_eq!(
                (found.encoding, found.count),
                (*encoding, *count),
                "{} characters",
                body.chars().count()
            );
        }
        assert_eq!(segments("{}[]~^|\\").units, 16);
    }
}
