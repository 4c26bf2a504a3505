//! The write-ahead log as it lies on the disk, before SQLite opens it.
//!
//! SQLite takes the log up to the first frame whose checksum is wrong and forgets the rest: right after a crash, when
//! that frame was being written and told to nobody, and a silent loss when it was damaged later. The two can be told
//! apart. One transaction is under way at a time and each is on the disk before the next begins, so behind a frame that
//! a crash left unfinished lies the end of one transaction at most.

use std::{fs, path::Path};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The low bit of the magic number says how the checksums read their words.
const MAGIC: u32 = 0x377f_0682;

/// A running checksum over pairs of 32-bit words.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Sum {
    big_endian: bool,
    words: (u32, u32),
}

impl Sum {
    fn add(mut self, bytes: &[u8]) -> Self {
        let word = |bytes: &[u8]| {
            let bytes = bytes.try_into().unwrap_or_default();
            if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
        };
        for pair in bytes.chunks_exact(8) {
            let (left, right) = pair.split_at(4);
            self.words.0 = self.words.0.wrapping_add(word(left)).wrapping_add(self.words.1);
            self.words.1 = self.words.1.wrapping_add(word(right)).wrapping_add(self.words.0);
        }
        self
    }
}

/// Was something damaged that had been committed? A log that is being written meanwhile is no evidence.
pub(super) fn is_damaged(file: &Path) -> bool {
    let Ok(log) = fs::read(file) else { return false };
    let begun_anew = || fs::read(file).is_ok_and(|again| again.get(..HEADER) != log.get(..HEADER));
    hides_commits(&log) && !begun_anew()
}

fn hides_commits(log: &[u8]) -> bool {
    let (Some(header), Some(frames)) = (log.get(..HEADER), log.get(HEADER..)) else {
        return false;
    };
    let magic = number(header, 0);
    let page = usize::try_from(number(header, 8)).unwrap_or(0);
    let mut sum = Sum { big_endian: magic & 1 == 1, words: (0, 0) }.add(&header[..24]);
    if magic & !1 != MAGIC || !(512..=65_536).contains(&page) || sum.words != stored(header, 24) {
        return !frames.is_empty();
    }
    let (mut broken, mut ends) = (false, 0);
    for frame in frames.chunks_exact(FRAME_HEADER + page) {
        if frame[8..16] != header[16..24] {
            // Left over from before the log was begun anew.
            broken = true;
            continue;
        }
        let next = sum.add(&frame[..8]).add(&frame[FRAME_HEADER..]);
        broken |= next.words != stored(frame, 16);
        sum = next;
        ends += usize::from(broken && number(frame, 4) != 0);
    }
    ends > 1
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}

fn stored(bytes: &[u8], at: usize) -> (u32, u32) {
    (number(bytes, at), number(bytes, at + 4))
}
