//! What a customer's message is about, and the sentences for it. Words only.

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    AreYouReal,
    Person,
    Price,
    Trade,
    Credit,
    Visit,
    Available,
    Hours,
    Thanks,
    Open,
}

impl Topic {
    /// The first topic whose word begins a word of the message.
    pub(super) fn of(message: &str) -> Self {
        const SIGNS: &[(Topic, &[&str])] = &[
            (Topic::AreYouReal, &["bot", "robot", "real person", "human", "ai", "machine"]),
            (
                Topic::Person,
                &["manager", "talk to someone", "call me", "speak", "salesperson", "llame", "hablar"],
            ),
            (
                Topic::Price,
                &["price", "how much", "cost", "otd", "out the door", "cuanto", "cuánto", "best you"],
            ),
            (Topic::Trade, &["trade", "my car", "owe", "worth", "cambio"]),
            (
                Topic::Credit,
                &[
                    "credit", "financ", "payment", "down", "bankrupt", "enganche", "crédito", "repo",
                    "monthly", "cosign",
                ],
            ),
            (
                Topic::Visit,
                &[
                    "come",
                    "test drive",
                    "appointment",
                    "today",
                    "tomorrow",
                    "saturday",
                    "thursday",
                    "after work",
                    "drive",
                    "mañana",
                    "sábado",
                    "sabado",
                ],
            ),
            (Topic::Hours, &["hours", "open", "close", "abren", "cierran", "where", "address"]),
            (Topic::Thanks, &["thank", "thx", "gracias", "ok cool", "sounds good", "perfect"]),
            (
                Topic::Available,
                &["still", "available", "have", "got any", "looking", "tienen", "busco", "in stock"],
            ),
        ];
        let text = format!(" {} ", message.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " "));
        let has = |sign: &str| match sign {
            // Two letters begin too many other words.
            "ai" => text.contains(" ai "),
            _ => text.contains(&format!(" {sign}")),
        };
        SIGNS
            .iter()
            .find(|(_, signs)| signs.iter().any(|sign| has(sign)))
            .map_or(Self::Open, |(topic, _)| *topic)
    }

    /// Sentences about it; `{v}` is the vehicle, `{o}` the store.
    pub(super) const fn lines(self) -> &'static [&'static str] {
        match self {
            Self::AreYouReal => {
                &["I'm the automated assistant at {o}. I can get a person from the team for you any time."]
            }
            Self::Person => &["Of course. I'm asking someone at {o} to pick this up with you."],
            Self::Price => &[
                "I don't want to guess a number on {v}, so the sales desk at {o} will confirm it in writing.",
                "Pricing on {v} comes straight from our sales desk, they will send the full breakdown.",
            ],
            Self::Trade => &[
                "Happy to look at your trade toward {v}. Year, miles and any damage is all we need to start.",
                "We take trades at {o}. A quick look in person takes about ten minutes.",
            ],
            Self::Credit => &[
                "Our finance team at {o} works with all kinds of credit and can walk you through options for {v}.",
                "No promises before finance sees it, but it costs nothing to talk it through for {v}.",
            ],
            Self::Visit => &[
                "Great, I can have {v} pulled up front at {o}.",
                "Sounds good, {o} will be ready for you and {v}.",
            ],
            Self::Available => &[
                "Let me check the lot for {v} and confirm it with the team at {o}.",
                "Good pick. I'm having someone at {o} walk out and look at {v} for you.",
            ],
            Self::Hours => &["{o} is open today, and the team can stay a little later if you're on the way."],
            Self::Thanks => &["You're welcome! {o} is here whenever you need anything."],
            Self::Open => {
                &["Got it, and thanks for the details on {v}.", "Thanks for reaching out to {o} about {v}."]
            }
        }
    }

    pub(super) const fn question(self) -> &'static [&'static str] {
        match self {
            Self::AreYouReal => &["Want me to have someone call you?"],
            Self::Person => &["What's a good time to reach you?"],
            Self::Visit => &["What time works best?", "Morning or after work?"],
            Self::Thanks => &[""],
            Self::Trade => &["How many miles are on it?", "When could you swing by?"],
            Self::Hours => &["When were you thinking of coming?"],
            _ => &[
                "When could you come take a look?",
                "Is this weekend or a weekday better?",
                "Want to set up a test drive?",
            ],
        }
    }
}
