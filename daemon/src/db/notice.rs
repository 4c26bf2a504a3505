//! What the daemons on one PostgreSQL database tell each other: where to look, never what happened; and how much an
//! organization used, which nobody writes down.
//!
//! A notice leaves from one task after the commits it speaks of, several commits in one, because `NOTIFY` takes a lock
//! that every commit of the server waits for. It may be lost; who listens looks by itself as well, once a second.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::{sync::Notify, time::sleep};
use uuid::Uuid;

use super::{Committed, DbError, Listener, postgres};
use crate::{
    domain::{organization::OrgKey, usage::Usage},
    limits,
    tasks::Tasks,
};

const CHANNEL: &str = "lotline";

/// What others should look at.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Notice {
    /// Who tells; it knows already.
    node: Uuid,
    directory: bool,
    sessions: bool,
    /// Whose events.
    organizations: BTreeSet<i64>,
    /// Who used how much; a daemon of an older version says nothing of it.
    #[serde(default)]
    usage: BTreeMap<i64, Usage>,
}

/// Notices of this process on their way to the others. Cheap to clone.
#[derive(Clone)]
pub(super) struct Notices(Arc<Inner>);

struct Inner {
    pool: PgPool,
    node: Uuid,
    next: Mutex<Notice>,
    news: Notify,
}

impl Notices {
    pub(super) fn start(pool: PgPool, tasks: &Tasks) -> Self {
        let (next, news) = (Mutex::default(), Notify::new());
        let notices = Self(Arc::new(Inner { pool, node: Uuid::now_v7(), next, news }));
        let sender = notices.clone();
        tasks.spawn_until_stop(async move {
            loop {
                sender.0.news.notified().await;
                sleep(limits::NOTICE_PAUSE).await;
                sender.send().await;
            }
        });
        notices
    }

    /// Remembers what a commit changed.
    pub(super) fn gather(&self, committed: &[Committed]) {
        let mut next = self.0.next.lock().unwrap_or_else(PoisonError::into_inner);
        for fact in committed {
            match fact {
                Committed::Event(org, _) if next.organizations.len() < limits::NOTICE_ORGANIZATIONS => {
                    next.organizations.insert(org.number());
                }
                Committed::Directory => next.directory = true,
                Committed::Sessions => next.sessions = true,
                // Jobs are found by the look once a second; whoever wrote one runs it sooner.
                Committed::Event(..) | Committed::Job(_) | Committed::Elsewhere(_) | Committed::Used(..) => {
                    continue;
                }
            }
            self.0.news.notify_one();
        }
    }

    /// Remembers what organizations used since the last call; those who used most, if they are too many for a notice.
    pub(super) fn announce(&self, usage: HashMap<OrgKey, Usage>) {
        let mut most: Vec<_> = usage.into_iter().collect();
        most.sort_unstable_by_key(|(_, usage)| Reverse(usage.sum()));
        most.truncate(limits::NOTICE_USAGE);
        if !most.is_empty() {
            let mut next = self.0.next.lock().unwrap_or_else(PoisonError::into_inner);
            next.usage = most.into_iter().map(|(org, usage)| (org.number(), usage)).collect();
            self.0.news.notify_one();
        }
    }

    /// Sends what was gathered. What cannot be sent is found by the others' own look.
    pub(super) async fn send(&self) {
        let notice = std::mem::take(&mut *self.0.next.lock().unwrap_or_else(PoisonError::into_inner));
        if notice == Notice::default() {
            return;
        }
        let notice = Notice { node: self.0.node, ..notice };
        if let Err(error) = self.notify(&notice).await {
            tracing::warn!(%error, "the other daemons could not be told");
        }
    }

    async fn notify(&self, notice: &Notice) -> Result<(), DbError> {
        let text = serde_json::to_string(notice).map_err(|e| DbError::Statement(e.to_string()))?;
        let mut tx = self.0.pool.begin().await?;
        let query = sqlx::query("SELECT pg_notify($1, $2)").persistent(false);
        query.bind(CHANNEL).bind(text).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    /// Tells `listener` what the other daemons committed, as far as this process must look again.
    pub(super) fn listen(&self, url: &str, listener: Listener, tasks: &Tasks) -> Result<(), DbError> {
        let options = postgres::options(url, false)?;
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(limits::DB_WAIT);
        let (pool, node) = (pool.connect_lazy_with(options), self.0.node);
        tasks.spawn_until_stop(async move {
            for round in 0_u64.. {
                if let Err(error) = hear(&pool, node, &listener, round > 0).await {
                    tracing::warn!(%error, "other daemons cannot be heard; looking once a second");
                }
                sleep(limits::LISTEN_AGAIN).await;
            }
        });
        Ok(())
    }
}

/// Listens until the connection is lost.
async fn hear(pool: &PgPool, node: Uuid, listener: &Listener, again: bool) -> Result<(), sqlx::Error> {
    let mut ear = PgListener::connect_with(pool).await?;
    ear.eager_reconnect(false);
    ear.listen(CHANNEL).await?;
    if again {
        // What was said meanwhile is not repeated: everything is looked at.
        listener.tell(vec![Committed::Directory, Committed::Sessions, Committed::Elsewhere(None)]);
    }
    while let Some(heard) = ear.try_recv().await? {
        match serde_json::from_str::<Notice>(heard.payload()) {
            Ok(notice) if notice.node == node => {}
            Ok(notice) => listener.tell(facts(&notice)),
            Err(error) => tracing::warn!(%error, "a notice of another daemon is not understood"),
        }
    }
    Ok(())
}

fn facts(notice: &Notice) -> Vec<Committed> {
    let organizations = notice.organizations.iter().map(|&org| Committed::Elsewhere(Some(OrgKey::new(org))));
    let directory = notice.directory.then_some(Committed::Directory);
    let sessions = notice.sessions.then_some(Committed::Sessions);
    let usage = notice.usage.iter().map(|(&org, &used)| Committed::Used(OrgKey::new(org), notice.node, used));
    organizations.chain(directory).chain(sessions).chain(usage).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The server refuses a longer one, and then nobody hears anything.
    #[test]
    fn the_longest_notice_is_short_enough() {
        let usage = Usage { reads: u32::MAX, writes: u32::MAX, streams: u32::MAX };
        let keys = |count: usize| (i64::MAX - i64::try_from(count).unwrap() + 1)..=i64::MAX;
        let notice = Notice {
            node: Uuid::max(),
            directory: true,
            sessions: true,
            organizations: keys(limits::NOTICE_ORGANIZATIONS).collect(),
            usage: keys(limits::NOTICE_USAGE).map(|org| (org, usage)).collect(),
        };
        assert!(serde_json::to_string(&notice).unwrap().len() < 8_000);
    }

    /// While daemons of two versions run side by side in an update.
    #[test]
    fn a_notice_of_an_older_version_is_understood() {
        let old = r#"{"node":"00000000-0000-0000-0000-000000000001","directory":true,
            "sessions":false,"organizations":[7]}"#;
        let facts = facts(&serde_json::from_str(old).unwrap());
        assert!(matches!(facts[..], [Committed::Elsewhere(Some(_)), Committed::Directory]), "{facts:?}");
    }
}
