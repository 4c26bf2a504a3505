//! What the fake agent says: dealership talk made from what the session told it, and from nothing else.
//!
//! The same seed, variables and messages give the same words. It never names a price, promises nothing and does not
//! deny what it is; the behaviours that do so are ordered separately. A code word in capitals that it finds in its
//! context is spoken aloud, so that a context of the wrong customer cannot stay unnoticed.

mod topic;

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value};

use topic::Topic;

/// What the agent knows in one session.
pub(super) struct Heard<'a> {
    pub(super) seed: u64,
    pub(super) variables: &'a Map<String, Value>,
    /// Contextual updates.
    pub(super) context: &'a [String],
    /// The customer's messages of this session; the last is to be answered.
    pub(super) messages: &'a [String],
}

impl Heard<'_> {
    /// Chance bound to what was heard.
    pub(super) fn rng(&self) -> fastrand::Rng {
        let mut hasher = DefaultHasher::new();
        self.seed.hash(&mut hasher);
        self.messages.hash(&mut hasher);
        self.context.hash(&mut hasher);
        // The clock stands in some variables and must not change the words.
        for name in ["customer_name", "organization_name", "vehicle_interest", "conversation_context"] {
            self.variable(name).hash(&mut hasher);
        }
        fastrand::Rng::with_seed(hasher.finish())
    }

    fn variable(&self, name: &str) -> String {
        text_of(self.variables.get(name).unwrap_or(&Value::Null))
    }

    fn message(&self) -> &str {
        self.messages.last().map_or("", String::as_str)
    }

    /// Everything that was said before this message.
    fn background(&self) -> String {
        let earlier = self.messages.split_last().map_or(&[][..], |(_, earlier)| earlier);
        [self.context.join("\n"), self.variable("conversation_context"), earlier.join("\n")].join("\n")
    }

    /// How many texts went to and fro before.
    fn earlier(&self) -> u64 {
        let figure = |name: &str| self.variable(name).parse::<u64>().unwrap_or(0);
        figure("sms_messages").max(figure("interaction_count")) + self.messages.len().saturating_sub(1) as u64
    }

    fn is_spanish(&self) -> bool {
        const WORDS: &[&str] = &[
            "hola", "gracias", "tienen", "busco", "carro", "troca", "cuanto", "cuánto", "quiero", "puedo",
            "mañana", "semana", "esta", "está", "enganche", "credito", "crédito", "buenas", "trabajo",
            "necesito", "papeles",
        ];
        let text = self.message().to_lowercase();
        text.split(|c: char| !c.is_alphabetic()).filter(|word| WORDS.contains(word)).count() >= 2
            || text.contains('¿')
            || text.contains('¡')
    }
}

/// The answer to the last message.
pub(super) fn compose(heard: &Heard<'_>, rng: &mut fastrand::Rng) -> String {
    let text = if heard.is_spanish() { spanish(heard, rng) } else { english(heard, rng) };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn english(heard: &Heard<'_>, rng: &mut fastrand::Rng) -> String {
    let topic = Topic::of(heard.message());
    let first_name = heard.variable("customer_name");
    let first_name = first_name.split_whitespace().next().unwrap_or_default();
    let greeting = match (first_name, heard.earlier()) {
        ("", 0) => "Hi there!".to_owned(),
        ("", _) => String::new(),
        (name, 0) => format!("Hi {name}!"),
        (name, _) => format!("{name},"),
    };
    let line = pick(topic.lines(), rng)
        .replace("{v}", &vehicle(heard, "that vehicle", "the"))
        .replace("{o}", &store(heard, "the dealership"));
    let note = code_word(heard).map(|word| format!("I have the {word} note right here.")).unwrap_or_default();
    let line = if greeting.ends_with(',') { after_name(&line) } else { line };
    format!("{greeting} {line} {note} {}", pick(topic.question(), rng))
}

/// Begins in lower case after "Dana,", except names and "I".
fn after_name(line: &str) -> String {
    const LOWER: &[&str] =
        &["Great", "Sounds", "Good", "Let", "Got", "Thanks", "Happy", "Our", "Pricing", "We", "No", "Of"];
    let first = line.split(' ').next().unwrap_or_default().trim_end_matches(',');
    if LOWER.contains(&first) {
        format!("{}{}", line[..1].to_lowercase(), &line[1..])
    } else {
        line.to_owned()
    }
}

fn spanish(heard: &Heard<'_>, rng: &mut fastrand::Rng) -> String {
    let name = heard.variable("customer_name");
    let name = name.split_whitespace().next().unwrap_or_default();
    let lines: &[&str] = match Topic::of(heard.message()) {
        Topic::Price => &["El equipo de ventas de {o} le confirma el total por escrito para {v}."],
        Topic::Credit => {
            &["En {o} trabajamos con todo tipo de historial; un asesor le explica las opciones para {v}."]
        }
        Topic::Person => &["Claro, alguien de {o} le atiende en persona."],
        Topic::Visit => &["Perfecto, le esperamos en {o} con {v} listo."],
        Topic::AreYouReal => &["Soy el asistente virtual de {o}; si prefiere, le paso con una persona."],
        _ => &["Con gusto le ayudo con {v} en {o}.", "Gracias por escribir a {o} sobre {v}."],
    };
    let line = pick(lines, rng)
        .replace("{v}", &vehicle(heard, "ese carro", "el"))
        .replace("{o}", &store(heard, "la agencia"));
    let note = code_word(heard).map(|word| format!("Tengo su nota {word}.")).unwrap_or_default();
    format!("Hola {name}, {line} {note} Puede venir esta semana?").replace(" ,", ",")
}

/// The vehicle with its article; a placeholder such as "unknown" is no vehicle.
fn vehicle(heard: &Heard<'_>, unknown: &str, article: &str) -> String {
    let vehicle = heard.variable("vehicle_interest");
    let vehicle = short(vehicle.trim(), 48);
    match vehicle.to_lowercase().as_str() {
        "" | "unknown" | "none" | "null" | "n/a" | "not specified" | "not yet known" | "a vehicle" => {
            unknown.to_owned()
        }
        _ => format!("{article} {vehicle}"),
    }
}

fn store(heard: &Heard<'_>, unknown: &str) -> String {
    let name = heard.variable("organization_name");
    if name.trim().is_empty() { unknown.to_owned() } else { short(name.trim(), 40).to_owned() }
}

/// Words that stand beside a code word when people mention one.
const BESIDE_A_CODE: &[&str] =
    &["code", "said", "mailer", "flyer", "card", "voucher", "event", "note", "coupon", "anuncio", "nota"];

/// The newest word of five or more capitals the agent was told as a code; headings in capitals are none.
fn code_word(heard: &Heard<'_>) -> Option<String> {
    let background = heard.background();
    let words: Vec<&str> =
        background.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_code = |word: &str| (5..=16).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase());
    let is_sign = |at: Option<usize>| {
        let word = at.and_then(|at| words.get(at)).map(|word| word.to_lowercase());
        word.is_some_and(|word| BESIDE_A_CODE.contains(&word.as_str()))
    };
    let at = (0..words.len())
        .rfind(|&at| is_code(words[at]) && (is_sign(at.checked_sub(1)) || is_sign(Some(at + 1))))?;
    words.get(at).map(|&word| word.to_owned())
}

