//! Whatever can be made to fail on one machine, and the audit after it: nothing acknowledged is lost, nothing is sent twice.
//!
//! A case is one file and one function of a database and a size. It runs short in every test run and long, ignored by
//! default, by `tests/faults`, which makes the table in docs/faults.md of what the long runs report.

pub(crate) mod audit;
pub(crate) mod load;
mod report;

/// `name::short` of a case, for every run, on the engines named.
macro_rules! short {
    ($run:ident($size:expr), $($engine:ident),+) => {
        mod short {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $engine() {
                super::$run(crate::faults::$engine().await, $size).await;
            })+
        }
    };
}

/// `name::long`, for `tests/faults`.
macro_rules! long {
    ($run:ident($size:expr), $($engine:ident),+) => {
        mod long {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "long: tests/faults runs it"]
            async fn $engine() {
                super::$run(crate::faults::$engine().await, $size).await;
            })+
        }
    };
}

mod callbacks;
mod duplicates;
mod kill;
mod pinched;
mod power;
mod reconnect;
mod sends;
mod server;
mod soak;
mod syscall;

use lotline_sim::{Fault, FaultKind, FaultPoint};

use crate::support::{
    db::Fresh,
    killable::{Desk, Plan},
};

/// A desk whose carrier tells of each text once. Its list, which is read at every start, would bring back what was lost.
async fn told_once(db: Fresh, seed: u64) -> Desk {
    let (desk, _) = Desk::on(db, seed, Plan::default()).await;
    let list = Fault::always(FaultKind::ListWithoutInbound).at(FaultPoint::ReadMessages);
    desk.vendors.remote.set_fault(list).await.unwrap();
    desk
}

async fn sqlite() -> Fresh {
    Fresh::sqlite()
}

async fn postgres() -> Fresh {
    Fresh::postgres().await
}
