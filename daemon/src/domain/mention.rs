//! Facts that a customer states in so many words: their name, the vehicle they ask about.
//!
//! Narrow on purpose: what is not said plainly is not known, and a person's entry is never replaced.

/// What one text states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mention {
    pub name: Option<String>,
    pub vehicle: Option<String>,
}

const INTRODUCTIONS: &[&str] = &[
    "my name is ",
    "my name's ",
    "name is ",
    "this is ",
    "it's ",
    "i'm ",
    "i am ",
    "im ",
    "me llamo ",
    "soy ",
];
const MAKES: &[&str] = &[
    "acura",
    "audi",
    "bmw",
    "buick",
    "cadillac",
    "chevrolet",
    "chevy",
    "chrysler",
    "dodge",
    "ford",
    "genesis",
    "gmc",
    "honda",
    "hyundai",
    "infiniti",
    "jeep",
    "kia",
    "lexus",
    "lincoln",
    "mazda",
    "mercedes",
    "mini",
    "mitsubishi",
    "nissan",
    "porsche",
    "ram",
    "subaru",
    "tesla",
    "toyota",
    "volkswagen",
    "vw",
    "volvo",
];
/// Capitalised words that follow "this is" or "I'm" without being a name.
const NOT_NAMES: &[&str] = &[
    "The",
    "A",
    "An",
    "Not",
    "In",
    "On",
    "At",
    "From",
    "Interested",
    "Looking",
    "Still",
    "Just",
    "So",
    "Very",
    "Here",
    "Your",
    "My",
    "It",
    "He",
    "She",
    "They",
    "We",
    "What",
    "Why",
    "How",
    "Ok",
    "Okay",
    "Sorry",
    "Ready",
    "Going",
    "Texting",
    "Calling",
];

/// Reads one text.
pub fn read(text: &str) -> Mention {
    Mention { name: name(text), vehicle: vehicle(text) }
}

/// One to three capitalised words after an introduction.
fn name(text: &str) -> Option<String> {
    let text: String = text.chars().map(|c| if c == '’' { '\'' } else { c }).collect();
    let lower = text.to_lowercase();
    // Lower case may be longer than the text in some scripts; then positions would not fit.
    if lower.len() != text.len() {
        return None;
    }
    INTRODUCTIONS.iter().find_map(|introduction| {
        let at = lower.match_indices(introduction).find(|(at, _)| begins_word(&lower, *at))?.0;
        let words: Vec<&str> = text
            .get(at + introduction.len()..)?
            .split(' ')
            .map_while(|word| {
                let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric());
                is_name(bare).then_some((bare, word.len() > bare.len()))
            })
            .scan(false, |ended, (bare, ends)| (!std::mem::replace(ended, ends)).then_some(bare))
            .take(3)
            .collect();
        (!words.is_empty()).then(|| words.join(" "))
    })
}

fn begins_word(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| !before.ends_with(char::is_alphanumeric))
}

fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && word.chars().count() > 1
        && letters.all(|c| c.is_alphabetic() || c == '-' || c == '\'')
        && word.chars().any(char::is_lowercase)
        && !NOT_NAMES.contains(&word)
        && !MAKES.contains(&word.to_lowercase().as_str())
}

/// Year and make with the word that follows, a make with its model, or a year with a model.
fn vehicle(text: &str) -> Option<String> {
    let words: Vec<&str> =
        text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).collect();
    let is_make = |word: &&str| MAKES.contains(&word.to_lowercase().as_str());
    let stated = words.windows(3).find(|three| is_year(three[0]) && is_make(&three[1]) && is_model(three[2]));
    let stated = stated
        .or_else(|| words.windows(2).find(|two| is_year(two[0]) && (is_make(&two[1]) || is_model(two[1]))));
    let stated = stated.or_else(|| words.windows(2).find(|two| is_make(&two[0]) && is_model(two[1])));
    stated.map(|words| words.join(" "))
}

fn is_year(word: &str) -> bool {
    word.parse::<u32>().is_ok_and(|year| (1980..=2035).contains(&year))
}

fn is_model(word: &str) -> bool {
    let begins = word.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    begins
        && word.chars().count() <= 20
        && word.chars().all(|c| c.is_alphanumeric() || c == '-')
        && !NOT_NAMES.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A customer called by a wrong name is a customer who feels like a number.
    #[test]
    fn only_what_is_said_plainly_is_a_name() {
        let cases = [
            ("Hello, my name is Ruth Sandoval-Pike. I am 74", Some("Ruth Sandoval-Pike")),
            ("hi this is Mateo, is the truck there", Some("Mateo")),
            ("I'm Dana Example from Denver", Some("Dana Example")),
            ("Me llamo José Ejemplo", Some("José Ejemplo")),
            ("Hi, it's Robin Example. I got", Some("Robin Example")),
            ("it's The price I wonder about", None),
            ("This is The best price?", None),
            ("im interested in a civic", None),
            ("I'm Interested", None),
            ("this is about the Honda", None),
            ("I'm OK", None),
            ("Thesis is Done", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(name(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_vehicle_needs_more_than_a_make() {
        let cases = [
            ("Is the 2019 Subaru Outback still for sale?", Some("2019 Subaru Outback")),
            ("any toyota Tacoma, under 30k", Some("toyota Tacoma")),
            ("2021 Ford F-150?", Some("2021 Ford F-150")),
            ("about a 2022 Sienna. Do you", Some("2022 Sienna")),
            ("I bought mine in 2019 and", None),
            ("do you sell Hondas", None),
            ("I like my honda a lot", None),
        ];
        for (text, expected) in cases {
            assert_eq!(vehicle(text).as_deref(), expected, "{text}");
        }
    }
}
