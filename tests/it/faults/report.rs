//! What the long runs saw, one row a run, for the table in docs/faults.md.

use std::{fs, path::Path};

/// Writes down a run that kept its promise; one that did not has failed before.
pub(super) fn row(case: &str, engine: &str, done: &str, seen: &str) {
    println!("{case} ({engine}): {done}; {seen}");
    let is_long = std::thread::current().name().is_some_and(|test| test.contains("::long::"));
    if !is_long {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
    fs::create_dir_all(&folder).unwrap();
    let row = format!("| {case} | {engine} | {done} | {seen} |\n");
    fs::write(folder.join(format!("{case}-{engine}")), row).unwrap();
}
