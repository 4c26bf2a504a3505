//! Who guesses passwords is slowed down, whichever daemons they ask and however often one is restarted: strictly per
//! account and network together, and per network; loosely per account, so that knowing an address is not enough to
//! shut its owner out.
//!
//! An attempt costs a try before the password is looked at, so a thousand at once gain nothing; a right password gives
//! it back. Other accounts and networks never notice.

use std::net::IpAddr;

use crate::{
    app::App,
    db::Scope,
    domain::attempt::network,
    error::{Error, Result},
    limits, opaque,
    store::attempt::{self, Bucket},
};

/// An attempt under way. Dropped it has failed.
#[must_use]
pub struct Attempt<'a> {
    app: &'a App,
    /// Always in this order of kinds: two attempts that wait for each other would wait for ever.
    buckets: [Bucket; 3],
}

/// May somebody at `address` try `account` (an e-mail address in its one form, or a person's id) now?
pub async fn run<'a>(app: &'a App, account: &str, address: IpAddr) -> Result<Attempt<'a>> {
    let network = network(address);
    let buckets = [
        (format!("account {account}"), limits::TRIES_OF_ACCOUNT),
        (format!("account {account} at {network}"), limits::TRIES_OF_ACCOUNT_AND_NETWORK),
        (format!("address {network}"), limits::TRIES_OF_NETWORK),
    ]
    .map(|(of, tries)| Bucket { key: opaque::hash(&of), tries });
    let (asked, own) = (buckets.clone(), app.clock.now());
    let taken = app.db.write(Scope::System, move |tx| {
        Box::pin(async move {
            let now = tx.now(own).await?;
            for bucket in &asked {
                if let Err(wait) = attempt::take(tx, bucket, now).await? {
                    let retry_after = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                    return Err(Error::TooMany { retry_after });
                }
            }
            Ok(())
        })
    });
    taken.await?;
    Ok(Attempt { app, buckets })
}

impl Attempt<'_> {
    /// It was the right password: the attempt costs nothing.
    pub async fn succeeded(self) {
        let Self { app, buckets } = self;
        let given_back = app.db.write(Scope::System, move |tx| {
            Box::pin(async move {
                for bucket in &buckets {
                    attempt::give_back(tx, bucket).await?;
                }
                Ok::<_, Error>(())
            })
        });
        if let Err(error) = given_back.await {
            // They are in; a try less than they have earned is no reason to turn them away.
            tracing::warn!(%error, "a try could not be given back");
        }
    }
}
