//! Saying that it is an AI: in its first message, after a long gap, and whenever somebody asks.
//!
//! Sources: Cal. B&P 17941 (disclosure), Utah Code 13-77-103 (answer when asked), FTC Act s. 5 (never deny).

use std::time::Duration;

use lotline_common::At;

/// After this silence the AI introduces itself again.
const AGAIN_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);

/// Must the next message of the AI disclose?
pub fn is_due(ai_spoke_at: Option<At>, now: At) -> bool {
    ai_spoke_at.is_none_or(|spoke| now.since(spoke) >= AGAIN_AFTER)
}

const QUESTIONS: &[&str] = &[
    "are you a bot",
    "are you a robot",
    "are you an ai",
    "are you ai",
    "are you human",
    "are you a human",
    "are you real",
    "are you a real",
    "are you an actual",
    "are you a person",
    "are you a machine",
    "are you a computer",
    "are u a bot",
    "are u real",
    "are u human",
    "r u a bot",
    "r u real",
    "r u human",
    "you a bot",
    "ur a bot",
    "is this a bot",
    "is this ai",
    "is this an ai",
    "is this a robot",
    "is this a real person",
    "is this a person",
    "is this automated",
    "am i talking to a bot",
    "am i talking to a real",
    "am i talking to a person",
    "am i talking to a human",
    "am i texting a bot",
    "talking to a robot",
    "chatgpt",
    "eres un robot",
    "eres un bot",
    "eres una persona",
    "es un robot",
];

/// The customer asks whether they talk to a machine.
pub fn asks_if_ai(text: &str) -> bool {
    let text = letters(text);
    QUESTIONS.iter().any(|question| text.contains(question))
}

const DENIALS: &[&str] = &[
    "i'm a real person",
    "i am a real person",
    "i'm a human",
    "i am a human",
    "i'm human",
    "i am human",
    "i'm a person",
    "i am a person",
    "not a bot",
    "not a robot",
    "not an ai",
    "not ai",
    "not a machine",
    "not automated",
    "real human here",
    "soy una persona",
    "no soy un robot",
];

/// A message that denies being an AI. It never leaves.
pub fn denies_being_ai(text: &str) -> bool {
    let text = letters(text);
    DENIALS.iter().any(|denial| text.contains(denial))
}

fn letters(text: &str) -> String {
    let text = text.to_lowercase().replace(['’', '`'], "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text that leaves: what the model said, with what the law adds.
pub fn compose(answer: &str, disclosure: &str, organization: &str, due: bool, asked: bool) -> String {
    let answer = if asked && denies_being_ai(answer) { "" } else { answer.trim() };
    let truth = format!("Yes, I'm an AI assistant for {organization}. Say the word and a person takes over.");
    let opening = match (asked, due && !answer.contains(disclosure)) {
        (true, _) => truth.as_str(),
        (false, true) => disclosure,
        (false, false) => "",
    };
    [opening, answer].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// What an organization says when it has not chosen words of its own.
pub fn default_sentence(persona: &str, organization: &str) -> String {
    format!("Hi, this is {persona}, the AI assistant at {organization}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_is_heard_in_many_forms() {
        for asked in [
            "Are you a bot?",
            "wait r u real",
            "Is this   a real person",
            "am I talking to a human?",
            "¿Eres un robot?",
        ] {
            assert!(asks_if_ai(asked), "{asked}");
        }
        for other in ["is this car real leather", "are you open", "botched paint job?"] {
            assert!(!asks_if_ai(other), "{other}");
        }
    }

    /// A denial is a fine, and a customer who finds out is gone.
    #[test]
    fn a_question_is_answered_truthfully_whatever_the_model_says() {
        let text = compose("I'm a real person, promise!", "D.", "Example Motors", false, true);
        assert_eq!(
            text,
            "Yes, I'm an AI assistant for Example Motors. Say the word and a person takes over."
        );
        let text = compose("The Civic is here.", "D.", "Example Motors", true, true);
        assert!(text.starts_with("Yes, I'm an AI") && text.ends_with("The Civic is here."));
    }

    #[test]
    fn the_first_message_discloses_once() {
        let said = default_sentence("Ava", "Example Motors");
        assert_eq!(
            compose("It is here.", &said, "Example Motors", true, false),
            format!("{said} It is here.")
        );
        let own = format!("{said} It is here.");
        assert_eq!(compose(&own, &said, "Example Motors", true, false), own);
        assert_eq!(compose("It is here.", &said, "Example Motors", false, false), "It is here.");
        let day = Duration::from_secs(24 * 3600);
        let now = At::from_unix_seconds(1_800_000_000);
        assert!(is_due(None, now) && is_due(Some(now - day * 8), now) && !is_due(Some(now - day), now));
    }
}
