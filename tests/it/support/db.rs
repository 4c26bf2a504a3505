//! A fresh, empty database per test, on either engine.

use std::{path::PathBuf, sync::Arc};

use lotlined::{
    bus::Bus,
    db::{Db, Hold, Listener},
    tasks::Tasks,
};
use sqlx::{AssertSqlSafe, Connection, Executor};
use uuid::Uuid;

/// Runs each test on both engines: `both_engines!(one, two)` beside `async fn one(fresh: Fresh)`.
macro_rules! both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                Box::pin(super::$name($crate::support::db::Fresh::sqlite().await)).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                Box::pin(super::$name($crate::support::db::Fresh::postgres().await)).await;
            })+
        }
    };
}
pub(crate) use both_engines;

/// A database of its own, and a bus that hears its commits.
pub struct Fresh {
    pub db: Db,
    pub bus: Bus,
    pub tasks: Tasks,
    pub url: String,
    folder: Option<Arc<Folder>>,
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

impl Fresh {
    pub async fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(format!("lotline-test-{}", Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        let url = format!("sqlite:{}", folder.join("lotline.db").display());
        let folder = Some(Arc::new(Folder(folder)));
        Self::open(url, Hold::Daemon, folder).await
    }

    pub async fn postgres() -> Self {
        let admin = admin_url();
        let name = format!("lotline_test_{}", Uuid::now_v7().simple());
        let mut connection = sqlx::PgConnection::connect(&admin).await.unwrap();
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let (server, _) = admin.rsplit_once('/').unwrap();
        Self::open(format!("{server}/{name}"), Hold::Daemon, None).await
    }

    /// Another process beside this one, on the same database; its commits are told to a bus of its own.
    pub async fn beside(&self) -> Self {
        Self::open(self.url.clone(), Hold::Command, self.folder.clone()).await
    }

    async fn open(url: String, hold: Hold, folder: Option<Arc<Folder>>) -> Self {
        let (tasks, bus) = (Tasks::new(), Bus::new());
        let heard = bus.clone();
        let listener = Listener::new(move |committed| heard.hear(&committed));
        let db = Db::open(&url, hold, &tasks, listener).await.unwrap();
        Self { db, bus, tasks, url, folder }
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
fn admin_url() -> String {
    std::env::var("LOTLINE_TEST_POSTGRES")
        .expect("LOTLINE_TEST_POSTGRES names a PostgreSQL server, as postgres://user@host/postgres")
}
