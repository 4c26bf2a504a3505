//! A statement that forgets its organization shows nothing of another, and writes nothing into it.

use lotline_common::api::turn::AuthorKind;
use lotlined::{
    db::{Db, Scope},
    domain::organization::OrgKey,
};
use sqlx::{Connection, PgConnection};

use super::{open, run};
use crate::{
    store::{customer, say},
    support::{db::Fresh, seed},
};

const TENANTS: &str = "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
       AND a.attname = CASE c.relname WHEN 'organizations' THEN 'id' ELSE 'organization_id' END";

/// Two organizations with customers, threads, deliveries, events, jobs and receipts.
async fn furnished() -> (Fresh, Db) {
    let fresh = Fresh::postgres().await;
    let db = open(&fresh.url).await.unwrap();
    for number in [1, 2] {
        let store = seed::store(&db, number).await;
        let lead = customer(&db, store, 1).await;
        say(&db, store, lead, AuthorKind::Member, "Theirs alone", 1).await;
    }
    (fresh, db)
}

/// Rows of every tenant table, by statements that name no organization.
async fn rows(db: &Db, scope: Scope) -> Vec<(String, i64)> {
    let mut tx = db.read(scope).await.unwrap();
    let tables: Vec<(String,)> = tx.query(TENANTS).all().await.unwrap();
    let mut counted = Vec::new();
    for (table,) in tables {
        let sql: &'static str = format!("SELECT COUNT(*) FROM {table}").leak();
        let (count,): (i64,) = tx.query(sql).one().await.unwrap();
        counted.push((table, count));
    }
    counted.sort();
    counted
}

/// One forgotten predicate must not be a breach.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_predicate_shows_no_other_organization() {
    let (fresh, db) = furnished().await;
    let org = |number| Scope::Org(OrgKey::new(number));
    let (one, two) = (rows(&db, org(1)).await, rows(&db, org(2)).await);
    let (nobody, all) = (rows(&db, org(3)).await, rows(&db, Scope::System).await);
    assert!(all.len() >= 15, "every table is asked: {all:?}");
    let filled = all.iter().filter(|(_, count)| *count >= 2).count();
    assert!(filled >= 8, "most have rows of both: {all:?}");
    for (((table, all), (_, one)), ((_, two), (_, nobody))) in
        all.iter().zip(&one).zip(two.iter().zip(&nobody))
    {
        assert_eq!((one + two, *nobody), (*all, 0), "{table}");
        assert_eq!(one, two, "{table}");
    }
    db.close().await;
    fresh.remove().await;
}

/// The functions of a search see every row: they must keep the organizations apart themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_for_another_organization_finds_nothing() {
    let (fresh, db) = furnished().await;
    let store = |org| db.read(Scope::Org(OrgKey::new(org)));
    for org in [1, 2] {
        let org = OrgKey::new(org);
        crate::store::commit!(&db, Scope::Org(org), |tx| lotlined::store::search::advance(tx, org, 100)
            .await)
        .await
        .unwrap();
    }
    for sql in [
        "SELECT COUNT(*) FROM found_by_name(1, '[[\"1720555\"]]', 10)",
        "SELECT COUNT(*) FROM found_by_words(1, 'hello', 10)",
    ] {
        for (org, expected) in [(1, 1), (2, 0)] {
            let (found,): (i64,) = store(org).await.unwrap().query(sql).one().await.unwrap();
            assert_eq!(found, expected, "{sql} in {org}");
        }
    }
    db.close().await;
    fresh.remove().await;
}

/// A row slipped under another organization's name would be shown as theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_of_another_organization_is_neither_added_nor_changed() {
    let (fresh, db) = furnished().await;
    for sql in [
        "INSERT INTO receipts (id, organization_id, source, dedupe_key, body, at)
         VALUES ('01900000-0000-7000-8000-000000000001', 1, 'test', '', '', 0)",
        "UPDATE receipts SET organization_id = 1",
        "UPDATE drafts SET text = 'mine' WHERE organization_id = 1 RETURNING 1",
    ] {
        let written = db.write(Scope::Org(OrgKey::new(2)), move |tx| {
            Box::pin(async move { tx.query(sql).execute().await })
        });
        match written.await {
            Err(error) => assert!(error.to_string().contains("row-level security"), "{sql}: {error}"),
            Ok(rows) => assert_eq!(rows, 0, "{sql}"),
        }
    }
    db.close().await;
    fresh.remove().await;
}

/// A connection goes from hand to hand; the scope of one must be gone when the next begins.
#[tokio::test]
async fn without_a_scope_there_is_nothing() {
    let (fresh, db) = furnished().await;
    let mut plain = PgConnection::connect(&fresh.url).await.unwrap();
    let leads = "SELECT COUNT(*) FROM leads";
    let count = async |connection: &mut PgConnection| -> i64 {
        sqlx::query_scalar(leads).fetch_one(connection).await.unwrap()
    };
    assert_eq!(count(&mut plain).await, 0, "never set");
    for (scope, seen) in [("app.org = '1'", 1), ("app.scope = 'system'", 2), ("app.org = ''", 0)] {
        run(&mut plain, format!("BEGIN; SET LOCAL {scope}")).await;
        assert_eq!(count(&mut plain).await, seen, "{scope}");
        run(&mut plain, "COMMIT").await;
        assert_eq!(count(&mut plain).await, 0, "after {scope}");
    }
    plain.close().await.unwrap();
    db.close().await;
    fresh.remove().await;
}

