//! What may be opened, by whom, and what a reader may do.

use lotlined::db::{Db, DbError, Hold, Listener, Scope};
use lotlined::tasks::Tasks;
use sqlx::Executor;

use crate::support::{
    db::Fresh,
    program::{code, lotlined, run, text},
};

both_engines!(a_reader_cannot_write, a_newer_schema_is_left_alone);

async fn open(url: &str, hold: Hold) -> Result<Db, DbError> {
    Db::open(url, hold, &Tasks::new(), Listener::deaf()).await
}

/// A page that changes something as it is looked at is a hole in every permission.
async fn a_reader_cannot_write(fresh: &Fresh) {
    let db = open(&fresh.url, Hold::Daemon).await.unwrap();
    for sql in
        ["DELETE FROM users", "CREATE TABLE mine (id BIGINT)", "UPDATE organizations SET event_seq = 0"]
    {
        let mut tx = db.read(Scope::System).await.unwrap();
        let outcome = tx.query(sql).execute().await;
        assert!(matches!(outcome, Err(DbError::Full | DbError::ReadOnly)), "{sql}: {outcome:?}");
    }
}

/// An old program on a new database would write rows that the new one cannot read.
async fn a_newer_schema_is_left_alone(fresh: &Fresh) {
    let db = open(&fresh.url, Hold::Daemon).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9000, 'from_the_future by lotlined 9.1.0', TRUE, 'x', 0)";
    if fresh.is_sqlite() {
        let write =
            db.write(Scope::System, move |tx| Box::pin(async move { tx.query(newer).execute().await }));
        write.await.unwrap();
    } else {
        fresh.owner().await.execute(newer).await.unwrap();
    }
    db.close().await;
    let refused = open(&fresh.url, Hold::Daemon).await.err().unwrap().to_string();
    assert!(refused.contains("was written by lotlined 9.1.0 (schema 9000)"), "{refused}");
    assert!(refused.contains("start that version, or restore a backup"), "{refused}");
}

/// Two daemons on one file would each send every message.
#[tokio::test]
async fn a_file_has_one_daemon_by_whatever_name() {
    let fresh = Fresh::sqlite();
    let db = open(&fresh.url, Hold::Daemon).await.unwrap();
    let (file, link) = (fresh.folder.join("lotline.db"), fresh.folder.join("current.db"));
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let (direct, linked) = (fresh.url.clone(), format!("sqlite:{}", link.display()));
    let roundabout = format!(
        "sqlite:{}/../{}/lotline.db",
        fresh.folder.display(),
        fresh.folder.file_name().unwrap().display()
    );
    for url in [&direct, &linked, &roundabout] {
        let outcome = open(url, Hold::Daemon).await.err();
        assert!(matches!(outcome, Some(DbError::Held(_))), "{url}: {outcome:?}");
        open(url, Hold::Command).await.unwrap().close().await;
    }
    // The first one has the port as well.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    assert_eq!(code(&run(&fresh.folder, &["init", "--non-interactive", "--listen", &listen], None)), 0);
    let second =
        lotlined(&fresh.folder, &["serve"]).env("LOTLINE__DATABASE__URL", &fresh.url).output().unwrap();
    assert_eq!(code(&second), 3);
    assert!(
        text(&second).contains("another daemon holds") && text(&second).contains("lotline.db"),
        "{}",
        text(&second)
    );
    db.close().await;
    open(&fresh.url, Hold::Daemon).await.unwrap().close().await;
    fresh.remove().await;
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_kept() {
    let fresh = Fresh::sqlite();
    let file = fresh.folder.join("lotline.db");
    let rubbish = "not a database at all, but somebody's letter\n".repeat(200);
    std::fs::write(&file, &rubbish).unwrap();
    assert!(open(&fresh.url, Hold::Daemon).await.is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), rubbish);
    fresh.remove().await;
}
