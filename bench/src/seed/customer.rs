//! Who the seeded customers are. Everything follows from their number, but for ids and what they said.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::shop;

/// The first lead was created here, in microseconds; each next one a little later.
const BEGUN: u64 = 1_760_000_000_000_000;
const APART: u64 = 30_000_000;
/// One in so many of the first two thousand waits for a person: a desk has so many people, however many customers it ever had.
/// The others are the AI's, and answered.
const WAITING: u64 = 20;
const MAY_WAIT: u64 = 2_000;

const FIRST_NAMES: [&str; 40] = [
    "Ava", "Ben", "Carla", "Diego", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jamal", "Kira", "Liam",
    "Maya", "Noah", "Olga", "Priya", "Quinn", "Rosa", "Sam", "Tara", "Umar", "Vera", "Wes", "Ximena",
    "Yusuf", "Zoe", "Anton", "Bela", "Chen", "Dora", "Emil", "Fern", "Gus", "Hana", "Ivan", "June", "Karl",
    "Lena", "Milo", "Nora",
];
const SYLLABLES: [&str; 24] = [
    "bar", "cor", "dal", "fen", "gar", "hol", "ker", "lan", "mor", "nel", "pol", "quin", "ros", "sal", "tor",
    "ul", "ver", "wel", "yar", "zim", "bru", "cle", "dra", "fli",
];
const VEHICLES: [&str; 12] = [
    "2023 Toyota Tacoma",
    "2021 Ford F-150",
    "2024 Honda CR-V",
    "2022 Kia Telluride",
    "2020 Jeep Wrangler",
    "2023 Mazda CX-5",
    "2019 Subaru Outback",
    "2024 Hyundai Tucson",
    "2022 Chevrolet Tahoe",
    "2021 Nissan Rogue",
    "2023 Ram 1500",
    "2020 Volkswagen Golf",
];
const TEXTS: [&str; 8] = [
    "Is the blue one still there?",
    "Can I come by on Saturday morning?",
    "What would you give me for my trade-in?",
    "Does it have the towing package?",
    "My wife likes the red one better",
    "Thanks, see you then",
    "Do you have it with leather seats?",
    "Is the price negotiable at all?",
];

/// The name of a customer; one in ten has none.
pub(crate) fn name(customer: u64) -> Option<String> {
    if customer % 10 == 9 {
        return None;
    }
    let pick = |words: &[&'static str], n: u64| {
        usize::try_from(n).ok().and_then(|n| words.get(n % words.len()).copied()).unwrap_or("")
    };
    let spread = spread(customer);
    let last: String =
        [spread, spread / 24, spread / 576, spread / 13_824].iter().map(|n| pick(&SYLLABLES, *n)).collect();
    let mut letters = last.chars();
    let capital = letters.next().map(|first| first.to_ascii_uppercase().to_string()).unwrap_or_default();
    Some(format!("{} {capital}{}", pick(&FIRST_NAMES, spread / 331_776), letters.as_str()))
}

/// The vehicle that a customer asked for.
pub(crate) fn vehicle(customer: u64) -> &'static str {
    usize::try_from(spread(customer)).map_or("", |spread| VEHICLES[spread % VEHICLES.len()])
}

fn spread(customer: u64) -> u64 {
    customer.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

/// The row that [`super::fill`] reads.
pub(super) fn row(customer: u64, told: i64) -> Value {
    let at = BEGUN + customer * APART;
    let id = || {
        let random = fastrand::u128(..) & 0x0000_0000_0000_0fff_3fff_ffff_ffff_ffff;
        let versioned = random | 0x0000_0000_0000_7000_8000_0000_0000_0000;
        Uuid::from_u128((u128::from(at / 1000) << 80) | versioned).simple().to_string()
    };
    let pick = |words: &[&'static str]| fastrand::choice(words.iter().copied()).unwrap_or("");
    let waits = customer < MAY_WAIT && customer.is_multiple_of(WAITING);
    json!([
        id(),
        id(),
        shop::phone(customer),
        name(customer),
        vehicle(customer),
        pick(&TEXTS),
        at,
        told.saturating_add_unsigned(customer * 2 + 1),
        waits.then_some(at),
        if waits { "nobody" } else { "ai" },
    ])
}
