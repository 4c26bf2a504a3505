//! Who shops: names, cars and what they write, in order. Data; nobody here exists.
//!
//! Placeholders: `{name}` whole name, `{first}` first name, `{v}` the car, `{store}` the store's name, `{canary}` the
//! store's own code word.

mod edge;
mod english;
mod spanish;

use Line::{Burst, Says};

/// How somebody types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Careful,
    /// No capitals, little punctuation.
    Hasty,
    /// Hasty, with abbreviations and slips of the thumb.
    Sloppy,
}

/// One thing somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// Writes and waits for the answer.
    Says(&'static str),
    /// Writes several texts within a second or two and waits for one answer.
    Burst(&'static [&'static str]),
    /// Replies to what the last answer asked, and waits.
    Reacts,
    /// Writes a carrier keyword; nobody owes an answer.
    Keyword(&'static str),
    /// Writes something that asks for nothing more.
    Leaves(&'static str),
}

/// Somebody.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Persona {
    pub(super) name: &'static str,
    pub(super) vehicle: &'static str,
    pub(super) manner: Manner,
    pub(super) spanish: bool,
    pub(super) lines: &'static [Line],
}

/// Everybody but the customer two stores share.
pub(super) fn everybody() -> impl Iterator<Item = &'static Persona> {
    english::PERSONAS.iter().chain(edge::PERSONAS).chain(spanish::PERSONAS)
}

/// One customer with one phone who shops at two stores and tells each another story. If a store's story or code
/// word turns up at the other, something leaked.
pub(super) static SHARED: [Persona; 2] = [
    Persona {
        name: "Robin Castellane",
        vehicle: "2022 Sienna",
        manner: Manner::Careful,
        spanish: false,
        lines: &[
            Says(
                "Hi, it's {name}. I got the {canary} mailer about a {v}. Do you still have one with captain's chairs?",
            ),
            Says("It's for my mom, she is in a wheelchair after hip surgery so the sliding doors matter."),
            Line::Reacts,
            Burst(&["Also can you tell me which colors are there", "she hates white lol"]),
            Says("What was the name of the flyer I told you about?"),
            Says("Could I bring her on Saturday to sit in the {v}?"),
        ],
    },
    Persona {
        name: "Robin Castellane",
        vehicle: "2020 Silverado",
        manner: Manner::Careful,
        spanish: false,
        lines: &[
            Says("Hello, {name} here. A friend gave me the code {canary} for a {v}, is that still good?"),
            Says(
                "I start a roofing job in March and need something that tows 9,000 lbs. Chapter 7 two years ago, just so you know.",
            ),
            Line::Reacts,
            Burst(&["does it have the tow package", "and how many keys"]),
            Says("What was the code I gave you again?"),
            Says("Can I drive the {v} on my lunch break tomorrow?"),
        ],
    },
];
