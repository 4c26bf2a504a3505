//! Who guesses passwords is slowed down: per account and per address, whichever daemons they ask and however often one
//! is restarted.
//!
//! An attempt costs a try before the password is looked at, so a thousand at once gain nothing; a right password gives
//! it back. Other accounts and addresses never notice.

use std::net::IpAddr;

use crate::{
    app::App,
    db::Scope,
    domain::attempt::{OF_ACCOUNT, OF_ADDRESS, network},
    error::{Error, Result},
    opaque,
    store::attempt::{self, Bucket},
};

/// An attempt under way. Dropped it has failed.
#[must_use]
pub struct Attempt<'a> {
    app: &'a App,
    /// Always the account first: two attempts that wait for each other would wait for ever.
    buckets: [Bucket; 2],
}

/// May somebody at `address` try `account` (an e-mail address in its one form, or a person's id) now?
pub async fn run<'a>(app: &'a App, account: &str, address: IpAddr) -> Result<Attempt<'a>> {
    let hash = |kind, of| opaque::hash(&format!("{kind} {of}"));
    let buckets = [
        Bucket { key: hash("account", account), tries: OF_ACCOUNT },
        Bucket { key: hash("address", &network(address).to_string()), tries: OF_ADDRESS },
    ];
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
