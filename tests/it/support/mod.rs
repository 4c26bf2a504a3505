//! What tests share: fresh databases on both engines, a running daemon, a signed-in caller.

#[macro_use]
pub(crate) mod db;
pub(crate) mod caller;
pub(crate) mod chance;
pub(crate) mod cluster;
pub(crate) mod contract;
pub(crate) mod daemon;
pub(crate) mod desk;
pub(crate) mod house;
pub(crate) mod killable;
pub(crate) mod opened;
pub(crate) mod program;
pub(crate) mod reader;
pub(crate) mod road;
pub(crate) mod seed;
pub(crate) mod server;
pub(crate) mod shop;
pub(crate) mod slow;
pub(crate) mod terminal;
pub(crate) mod vendors;

use std::{
    future::Future,
    time::{Duration, Instant},
};

/// Asks again and again until the answer is yes; fails after `patience`.
pub(crate) async fn eventually<F: Future<Output = bool>>(patience: Duration, mut ask: impl FnMut() -> F) {
    let begun = Instant::now();
    while !ask().await {
        assert!(begun.elapsed() < patience, "it did not come to be within {patience:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
