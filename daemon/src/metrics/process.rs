//! This process as Linux knows it. Where there is no `/proc` it is nothing.

use std::fs;

/// Memory that is in use right now.
pub(super) fn resident_bytes() -> i64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse::<i64>().ok()).unwrap_or_default();
    pages.saturating_mul(i64::try_from(rustix::param::page_size()).unwrap_or_default())
}

pub(super) fn open_descriptors() -> i64 {
    fs::read_dir("/proc/self/fd").map_or(0, |found| i64::try_from(found.count()).unwrap_or(i64::MAX))
}
