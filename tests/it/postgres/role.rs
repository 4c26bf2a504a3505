//! Which role may serve, and how it is made.

use sqlx::{Connection, PgConnection};
use url::Url;
use uuid::Uuid;

use super::{open, run, write};
use crate::support::{
    db::Fresh,
    program::{code, lotlined, text},
};

fn of(url: &str, role: &str) -> String {
    let mut url = Url::parse(url).unwrap();
    url.set_username(role).unwrap();
    url.into()
}

/// A superuser sees through every policy; nobody would notice until it is too late.
#[tokio::test]
async fn a_role_above_row_security_is_refused() {
    let fresh = Fresh::postgres().await;
    let above = open(&fresh.admin_url()).await.err().unwrap().to_string();
    assert!(above.contains("is a superuser") && above.contains("lotlined migrate --admin-url"), "{above}");
    let bypasses = format!("lotline_{}", Uuid::now_v7().simple());
    let mut owner = fresh.owner().await;
    run(&mut owner, format!("CREATE ROLE {bypasses} LOGIN BYPASSRLS")).await;
    let url = of(&fresh.url, &bypasses);
    let prepared = lotlined::db::prepare(&fresh.admin_url(), &url).await.err().unwrap().to_string();
    assert!(prepared.contains("bypasses row security"), "{prepared}");
    assert!(open(&url).await.err().unwrap().to_string().contains("bypasses row security"));
    let member = format!("lotline_{}", Uuid::now_v7().simple());
    run(&mut owner, format!("CREATE ROLE {member} LOGIN IN ROLE {bypasses}")).await;
    let inherits = open(&of(&fresh.url, &member)).await.err().unwrap().to_string();
    assert!(inherits.contains("is a member of a role that does"), "{inherits}");
    run(&mut owner, format!("DROP ROLE {member}; DROP OWNED BY {bypasses}; DROP ROLE {bypasses}")).await;
    owner.close().await.unwrap();
    fresh.remove().await;
}

/// The command line alone takes an operator from an empty database to one that can be served from.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_migrates_and_a_plain_role_serves() {
    let fresh = Fresh::postgres_without_schema().await;
    let role = format!("lotline_{}", Uuid::now_v7().simple());
    let url = of(&fresh.url, &role).replace(":lotline_test@", ":p%40ss%20word@");
    let command = |arguments: &[&str], admin: Option<&str>| {
        let mut command = lotlined(&fresh.folder, arguments);
        command.env("LOTLINE__DATABASE__URL", &url);
        if let Some(admin) = admin {
            command.env("LOTLINE_ADMIN_URL", admin);
        }
        command.output().unwrap()
    };
    assert_eq!(code(&command(&["init", "--non-interactive"], None)), 0);
    let elsewhere = fresh.admin_url().replace("lotline_test_", "another_");
    let refused = command(&["migrate"], Some(&elsewhere));
    assert!(code(&refused) == 1 && text(&refused).contains("two databases"), "{}", text(&refused));
    let mut owner = fresh.owner().await;
    run(&mut owner, format!("CREATE ROLE {role} LOGIN PASSWORD 'p@ss word'")).await;
    let early = command(&["org", "list"], None);
    assert!(code(&early) == 1 && text(&early).contains("lotlined migrate --admin-url"), "{}", text(&early));
    run(&mut owner, format!("DROP ROLE {role}")).await;
    let migrated = command(&["migrate"], Some(&fresh.admin_url()));
    assert_eq!(code(&migrated), 0, "{}", text(&migrated));
    assert_eq!(code(&command(&["migrate", "--check"], None)), 0);
    assert_eq!(code(&command(&["migrate"], None)), 0, "there is nothing left to do");
    let listed = command(&["org", "list"], None);
    assert_eq!(code(&listed), 0, "{}", text(&listed));
    let mut plain = PgConnection::connect(&url).await.unwrap();
    for sql in [
        "CREATE TABLE mine (id BIGINT)",
        "DROP TABLE leads",
        "ALTER TABLE leads DISABLE ROW LEVEL SECURITY",
        "DELETE FROM _sqlx_migrations",
    ] {
        let outcome = sqlx::query(sql).execute(&mut plain).await;
        assert!(outcome.is_err(), "{sql}");
    }
    plain.close().await.unwrap();
    run(&mut owner, format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    owner.close().await.unwrap();
    fresh.remove().await;
}

/// A small store's one plain role that owns its database needs no second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_owner_may_do_both() {
    let fresh = Fresh::postgres_without_schema().await;
    let role = format!("lotline_{}", Uuid::now_v7().simple());
    let mut owner = fresh.owner().await;
    let database = fresh.url.rsplit('/').next().unwrap();
    run(&mut owner, format!("CREATE ROLE {role} LOGIN; ALTER DATABASE {database} OWNER TO {role}")).await;
    let url = of(&fresh.url, &role);
    let nodes = futures::future::join_all((0..3).map(|_| open(&url))).await;
    for node in nodes {
        let db = node.unwrap();
        write(&db, fastrand::i64(..)).await.unwrap();
        db.close().await;
    }
    run(
        &mut owner,
        format!("ALTER DATABASE {database} OWNER TO postgres; REASSIGN OWNED BY {role} TO postgres"),
    )
    .await;
    run(&mut owner, format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    owner.close().await.unwrap();
    fresh.remove().await;
}

/// "The pool timed out" tells an operator neither that the server is down nor that its name is wrong.
#[tokio::test]
async fn a_start_says_why_the_server_cannot_be_reached() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = open(&format!("postgres://lotline@{free}/lotline")).await.err().unwrap().to_string();
    assert!(refused.contains("Connection refused"), "{refused}");
    let fresh = Fresh::postgres().await;
    let missing = open(&format!("{}_missing", fresh.url)).await.err().unwrap().to_string();
    assert!(missing.contains("does not exist"), "{missing}");
    fresh.remove().await;
}
