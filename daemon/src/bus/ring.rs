//! The newest frames of one organization, numbered without a gap.
//!
//! Head, frames and what came too early change together, under the channel's one lock: taking the number and the slot
//! apart loses events when two commits are told at once.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::frame;
use crate::limits;

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It, and perhaps others that waited for it, can be read.
    Readable,
    /// Known already, or kept until the table says where the ring begins.
    Quiet,
    /// It waits for a predecessor that somebody else may have written.
    Gap,
}

/// What a cursor finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Frames {
        bytes: Bytes,
        last: i64,
    },
    Nothing,
    /// The cursor's next event has left the ring.
    Gone,
}

#[derive(Default)]
pub(super) struct Ring {
    /// Number of the newest frame; unknown until the table was read.
    head: Option<i64>,
    frames: VecDeque<Bytes>,
    /// Frames whose predecessors are missing.
    early: BTreeMap<i64, Bytes>,
    /// The last joined write: listeners in step share it.
    joined: Option<(i64, i64, Bytes)>,
}

impl Ring {
    pub(super) fn head(&self) -> Option<i64> {
        self.head
    }

    pub(super) fn len(&self) -> usize {
        self.frames.len() + self.early.len()
    }

    /// The table says that `seq` is the newest event; the first one to say so decides.
    pub(super) fn begin(&mut self, seq: i64) -> Taken {
        if self.head.is_some() {
            return Taken::Quiet;
        }
        self.head = Some(seq);
        self.early = self.early.split_off(&(seq + 1));
        self.settle(seq)
    }

    /// Forgets the frames: more were missed than the ring holds.
    pub(super) fn restart(&mut self, seq: i64) {
        if self.head.is_some_and(|head| head < seq) {
            self.frames.clear();
            self.head = Some(seq);
            self.early = self.early.split_off(&(seq + 1));
            self.settle(seq);
        }
    }

    pub(super) fn put(&mut self, seq: i64, frame: Bytes) -> Taken {
        match self.head {
            Some(head) if seq <= head => Taken::Quiet,
            Some(head) if seq == head + 1 => {
                self.push(frame);
                self.settle(seq);
                Taken::Readable
            }
            head => {
                self.early.entry(seq).or_insert(frame);
                if self.early.len() > limits::RING {
                    // The farthest are read from the table when their turn comes.
                    self.early.pop_last();
                }
                if head.is_some() { Taken::Gap } else { Taken::Quiet }
            }
        }
    }

    /// Moves what waited for `head` behind it.
    fn settle(&mut self, head: i64) -> Taken {
        let mut head = head;
        let mut moved = Taken::Quiet;
        while let Some(frame) = self.early.remove(&(head + 1)) {
            self.push(frame);
            head += 1;
            moved = Taken::Readable;
        }
        if moved == Taken::Quiet && !self.early.is_empty() {
            return Taken::Gap;
        }
        moved
    }

    fn push(&mut self, frame: Bytes) {
        if self.frames.len() == limits::RING {
            self.frames.pop_front();
        }
        self.frames.push_back(frame);
        self.head = self.head.map(|head| head + 1);
    }

    /// Number of the oldest frame still here; one beyond the head when there is none.
    fn oldest(&self, head: i64) -> i64 {
        head + 1 - i64::try_from(self.frames.len()).unwrap_or(i64::MAX)
    }

    /// Everything after `cursor`, at most [`limits::FRAMES_AT_ONCE`] in one piece.
    pub(super) fn after(&mut self, cursor: i64) -> Found {
        let Some(head) = self.head.filter(|head| *head > cursor) else {
            return Found::Nothing;
        };
        let Ok(skip) = usize::try_from(cursor + 1 - self.oldest(head)) else {
            return Found::Gone;
        };
        let count = (self.frames.len() - skip).min(limits::FRAMES_AT_ONCE);
        let last = cursor + i64::try_from(count).unwrap_or(0);
        let bytes = match (&self.joined, self.frames.get(skip)) {
            (_, Some(only)) if count == 1 => only.clone(),
            (Some((from, to, bytes)), _) if (*from, *to) == (cursor, last) => bytes.clone(),
            _ => {
                let bytes = frame::join(self.frames.iter().skip(skip).take(count));
                self.joined = Some((cursor, last, bytes.clone()));
                bytes
            }
        };
        Found::Frames { bytes, last }
    }

