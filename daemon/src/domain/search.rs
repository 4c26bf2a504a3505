//! What a search text means: words that must all be found, or the digits of a phone.
//!
//! A word of one letter narrows a search and is none alone.

/// Longest search text, in characters.
const LONGEST: usize = 100;

/// A search text that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSearch {
    #[error("a word of at least two characters")]
    Short,
    #[error("at most {} characters", LONGEST)]
    Long,
}

/// Lower-cased words, each of which must be found.
///
/// What people write as a phone number is one word of its digits: `(303) 555-0101` finds `3035550101`.
pub fn words(text: &str) -> Result<Vec<String>, NoSearch> {
    let text = text.trim();
    if text.chars().count() > LONGEST {
        return Err(NoSearch::Long);
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let written_as_phone = text.chars().all(|c| c.is_ascii_digit() || " ()+-./".contains(c));
    let words: Vec<String> = if written_as_phone && !digits.is_empty() {
        vec![digits]
    } else {
        // What cannot be typed separates: no engine's index takes it for a letter, and one takes it for the end.
        let apart = |c: char| c.is_whitespace() || c.is_control();
        text.to_lowercase().split(apart).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let long = words.iter().any(|word| word.chars().nth(1).is_some());
    if long { Ok(words) } else { Err(NoSearch::Short) }
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
        assert_eq!(words("Dana E"), Ok(vec!["dana".to_owned(), "e".to_owned()]));
        assert_eq!(words("a b"), Err(NoSearch::Short));
        assert_eq!(words("2021 F-150"), Ok(vec!["2021".to_owned(), "f-150".to_owned()]));
        assert_eq!(words(" a "), Err(NoSearch::Short));
        assert_eq!(words(""), Err(NoSearch::Short));
        assert_eq!(words(&"x".repeat(101)), Err(NoSearch::Long));
        assert_eq!(words("--"), Ok(vec!["--".to_owned()]));
        assert_eq!(words("ana/\0\u{1}x"), Ok(vec!["ana/".to_owned(), "x".to_owned()]));
    }
}
