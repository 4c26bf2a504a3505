//! One shopper playing a persona: what comes next, given what was answered. No sockets, no clock: the same seed and
//! the same answers give the same texts.

use super::{
    Store,
    persona::{Line, Persona},
    typing,
};

/// What a shopper does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deed {
    /// Texts, one right after the other.
    pub(super) texts: Vec<String>,
    /// `None` = the ledger judges by keyword.
    pub(super) needs_answer: Option<bool>,
    /// Goes on only after an answer.
    pub(super) waits: bool,
}

/// A persona on its way through its lines.
pub(super) struct Actor {
    persona: &'static Persona,
    store: Store,
    rng: fastrand::Rng,
    next: usize,
    /// After an opt-out in words nothing is owed any more.
    gone: bool,
}

impl Actor {
    pub(super) fn new(persona: &'static Persona, store: Store, seed: u64) -> Self {
        Self { persona, store, rng: fastrand::Rng::with_seed(seed), next: 0, gone: false }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.persona.name
    }

    pub(super) const fn rng(&mut self) -> &mut fastrand::Rng {
        &mut self.rng
    }

    /// The next deed; `answer` is the last one that came.
    pub(super) fn next(&mut self, answer: Option<&str>) -> Option<Deed> {
        let line = *self.persona.lines.get(self.next)?;
        self.next += 1;
        Some(match line {
            Line::Says(text) => self.speaks(&[text]),
            Line::Burst(texts) => self.speaks(texts),
            Line::Reacts => {
                let reply = react(answer.unwrap_or_default(), self.persona.spanish, &mut self.rng);
                self.speaks(&[reply])
            }
            Line::Keyword(word) => Deed { texts: vec![word.to_owned()], needs_answer: None, waits: false },
            Line::Leaves(text) => {
                self.gone = true;
                Deed { texts: vec![self.written(text)], needs_answer: Some(false), waits: false }
            }
        })
    }

    /// What somebody writes who was not answered.
    pub(super) fn asks_again(&mut self) -> Deed {
        let lines: &[&'static str] = if self.persona.spanish {
            &["hola?", "sigo esperando"]
        } else {
            &["hello?", "anyone there?", "??"]
        };
        let text = self.rng.choice(lines).copied().unwrap_or("hello?");
        self.speaks(&[text])
    }

    fn speaks(&mut self, lines: &[&'static str]) -> Deed {
        let texts = lines.iter().map(|line| self.written(line)).collect();
        Deed { texts, needs_answer: self.gone.then_some(false), waits: !self.gone }
    }

    fn written(&mut self, line: &str) -> String {
        let first = self.persona.name.split(' ').next().unwrap_or_default();
        let text = line
            .replace("{name}", self.persona.name)
            .replace("{first}", first)
            .replace("{v}", self.persona.vehicle)
            .replace("{store}", &self.store.brand)
            .replace("{canary}", &self.store.canary);
        typing::typed(&text, self.persona.manner, &self.store.canary, &mut self.rng)
    }
}

/// A reply to what an answer asked, or to its tone.
fn react(answer: &str, spanish: bool, rng: &mut fastrand::Rng) -> &'static str {
    let asked = answer.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| asked.contains(word));
    let lines: &[&'static str] = match () {
        () if spanish && has(&["persona", "asesor"]) => {
            &["Si por favor, con una persona", "Prefiero que me llamen en la tarde"]
        }
        () if spanish => {
            &["Puedo el jueves como a las 6", "El sábado en la mañana me queda bien", "¿Qué necesito llevar?"]
        }
        () if has(&["miles", "trade", "mileage"]) => &[
            "It has about 88k miles, small dent on the door",
            "112,000 miles. Runs great",
            "Around 64k, still owe a little on it",
        ],
        () if has(&["call you", "reach you", "someone call", "phone"]) => &[
            "After 5 works, I'm on shift before that",
            "Tomorrow at lunch is good",
            "Just text me, I can't take calls at work",
        ],
        () if has(&["when", "time", "weekend", "weekday", "test drive", "morning"]) => &[
            "Thursday after 5 works",
            "Saturday around 11?",
            "I could do tomorrow at 4",
            "Maybe Monday, I have to check with my wife",
        ],
        () if has(&["?"]) => &["I think so, what do you need from me?", "Not sure yet, what are my options?"],
        () => &[
            "Ok. And does it come with two keys?",
            "Good to know. Has it been in an accident?",
            "Alright. What do I need to bring?",
        ],
    };
    rng.choice(lines).copied().unwrap_or("ok")
}
