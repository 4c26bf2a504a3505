//! A desk, its carrier and the net between them in memory, driven by the daemon's own rules under everything that can go
//! wrong. Thousands of short lives, each from a seed; one that breaks the promise tells how to have it again.

mod carrier;
mod desk;
mod world;

use self::world::World;

const STEPS: usize = 200;
const LIVES: u64 = 10_000;

#[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of the daemon")]
fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Lost: a customer's text, or a customer: by a second copy, a text after STOP, or one that nobody ever hears of again.
#[test]
fn whatever_goes_wrong_the_promise_holds() {
    let seeds = given("LOTLINE_TEST_SEED").map_or(0..LIVES, |seed| seed..seed + 1);
    let mut seen = world::Seen::default();
    for seed in seeds.clone() {
        let mut world = World::new(seed);
        let lived = world.live(STEPS).and_then(|()| world.calm_down());
        if let Err(broken) = lived {
            let story = world.story.join("\n");
            panic!(
                "{story}\n{broken}\nto repeat it: LOTLINE_TEST_SEED={seed} cargo nextest run --workspace \
                 --all-features --test it model::"
            );
        }
        seen.add(&world.seen);
    }
    println!("{} lives of {STEPS} steps: {seen:?}", seeds.end - seeds.start);
    if seeds.end - seeds.start == LIVES {
        seen.assert_everything_happened();
    }
}
