//! A fresh database per test, on SQLite and on PostgreSQL: a store test is written once and runs on both.
//!
//! On PostgreSQL a test serves as a daemon should: a plain role that owns nothing, with row security in force.

use std::path::{Path, PathBuf};

use lotlined::db::prepare;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use url::Url;
use uuid::Uuid;

/// Made once per cluster, by the first test that needs it.
pub(crate) const ROLE: &str = "lotline_test";

/// Runs each named `async fn(&Fresh)` as `name::sqlite` and `name::postgres`.
macro_rules! both_engines {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let db = crate::support::db::Fresh::sqlite();
                super::$name(&db).await;
                db.remove().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let db = crate::support::db::Fresh::postgres().await;
                super::$name(&db).await;
                db.remove().await;
            }
        })+
    };
}

/// An empty database. After a failure it stays, to be looked at.
pub(crate) struct Fresh {
    pub(crate) url: String,
    pub(crate) folder: PathBuf,
    name: Option<String>,
}

impl Fresh {
    pub(crate) fn sqlite() -> Self {
        let folder = folder();
        let url = format!("sqlite:{}", folder.join("lotline.db").display());
        Self { url, folder, name: None }
    }

    /// A file that is kept elsewhere, such as on a disk that can be switched off.
    pub(crate) fn sqlite_at(file: &Path) -> Self {
        Self { url: format!("sqlite:{}", file.display()), ..Self::sqlite() }
    }

    pub(crate) async fn postgres() -> Self {
        let fresh = Self::postgres_without_schema().await;
        prepare(&fresh.admin_url(), &fresh.url).await.unwrap();
        fresh
    }

    /// A database that nothing was done to yet.
    pub(crate) async fn postgres_without_schema() -> Self {
        let name = format!("lotline_test_{}", Uuid::now_v7().simple());
        administer(format!("CREATE DATABASE {name}")).await;
        let mut url = Url::parse(&admin_url()).unwrap();
        url.set_username(ROLE).unwrap();
        url.set_password(Some(ROLE)).unwrap();
        url.set_path(&name);
        Self { url: url.into(), folder: folder(), name: Some(name) }
    }

    /// The same database for the role that owns it.
    pub(crate) fn admin_url(&self) -> String {
        let mut url = Url::parse(&admin_url()).unwrap();
        url.set_path(self.name.as_deref().unwrap());
        url.into()
    }

    /// Another empty database of the same engine.
    pub(crate) async fn twin(&self) -> Self {
        if self.is_sqlite() { Self::sqlite() } else { Self::postgres().await }
    }

    /// A connection of the owner, whom row security does not hold.
    pub(crate) async fn owner(&self) -> PgConnection {
        PgConnection::connect(&self.admin_url()).await.unwrap()
    }

    /// An empty database of the same engine.
    pub(crate) async fn another(&self) -> Self {
        if self.is_sqlite() { Self::sqlite() } else { Self::postgres().await }
    }

    /// A database that exists already, known by its address.
    pub(crate) fn named(url: &str) -> Self {
        Self::with_folder(url, PathBuf::new())
    }

    /// The same with a place for what belongs to it.
    pub(crate) fn with_folder(url: &str, folder: PathBuf) -> Self {
        Self { url: url.to_owned(), folder, name: None }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Its engine's name, for reports.
    pub(crate) fn engine(&self) -> &'static str {
        if self.is_sqlite() { "sqlite" } else { "postgres" }
    }

    pub(crate) async fn remove(self) {
        if let Some(name) = &self.name {
            administer(format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("lotline-test-{}", Uuid::now_v7()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[expect(clippy::disallowed_methods, reason = "where the tests' server is, is no setting of the daemon")]
fn admin_url() -> String {
    std::env::var("LOTLINE_TEST_POSTGRES").unwrap_or_else(|_unset| {
        panic!("LOTLINE_TEST_POSTGRES is not set: run the tests with tests/run, which starts a PostgreSQL for them")
    })
}

async fn administer(sql: String) {
    let mut connection = PgConnection::connect(&admin_url()).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}
