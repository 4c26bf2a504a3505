//! Every store function that is asked for an organization, with ids of its own rows, mismatched ones and another's.

use super::{
    furnish::{ANN, BOB, FAY},
    reading,
    world::{Ask, Call},
    writing,
};

/// `noun::verb(tx, org, …)` becomes the name and how it is asked; `noun::verb: { … }` for what needs more than one line.
macro_rules! asks {
    (|$tx:ident, $org:ident, $ids:ident| $($($name:ident)::+ : $ask:expr;)+) => {
        &[$((concat!($(stringify!($name), "::"),+), |$tx, $org, $ids| {
            Box::pin(async move {
                let _ = ($org, $ids);
                $ask.map(|answer| format!("{answer:?}"))
            })
        })),+]
    };
}
pub(super) use asks;

pub(super) fn calls() -> Vec<Call> {
    let asks: Vec<&(&'static str, Ask)> = reading::ASKS.iter().chain(writing::ASKS).collect();
    [ANN, BOB, FAY]
        .into_iter()
        .flat_map(|ids| {
            asks.iter()
                .map(move |(name, ask)| Call { name: name.trim_end_matches("::"), ask: *ask, ids })
                .collect::<Vec<_>>()
        })
        .collect()
}