    pub(super) fn has_left(&self, cursor: i64) -> bool {
        self.head.is_some_and(|head| cursor < head && cursor + 1 < self.oldest(head))
    }

    /// Drops what every reader has; the table has it too.
    pub(super) fn trim(&mut self, slowest: Option<i64>) {
        let Some(head) = self.head else { return };
        let keep = head.saturating_sub(slowest.unwrap_or(head)).max(0);
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        if self.frames.len() > keep {
            self.frames.drain(..self.frames.len() - keep);
            self.frames.shrink_to(keep.max(8));
        }
        self.joined = None;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(seq: i64) -> Bytes {
        Bytes::from(format!("{seq};"))
    }

    fn read(ring: &mut Ring, cursor: &mut i64) -> String {
        let mut text = String::new();
        while let Found::Frames { bytes, last } = ring.after(*cursor) {
            text.push_str(&String::from_utf8_lossy(&bytes));
            *cursor = last;
        }
        text
    }

    #[test]
    fn what_came_before_the_beginning_was_known_is_neither_lost_nor_told_twice() {
        let mut ring = Ring::default();
        assert_eq!(ring.put(6, frame(6)), Taken::Quiet);
        assert_eq!(ring.put(5, frame(5)), Taken::Quiet);
        assert_eq!(ring.begin(5), Taken::Readable);
        assert_eq!(ring.put(6, frame(6)), Taken::Quiet);
        assert_eq!(ring.put(8, frame(8)), Taken::Gap);
        let mut cursor = 5;
        assert_eq!(read(&mut ring, &mut cursor), "6;");
        assert_eq!(ring.put(7, frame(7)), Taken::Readable);
        assert_eq!(read(&mut ring, &mut cursor), "7;8;");
    }

    #[test]
    fn a_reader_behind_the_ring_is_told_so() {
        let mut ring = Ring::default();
        ring.begin(0);
        let beyond = i64::try_from(limits::RING).unwrap_or(0) + 1;
        for seq in 1..=beyond {
            ring.put(seq, frame(seq));
        }
        assert_eq!(ring.after(0), Found::Gone);
        assert!(ring.has_left(0) && !ring.has_left(1));
        assert!(matches!(ring.after(1), Found::Frames { last, .. } if last == 33));
        ring.trim(Some(beyond - 2));
        assert!(ring.has_left(beyond - 3));
        let mut cursor = beyond - 2;
        assert_eq!(read(&mut ring, &mut cursor), format!("{};{};", beyond - 1, beyond));
        ring.trim(None);
        assert_eq!(ring.after(beyond), Found::Nothing);
    }

    proptest! {
        /// An operator who misses one event answers a customer who was answered already.
        #[test]
        fn any_order_of_arrival_is_read_once_and_in_order(
            order in Just((1..=60_i64).collect::<Vec<_>>()).prop_shuffle(),
            begin in 0..60_i64,
        ) {
            let mut ring = Ring::default();
            for (n, seq) in order.iter().enumerate() {
                if n == 10 {
                    ring.begin(begin);
                }
                ring.put(*seq, frame(*seq));
            }
            // What was committed before the beginning comes from the table, and may be told again.
            for seq in begin + 1..=60 {
                ring.put(seq, frame(seq));
            }
            let mut cursor = begin;
            let expected: Vec<_> = (begin + 1..=60).map(|seq| seq.to_string() + ";").collect();
            prop_assert_eq!(read(&mut ring, &mut cursor), expected.concat());
        }
    }
}
