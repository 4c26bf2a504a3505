//! Streams that organizations have open at other daemons, as those last said.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;

use crate::{domain::organization::OrgKey, limits};

/// By organization and daemon: how many, and the beat of that word.
#[derive(Default)]
pub(super) struct Elsewhere(Mutex<HashMap<(OrgKey, Uuid), (u32, u64)>>);

impl Elsewhere {
    /// A daemon's word, in place of the one before. What nobody has repeated for a while is forgotten.
    pub(super) fn note(&self, org: OrgKey, node: Uuid, streams: u32, beat: u64) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|_, (_, said)| counts(*said, beat));
        told.insert((org, node), (streams, beat));
    }

    pub(super) fn streams(&self, org: OrgKey, beat: u64) -> usize {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = told.iter().filter(|((of, _), (_, said))| *of == org && counts(*said, beat));
        own.map(|(_, (streams, _))| usize::try_from(*streams).unwrap_or(usize::MAX)).sum()
    }
}

fn counts(said: u64, beat: u64) -> bool {
    beat.saturating_sub(said) <= limits::STREAMS_TOLD_BEATS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A daemon that died would otherwise keep an organization's consoles out for ever.
    #[test]
    fn the_word_of_each_daemon_counts_until_it_is_old() {
        let (elsewhere, org, other) = (Elsewhere::default(), OrgKey::new(1), OrgKey::new(2));
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        elsewhere.note(org, one, 5, 10);
        elsewhere.note(org, two, 7, 11);
        elsewhere.note(other, one, 9, 11);
        assert_eq!(elsewhere.streams(org, 11), 12);
        elsewhere.note(org, two, 1, 12);
        assert_eq!(elsewhere.streams(org, 13), 6);
        assert_eq!(elsewhere.streams(org, 14), 1, "one has been silent");
        assert_eq!(elsewhere.streams(org, 16), 0);
        assert_eq!(elsewhere.streams(org, 10), 6, "nothing is forgotten by looking");
    }
}
