//! What is left to chance in a test, and how to have the same again.

/// The seed of this test's chances: that of `LOTLINE_TEST_SEED`, or a new one. A failure shows how to repeat it.
#[expect(clippy::disallowed_methods, reason = "how chances fall in a test is no setting of the daemon")]
pub(crate) fn seed() -> u64 {
    let given = std::env::var("LOTLINE_TEST_SEED").ok();
    let seed = given.map_or_else(|| fastrand::u64(..), |seed| seed.parse().unwrap());
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    println!(
        "to repeat it: LOTLINE_TEST_SEED={seed} cargo test -p lotline-tests --all-features -- --include-ignored \
         --exact {test}"
    );
    seed
}
