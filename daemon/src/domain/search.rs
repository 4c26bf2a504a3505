//! What a search text means: words that must all be found, or the digits of a phone.

/// Longest search text, in characters.
const LONGEST: usize = 100;

/// A search text that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSearch {
    #[error("at least two characters")]
    Short,
    #[error("at most {} characters", LONGEST)]
    Long,
}

/// Lower-cased words, each of which a lead's search text must contain.
///
/// What people write as a phone number is one word of its digits: `(303) 555-0101` finds `3035550101`.
pub fn words(text: &str) -> Result<Vec<String>, NoSearch> {
    let text = text.trim();
    match text.chars().count() {
        0..2 => return Err(NoSearch::Short),
        n if n > LONGEST => return Err(NoSearch::Long),
        _ => {}
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let written_as_phone = text.chars().all(|c| c.is_ascii_digit() || " ()+-./".contains(c));
    if written_as_phone && !digits.is_empty() {
        return Ok(vec![digits]);
    }
    Ok(text.to_lowercase().split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_found_however_it_is_written() {
        for written in ["(303) 555-0101", "303.555.0101", "+303 555 0101", "3035550101"] {
            assert_eq!(words(written), Ok(vec!["3035550101".to_owned()]), "{written}");
        }
        assert_eq!(words("Dana EXAMPLE"), Ok(vec!["dana".to_owned(), "example".to_owned()]));
        assert_eq!(words("2021 F-150"), Ok(vec!["2021".to_owned(), "f-150".to_owned()]));
        assert_eq!(words(" a "), Err(NoSearch::Short));
        assert_eq!(words(""), Err(NoSearch::Short));
        assert_eq!(words(&"x".repeat(101)), Err(NoSearch::Long));
        assert_eq!(words("--"), Ok(vec!["--".to_owned()]));
    }
}
