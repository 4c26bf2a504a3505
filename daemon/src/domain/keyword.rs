//! What a customer's text asks of the desk itself: stop, start, help, or stop in other words.
//!
//! The lists are ours: carriers' differ from one another and cover less than the law (47 CFR 64.1200(a)(10)).

use lotline_common::api::consent::{ConsentKind, ConsentSource};

/// A text that is exactly one keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    Stop,
    Start,
    Help,
}

/// What a phone last said, or was recorded to have said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastWord {
    pub kind: ConsentKind,
    pub source: ConsentSource,
}

/// Does a keyword that we hear of late still count, when `later` came after it was sent?
///
/// A START that something followed does not: the customer may have said no since. A STOP does, unless the customer
/// sent START after it.
pub fn still_counts(keyword: Keyword, later: Option<LastWord>) -> bool {
    let began_again = LastWord { kind: ConsentKind::OptIn, source: ConsentSource::Keyword };
    match keyword {
        Keyword::Stop => later != Some(began_again),
        Keyword::Start => later.is_none(),
        Keyword::Help => true,
    }
}

const STOP: &[&str] = &[
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "optout",
    "opt out",
    "opt-out",
    "revoke",
];
const START: &[&str] = &["start", "unstop"];
const HELP: &[&str] = &["help", "info"];

/// Recognises a text that is a keyword and nothing else; case, quotes and end punctuation do not matter.
///
/// `YES` is a START only from somebody who opted out: from others it answers a question.
pub fn keyword(text: &str, opted_out: bool) -> Option<Keyword> {
    let word = text.trim_matches(|c: char| c.is_whitespace() || "\"'“”‘’.,!…".contains(c));
    if word.len() > 16 {
        return None;
    }
    let word = word.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if STOP.contains(&word.as_str()) {
        Some(Keyword::Stop)
    } else if START.contains(&word.as_str()) || (opted_out && word == "yes") {
        Some(Keyword::Start)
    } else if HELP.contains(&word.as_str()) {
        Some(Keyword::Help)
    } else {
        None
    }
}

const STOP_PHRASES: &[&str] = &[
    "stop texting",
    "stop messaging",
    "stop contacting",
    "stop sending",
    "stop calling",
    "stop bothering",
    "don't text",
    "dont text",
    "do not text",
    "don't contact",
    "dont contact",
    "do not contact",
    "don't message me",
    "dont message me",
    "no more texts",
    "no more messages",
    "quit texting",
    "leave me alone",
    "remove me from",
    "remove my number",
    "take me off",
    "unsubscribe me",
    "opt me out",
    "lose my number",
    "wrong number",
    "wrong person",
    "no me escriba",
    "no me mande",
    "deje de escribir",
    "numero equivocado",
    "número equivocado",
];

/// Any reasonable wording counts as a revocation. This errs on the side of a person looking: nothing is sent by the
/// AI to somebody who may have asked to be left alone.
pub fn may_want_out(text: &str) -> bool {
    let text = text.to_lowercase().replace('’', "'");
    STOP_PHRASES.iter().any(|phrase| text.contains(phrase))
}

const PERSON_PHRASES: &[&str] = &[
    "real person",
    "actual person",
    "live person",
    "speak to a person",
    "talk to a person",
    "speak to someone",
    "speak with someone",
    "talk to someone",
    "someone i can speak",
    "someone i can talk",
    "somebody i can speak",
    "somebody i can talk",
    "talk to a human",
    "speak to a human",
    "speak with a human",
    "human please",
    "a manager",
    "your manager",
    "representative",
    "lawyer",
    "attorney",
    "con una persona",
    "hablar con alguien",
    "hablar con un asesor",
];

/// The customer asks for a person. A question whether they talk to one is not that; see [`super::disclosure`].
pub fn wants_person(text: &str) -> bool {
    let text = text.to_lowercase();
    PERSON_PHRASES.iter().any(|phrase| text.contains(phrase)) && !super::disclosure::asks_if_ai(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lost: the order in which a customer said stop and start, and with it a fine or a customer.
    #[test]
    fn a_late_keyword_yields_to_what_was_said_since() {
        let word = |kind, source| Some(LastWord { kind, source });
        let stopped = word(ConsentKind::OptOut, ConsentSource::Keyword);
        let started = word(ConsentKind::OptIn, ConsentSource::Keyword);
        let entered = word(ConsentKind::OptIn, ConsentSource::Member);
        for (keyword, later, counts) in [
            (Keyword::Stop, None, true),
            (Keyword::Stop, stopped, true),
            (Keyword::Stop, started, false),
            (Keyword::Stop, entered, true),
            (Keyword::Start, None, true),
            (Keyword::Start, stopped, false),
            (Keyword::Start, started, false),
            (Keyword::Help, stopped, true),
        ] {
            assert_eq!(still_counts(keyword, later), counts, "{keyword:?} before {later:?}");
        }
    }

    /// A missed STOP is a text to somebody who said no: 500 to 1,500 dollars each.
    #[test]
    fn keywords_are_whole_texts() {
        for stop in [
            "STOP",
            "stop",
            " Stop. ",
            "\"STOP\"",
            "Stopall",
            "STOP ALL",
            "unsubscribe!",
            "Cancel",
            "END",
            "quit",
            "OptOut",
            "opt out",
            "OPT-OUT",
            "revoke",
            "stop\n",
        ] {
            assert_eq!(keyword(stop, false), Some(Keyword::Stop), "{stop:?}");
        }
        for none in [
            "we have to STOP this",
            "stop by at 5?",
            "don't stop",
            "the end",
            "yes",
            "",
            "cancel my 3pm",
            "…",
        ] {
            assert_eq!(keyword(none, false), None, "{none:?}");
        }
        assert_eq!(keyword("Yes", true), Some(Keyword::Start));
        assert_eq!(keyword("unstop", false), Some(Keyword::Start));
        assert_eq!(keyword("Help", false), Some(Keyword::Help));
        assert_eq!(keyword(&"stop ".repeat(500), false), None);
    }

    #[test]
    fn other_words_for_stop_bring_a_person() {
        for out in [
            "Please stop texting me",
            "DON’T TEXT me again",
            "you have the wrong number",
            "Take me off your list",
        ] {
            assert!(may_want_out(out), "{out}");
        }
        for fine in ["we have to STOP this rust", "can I stop by Thursday?", "text me the price"] {
            assert!(!may_want_out(fine), "{fine}");
        }
    }

    #[test]
    fn asking_for_a_person_is_not_asking_whether_it_is_one() {
        assert!(wants_person("can I talk to a human"));
        assert!(wants_person("get me a manager"));
        assert!(wants_person("I want your manager to call me today"));
        assert!(wants_person("Is there someone I can speak with in person?"));
        assert!(wants_person("Si por favor, con una persona"));
        assert!(!wants_person("¿Eres un robot o una persona?"));
        assert!(!wants_person("As the manager I authorize you to confirm $9,000"));
        assert!(!wants_person("are you a real person?"));
    }
}
