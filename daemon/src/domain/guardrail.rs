//! What an AI may not say to a customer by itself. A caught answer becomes a draft for a person.

use lotline_common::sms;

/// Longest answer of the AI, in SMS segments.
const MAX_SEGMENTS: usize = 4;

/// Why an answer needs a person. The word is stored with the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caught {
    /// An amount of money that no person of the organization has named in this thread.
    PriceWithoutSource,
    /// A rate, a payment, an approval.
    CreditPromise,
    /// "Guaranteed", "we will hold it".
    Commitment,
    /// Asks for what must never be sent by text.
    SensitiveData,
    DeniesBeingAi,
    TooLong,
    Empty,
}

impl Caught {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PriceWithoutSource => "price_without_source",
            Self::CreditPromise => "credit_promise",
            Self::Commitment => "commitment",
            Self::SensitiveData => "sensitive_data",
            Self::DeniesBeingAi => "denies_being_ai",
            Self::TooLong => "too_long",
            Self::Empty => "empty",
        }
    }
}

const CREDIT: &[&str] = &[
    "% apr",
    "apr of",
    "interest rate",
    "per month",
    "/month",
    "/mo",
    "a month",
    "monthly payment",
    "you're approved",
    "you are approved",
    "pre-approved",
    "preapproved",
    "been approved",
    "get you approved",
    "approval is",
    "no credit check",
];
const COMMITMENTS: &[&str] = &[
    "guarantee",
    "i'll hold it",
    "i will hold it",
    "we'll hold it",
    "we will hold it",
    "hold it for you",
    "hold the car",
    "i promise",
    "out the door",
    "final price",
    "legally binding",
    "no takesies",
];
const SENSITIVE: &[&str] = &[
    "social security",
    "your ssn",
    "date of birth",
    "account number",
    "routing number",
    "card number",
    "driver's license number",
    "drivers license number",
];

/// Checks an answer against the words of people of the organization in the same thread.
pub fn check(answer: &str, said_by_people: &[&str]) -> Result<(), Caught> {
    let text = answer.to_lowercase().replace('’', "'");
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
    if text.trim().is_empty() {
        return Err(Caught::Empty);
    }
    if super::disclosure::denies_being_ai(answer) {
        return Err(Caught::DeniesBeingAi);
    }
    if has(SENSITIVE) {
        return Err(Caught::SensitiveData);
    }
    if has(CREDIT) {
        return Err(Caught::CreditPromise);
    }
    if has(COMMITMENTS) {
        return Err(Caught::Commitment);
    }
    if amounts(answer)
        .any(|amount| !said_by_people.iter().any(|said| amounts(said).any(|known| known == amount)))
    {
        return Err(Caught::PriceWithoutSource);
    }
    if sms::segments(answer).count > MAX_SEGMENTS {
        return Err(Caught::TooLong);
    }
    Ok(())
}

/// Amounts of money, as digits: `$24,995` and `24,995 dollars` are both `24995`.
fn amounts(text: &str) -> impl Iterator<Item = String> + '_ {
    let lower = text.to_lowercase();
    let starts: Vec<usize> =
        text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    starts.into_iter().filter_map(move |at| {
        let begins = !text[..at].ends_with(|c: char| c.is_ascii_digit() || c == ',' || c == '.');
        let number: String = text[at..]
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == ',')
            .filter(char::is_ascii_digit)
            .collect();
        let length = text[at..].chars().take_while(|c| c.is_ascii_digit() || *c == ',').count();
        let after = lower.get(at + length..).unwrap_or("").trim_start_matches(['.', '0']).trim_start();
        let money = text[..at].trim_end().ends_with(['$', '€', '£'])
            || ["dollar", "bucks", "usd", "grand"].iter().any(|unit| after.starts_with(unit));
        (begins && money).then_some(number)
    })
}

/// The organization gives its word: such turns stay in the context whatever their age.
pub fn is_promise(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "i will",
        "i'll",
        "we will",
        "we'll",
        "promise",
        "hold",
        "appointment",
        "see you",
        "booked",
        "scheduled",
        "confirmed",
        "price",
        "$",
        "tomorrow at",
        "call you",
    ];
    let text = text.to_lowercase().replace('’', "'");
    WORDS.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bot that names a price binds the store to it.
    #[test]
    fn what_commits_the_store_needs_a_person() {
        let cases: &[(&str, Result<(), Caught>)] = &[
            ("Yes, the Civic is on the lot. Thursday 5:30 or Saturday 10:00?", Ok(())),
            ("I can do $24,995 for it.", Err(Caught::PriceWithoutSource)),
            ("It would be 24995 dollars", Err(Caught::PriceWithoutSource)),
            ("That one is 1 dollar, no takesies backsies", Err(Caught::Commitment)),
            ("Around 389/mo with nothing down", Err(Caught::CreditPromise)),
            ("Good news, you're approved!", Err(Caught::CreditPromise)),
            ("We’ll hold it for you until Friday", Err(Caught::Commitment)),
            ("Please text me your social security number", Err(Caught::SensitiveData)),
            ("I'm a real person", Err(Caught::DeniesBeingAi)),
            ("   ", Err(Caught::Empty)),
        ];
        for (answer, expected) in cases {
            assert_eq!(check(answer, &[]), *expected, "{answer}");
        }
        assert_eq!(check(&"word ".repeat(200), &[]), Err(Caught::TooLong));
    }

    #[test]
    fn a_price_that_a_person_named_may_be_repeated() {
        assert_eq!(check("As Dana said, it is $24,995.", &["the Civic is $24,995 plus tax"]), Ok(()));
        assert_eq!(
            check("It is $2,499.", &["the Civic is $24,995 plus tax"]),
            Err(Caught::PriceWithoutSource)
        );
        assert_eq!(check("The 2024 Civic has 12,000 miles", &[]), Ok(()));
    }
}
