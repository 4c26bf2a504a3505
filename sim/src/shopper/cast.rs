//! Who plays whom, with which phone, at which store: an endless list decided by the seed.

use super::{
    Store,
    actor::Actor,
    persona::{self, Persona, SHARED},
};

/// Area codes of the shoppers; every number ends in 555-01xx, which belongs to nobody.
const AREAS: &[u16] = &[303, 720, 512, 737, 602, 480, 305, 786, 404, 470, 206, 312];
/// The phone that two stores share.
const SHARED_LINE: (u16, u16) = (303, 0);

/// The list.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    seed: u64,
    stores: Vec<Store>,
    order: Vec<&'static Persona>,
    phones: Vec<String>,
}

/// One part in it.
pub(super) struct Part {
    pub(super) phone: String,
    pub(super) own: String,
    pub(super) actor: Actor,
}

impl Cast {
    pub(super) fn new(seed: u64, stores: Vec<Store>) -> Self {
        let mut order: Vec<_> = persona::everybody().collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut order);
        let is_own = |phone: &String| stores.iter().any(|store| store.number == *phone);
        let lines = (1..100).flat_map(|line| AREAS.iter().map(move |&area| phone(area, line)));
        let phones = lines.filter(|phone| !is_own(phone)).collect();
        Self { seed, stores, order, phones }
    }

    /// The part at `index`. The first two are the shared customer, one at each of two stores.
    pub(super) fn part(&self, index: usize) -> Option<Part> {
        let store = self.stores.get(index.checked_rem(self.stores.len())?)?.clone();
        let shared = if self.stores.len() > 1 { SHARED.get(index) } else { None };
        let (persona, phone) = if let Some(persona) = shared {
            (persona, phone(SHARED_LINE.0, SHARED_LINE.1))
        } else {
            // A round of personas meets each store in turn, then the other way about.
            let turn = index + index / self.order.len();
            (*self.order.get(turn % self.order.len())?, self.phones.get(index % self.phones.len())?.clone())
        };
        let seed = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(index as u64);
        Some(Part { phone, own: store.number.clone(), actor: Actor::new(persona, store, seed) })
    }
}

fn phone(area: u16, line: u16) -> String {
    format!("+1{area}55501{line:02}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn stores() -> Vec<Store> {
        vec![
            Store {
                number: "+13035550190".into(),
                brand: "Juniper Motors".into(),
                canary: "MARIGOLD".into(),
            },
            Store {
                number: "+17205550191".into(),
                brand: "Copper Ridge Auto".into(),
                canary: "COBALT".into(),
            },
        ]
    }

    fn texts(seed: u64, parts: usize) -> Vec<(String, String, Vec<String>)> {
        let cast = Cast::new(seed, stores());
        let play = |index| {
            let mut part = cast.part(index).unwrap_or_else(|| panic!("part {index}"));
            let mut texts = Vec::new();
            while let Some(deed) = part.actor.next(Some("When could you come take a look?")) {
                texts.extend(deed.texts);
            }
            (part.phone, part.own, texts)
        };
        (0..parts).map(play).collect()
    }

    /// A demo or a failing run must be repeatable word for word.
    #[test]
    fn the_seed_decides_every_word() {
        assert_eq!(texts(7, 60), texts(7, 60));
        assert_ne!(texts(7, 60), texts(8, 60));
    }

    #[test]
    fn there_are_enough_people_and_each_has_a_phone_of_their_own() {
        assert!(persona::everybody().count() >= 24);
        let all = texts(3, 200);
        let phones: HashSet<_> = all.iter().skip(2).map(|(phone, ..)| phone.clone()).collect();
        assert_eq!(phones.len(), 198);
        for (phone, ..) in &all {
            assert!(phone.len() == 12 && phone[5..].starts_with("55501"), "{phone}");
            assert!(stores().iter().all(|store| store.number != *phone));
        }
    }

    /// The one customer through whom a leak between two stores would show.
    #[test]
    fn one_phone_tells_two_stores_two_stories() {
        let all = texts(1, 2);
        let ((first, own_a, story_a), (second, own_b, story_b)) = (&all[0], &all[1]);
        assert!(first == second && own_a != own_b && story_a != story_b);
        assert!(story_a.iter().any(|text| text.contains("MARIGOLD")) && !story_a.concat().contains("COBALT"));
        assert!(story_b.iter().any(|text| text.contains("COBALT")) && !story_b.concat().contains("MARIGOLD"));
    }

    #[test]
    fn no_placeholder_reaches_a_phone_and_every_text_can_be_sent() {
        for (_, _, texts) in texts(5, 120) {
            for text in texts {
                assert!(!text.contains('{') && !text.is_empty() && text.chars().count() <= 1600, "{text}");
            }
        }
    }
}