/// A new version's table or somebody's view must not be the hole; a start finds it, and the owner mends it.
#[tokio::test]
async fn a_start_refuses_what_is_not_kept_apart() {
    let fresh = Fresh::postgres().await;
    let mut owner = fresh.owner().await;
    let refused = async || open(&fresh.url).await.err().map(|error| error.to_string()).unwrap_or_default();
    run(&mut owner, "CREATE TABLE wishes (organization_id BIGINT NOT NULL)").await;
    assert!(refused().await.contains("row security does not hold for wishes"), "{}", refused().await);
    lotlined::db::prepare(&fresh.admin_url(), &fresh.url).await.unwrap();
    assert_eq!(refused().await, "");
    run(&mut owner, "ALTER TABLE leads NO FORCE ROW LEVEL SECURITY").await;
    assert!(refused().await.contains("leads"));
    lotlined::db::prepare(&fresh.admin_url(), &fresh.url).await.unwrap();
    run(&mut owner, "CREATE VIEW everybody AS SELECT * FROM leads").await;
    assert!(refused().await.contains("everybody"));
    run(&mut owner, "ALTER VIEW everybody SET (security_invoker = true)").await;
    assert_eq!(refused().await, "");
    owner.close().await.unwrap();
    fresh.remove().await;
}

/// A policy of the right name that says something else keeps nobody apart.
#[tokio::test]
async fn a_start_refuses_every_policy_but_our_own() {
    let fresh = Fresh::postgres().await;
    let mut owner = fresh.owner().await;
    for (table, change) in [
        ("leads", "ALTER POLICY one_organization ON leads USING (true) WITH CHECK (true)"),
        ("leads", "ALTER POLICY one_organization ON leads WITH CHECK (true)"),
        ("turns", "ALTER POLICY one_organization ON turns TO CURRENT_USER"),
        ("turns", "ALTER TABLE turns DISABLE ROW LEVEL SECURITY"),
        ("events", "CREATE POLICY open ON events USING (true)"),
        ("events", "CREATE POLICY owner_searches ON events FOR SELECT TO CURRENT_USER USING (true)"),
        ("search_leads", "ALTER POLICY owner_searches ON search_leads TO PUBLIC"),
        ("search_words", "ALTER TABLE search_words NO FORCE ROW LEVEL SECURITY"),
        (
            "search_words",
            "DROP POLICY owner_searches ON search_words;
             CREATE POLICY owner_searches ON search_words TO CURRENT_USER USING (true)",
        ),
    ] {
        run(&mut owner, change).await;
        let refused = open(&fresh.url).await.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains(&format!("row security does not hold for {table}:")), "{change}: {refused}");
        lotlined::db::prepare(&fresh.admin_url(), &fresh.url).await.unwrap();
        open(&fresh.url).await.unwrap().close().await;
    }
    owner.close().await.unwrap();
    fresh.remove().await;
}

/// The owner is held like everybody; without the one exception each search would read the whole organization.
#[tokio::test]
async fn every_tenant_table_is_forced_and_a_search_uses_its_index_all_the_same() {
    let fresh = Fresh::postgres_without_schema().await;
    let mut admin = fresh.owner().await;
    let name = format!("lotline_{}", uuid::Uuid::now_v7().simple());
    let database = fresh.url.rsplit('/').next().unwrap();
    run(&mut admin, format!("CREATE ROLE {name} LOGIN; ALTER DATABASE {database} OWNER TO {name}")).await;
    let mut url = url::Url::parse(&fresh.admin_url()).unwrap();
    url.set_username(&name).unwrap();
    lotlined::db::prepare(url.as_str(), &fresh.url).await.unwrap();
    let mut owner = PgConnection::connect(url.as_str()).await.unwrap();
    let unforced =
        format!("SELECT COUNT(*) FROM ({TENANTS} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)) open");
    let unforced: i64 =
        sqlx::query_scalar(sqlx::AssertSqlSafe(unforced)).fetch_one(&mut owner).await.unwrap();
    assert_eq!(unforced, 0);
    run(&mut owner, "SET enable_seqscan = off; SET enable_indexscan = off").await;
    for (table, asked) in [("search_leads", "text ~ 'sam'"), ("search_words", "words @@ 'hello'::tsquery")] {
        let sql = format!("EXPLAIN SELECT k FROM {table} WHERE organization_id = 1 AND {asked}");
        let plan: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut owner).await.unwrap();
        let plan = plan.join("\n");
        let (_, index) = plan.split_once("Index Cond").unwrap();
        assert!(index.contains(if table == "search_leads" { "~" } else { "@@" }), "{plan}");
        assert!(!plan.contains("app.org"), "{plan}");
    }
    owner.close().await.unwrap();
    run(
        &mut admin,
        format!("ALTER DATABASE {database} OWNER TO postgres; REASSIGN OWNED BY {name} TO postgres"),
    )
    .await;
    run(&mut admin, format!("DROP OWNED BY {name}; DROP ROLE {name}")).await;
    admin.close().await.unwrap();
    fresh.remove().await;
}