/// Fills `{{name}}` from the variables, as the vendor does in a first message.
pub(super) fn fill(template: &str, variables: &Map<String, Value>) -> String {
    variables.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{{{name}}}}}"), &text_of(value))
    })
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn pick(lines: &[&'static str], rng: &mut fastrand::Rng) -> &'static str {
    rng.choice(lines).copied().unwrap_or_default()
}

fn short(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use lotline_common::sms::segments;
    use serde_json::json;

    use super::*;

    fn told(variables: &Value, messages: &[&str]) -> String {
        let variables = variables.as_object().cloned().unwrap_or_default();
        let messages: Vec<String> = messages.iter().map(|&text| text.to_owned()).collect();
        let heard = Heard { seed: 1, variables: &variables, context: &[], messages: &messages };
        compose(&heard, &mut heard.rng())
    }

    /// If the agent ignored what it was told, a context of the wrong customer would never be seen.
    #[test]
    fn speaks_from_what_it_was_told() {
        let variables = json!({
            "customer_name": "Dana Whitfield",
            "organization_name": "Juniper Motors",
            "vehicle_interest": "2021 Tacoma",
            "conversation_context": "[sms] Customer: I have the MARIGOLD flyer",
            "sms_messages": 4,
        });
        let answer = told(&variables, &["is it still there"]);
        assert!(answer.starts_with("Dana, "), "{answer}");
        assert!(answer.contains("2021 Tacoma") && answer.contains("Juniper Motors"), "{answer}");
        assert!(answer.contains("MARIGOLD"), "{answer}");
        assert_eq!(answer, told(&variables, &["is it still there"]));
    }

    #[test]
    fn headings_are_no_code_words() {
        let variables = json!({"conversation_context": "SUMMARY\nCUSTOMER: likes trucks\nAGENT: ok"});
        let answer = told(&variables, &["and in blue?"]);
        assert!(!answer.contains("note"), "{answer}");
    }

    #[test]
    fn every_topic_stays_within_three_segments_and_promises_nothing() {
        let variables = json!({
            "customer_name": "Maximiliana Featherstonehaugh",
            "organization_name": "Bluebird & Sons Pre-Owned Auto Plaza of Aurora",
            "vehicle_interest": "2022 Chevrolet Silverado 1500 LTZ crew cab, red or black",
            "conversation_context": "Customer: code CHRYSANTHEMUM",
        });
        for message in [
            "are you a bot?",
            "let me talk to a manager",
            "how much otd",
            "what is my trade worth",
            "i got bad credit",
            "can i come saturday",
            "still available?",
            "what are your hours",
            "thank you",
            "xyz",
            "¿Cuánto cuesta la troca?",
            "hola busco un carro, tengo mal credito",
            "hola quiero hablar con alguien",
            "puedo ir mañana, gracias",
            "",
        ] {
            let answer = told(&variables, &[message]);
            assert!((1..=3).contains(&segments(&answer).count), "{message}: {answer}");
            for promise in ["$", "approved", "guarantee", "APR", "hold it"] {
                assert!(!answer.contains(promise), "{answer}");
            }
        }
        assert!(told(&variables, &["are you a bot?"]).contains("automated"));
        assert!(told(&variables, &["hola busco un carro"]).starts_with("Hola Maximiliana"));
    }

    #[test]
    fn a_first_message_is_filled_from_the_variables() {
        let variables = json!({"customer_name": "Dana", "conversation_count": 3});
        let filled = fill(
            "Hi {{customer_name}}, {{conversation_count}} {{other}}",
            variables.as_object().unwrap_or(&Map::new()),
        );
        assert_eq!(filled, "Hi Dana, 3 {{other}}");
    }
}
