//! Clients: as little work as possible, so that the load's processor is never the limit.

mod closed;
mod connection;
mod open;
mod run;
mod stream;

pub(crate) use closed::closed;
pub(crate) use connection::{Answer, Connection, get, send};
pub(crate) use open::open;
pub(crate) use run::Run;
pub(crate) use stream::Streams;

use crate::shop::{self, FIRST, SHOPS};

/// Who writes the texts of a load.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Customers {
    /// Everybody for the first time, over all shops; numbered from here.
    New(u64),
    /// So many of the first shop's, at random.
    Known(u64),
}

impl Customers {
    /// Rows that one text of theirs writes: turn, event, receipt, job and the lead; of somebody new also the contact
    /// and one event more.
    pub(crate) fn rows(self) -> f64 {
        match self {
            Self::New(_) => 7.0,
            Self::Known(_) => 5.0,
        }
    }

    /// The request of the `n`th text of this load.
    pub(crate) fn text(self, n: u64) -> Vec<u8> {
        match self {
            Self::New(from) => shop::text(
                n % SHOPS,
                &shop::phone(from + n),
                "Is the blue one still there? I could come by on Saturday.",
            ),
            Self::Known(leads) => {
                let phone = shop::phone(fastrand::u64(..leads.max(1)));
                shop::text(FIRST, &phone, "Is the blue one still there? I could come by on Saturday.")
            }
        }
    }
}
