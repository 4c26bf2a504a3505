//! Reading leads on both engines: every sort page by page, filters, search, one lead and what hangs on it.

use std::collections::HashSet;

use lotline_common::{
    LeadId,
    api::{lead::FloorKind, turn::AuthorKind},
    event::EventKind,
};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{
    db::Fresh,
    opened::Opened,
    seed::{self, NewLead, Store},
    server::{Server, body},
};

both_engines!(
    every_sort_shows_everybody_once_in_order,
    filters_and_search_find_the_right_people,
    a_cursor_is_good_for_its_own_list_only,
    one_lead_has_contacts_names_and_a_version,
    a_thread_is_read_backwards_with_authors_and_deliveries,
    drafts_and_ledger_are_shown,
);

/// Forty leads with many equal times, as a batch of texts makes them.
async fn crowd(fresh: &Opened, store: Store) -> Vec<NewLead> {
    let kinds = [FloorKind::Ai, FloorKind::Nobody, FloorKind::Member, FloorKind::Paused];
    let mut leads = Vec::new();
    for n in 0..40_i64 {
        let name = if n % 5 == 0 { String::new() } else { format!("Lead {:02}", n * 7 % 40) };
        let mut lead = NewLead::new(&name, 100 + n / 4);
        lead.floor = kinds[usize::try_from(n % 4).unwrap()];
        lead.waiting_since = (n % 3 == 0).then_some(50 + n / 10);
        seed::lead(&fresh.db, store, lead.clone()).await;
        leads.push(lead);
    }
    leads
}

async fn walk(server: &Server, store: Store, query: &str, limit: usize) -> Vec<LeadId> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.json(store, &format!("/api/v1/leads?{query}&limit={limit}{cursor}")).await;
        let items = page["items"].as_array().unwrap();
        ids.extend(items.iter().map(|item| item["id"].as_str().unwrap().parse::<LeadId>().unwrap()));
        let Some(next) = page["next_cursor"].as_str() else {
            return ids;
        };
        assert_eq!(items.len(), limit, "a page before the last is full");
        cursor = format!("&cursor={next}");
    }
}

/// The sorts as the contract words them, in memory.
fn expected(sort: &str, mut leads: Vec<NewLead>) -> Vec<LeadId> {
    let down = std::cmp::Reverse::<(i64, LeadId)>;
    match sort {
        "recent" => leads.sort_by_key(|lead| down((lead.last_turn_at, lead.id))),
        "created" => leads.sort_by_key(|lead| down((0, lead.id))),
        "name" => leads.sort_by_key(|lead| match &lead.name {
            Some(name) => (0, name.to_lowercase(), (lead.id), down((0, lead.id))),
            None => (1, String::new(), LeadId::from_uuid(Uuid::nil()), down((lead.last_turn_at, lead.id))),
        }),
        _ => leads.sort_by_key(|lead| match (lead.waiting_since, lead.floor) {
            (Some(since), floor) => (i32::from(floor == FloorKind::Ai), since, lead.id, down((0, lead.id))),
            (None, _) => (2, 0, LeadId::from_uuid(Uuid::nil()), down((lead.last_turn_at, lead.id))),
        }),
    }
    leads.iter().map(|lead| lead.id).collect()
}

/// A customer who is on no page is never answered.
async fn every_sort_shows_everybody_once_in_order(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let other = seed::store(&fresh.db, 2).await;
    seed::lead(&fresh.db, other, NewLead::new("Foreign Example", 120)).await;
    let leads = crowd(&fresh, store).await;
    let server = Server::start(fresh).await;
    for sort in ["waiting", "recent", "created", "name"] {
        let whole = expected(sort, leads.clone());
        for limit in [1, 3, 7, 39, 40, 200] {
            let seen = walk(&server, store, &format!("sort={sort}"), limit).await;
            assert_eq!(seen, whole, "{sort} by {limit}");
        }
    }
    assert_eq!(walk(&server, store, "", 7).await, expected("waiting", leads.clone()));
    for waiting in [true, false] {
        let some = leads.iter().filter(|lead| lead.waiting_since.is_some() == waiting);
        let some: Vec<_> = some.cloned().collect();
        for sort in ["waiting", "recent", "created", "name"] {
            let seen = walk(&server, store, &format!("sort={sort}&waiting={waiting}"), 4).await;
            assert_eq!(seen, expected(sort, some.clone()), "{sort}, waiting {waiting}");
        }
    }
}

async fn filters_and_search_find_the_right_people(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let leads = crowd(&fresh, store).await;
    let mut sam = NewLead::new("Sam 100%_Example", 500);
    sam.phone = Some("+13035550101".into());
    sam.email = Some("sam@example.com".into());
    sam.vehicle = Some("2021 F-150".into());
    seed::lead(&fresh.db, store, sam.clone()).await;
    seed::searchable(&fresh.db, store, sam.id, EventKind::LeadCreated).await;
    let server = Server::start(fresh).await;
    let found = async |query: &str| walk(&server, store, query, 50).await;
    for (q, hit) in [
        ("sam", true),
        ("SAM+f-150", true),
        ("f-150+nobody", false),
        ("%28303%29+555-0101", true),
        ("0101", true),
        ("0%25_e", true),
        ("sa", true),
        ("sam+1", true),
        ("sam+x", false),
        ("am", false),
        ("%25%25", false),
        ("__", false),
        ("sam%40example.com", true),
        ("%5C%5C", false),
        ("%27%3B--", false),
    ] {
        let want = if hit { vec![sam.id] } else { Vec::new() };
        assert_eq!(found(&format!("q={q}")).await, want, "{q}");
    }
    let mine = leads.iter().filter(|lead| lead.floor == FloorKind::Member);
    let mine: HashSet<_> = mine.map(|lead| lead.id).collect();
    for query in [format!("assigned_to={}", store.user), "floor=member".to_owned()] {
        let seen: HashSet<_> = found(&query).await.into_iter().collect();
        assert_eq!(seen, mine, "{query}");
    }
    assert_eq!(found("status=new").await.len(), 41);
    assert_eq!(found("status=lost").await.len(), 0);
    assert_eq!(found("sentiment=warm&floor=ai&waiting=true&q=lead").await.len(), 0);
}

/// A cursor that opened another list would show a page of the wrong people as if it were the next one.
async fn a_cursor_is_good_for_its_own_list_only(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let (one, two) = (seed::store(&fresh.db, 1).await, seed::store(&fresh.db, 2).await);
    for store in [one, two] {
        crowd(&fresh, store).await;
    }
    let server = Server::start(fresh).await;
    let page = server.json(one, "/api/v1/leads?sort=recent&limit=2").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    for (store, query) in [(two, "sort=recent"), (one, "sort=waiting"), (one, "sort=recent&floor=ai")] {
        let path = format!("/api/v1/leads?{query}&cursor={cursor}");
        let response = server.get(store, &path).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 400, "{query}");
        assert_eq!(body(response).await["field"], "cursor");
    }
    // The size of the page is not part of the query.
    let path = format!("/api/v1/leads?sort=recent&limit=9&cursor={cursor}");
    assert_eq!(server.json(one, &path).await["items"].as_array().unwrap().len(), 9);
}

async fn one_lead_has_contacts_names_and_a_version(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let mut sam = NewLead::new("Sam Example", 500);
    sam.floor = FloorKind::Member;
    sam.phone = Some("+13035550101".into());
    sam.email = Some("sam@example.com".into());
    seed::lead(&fresh.db, store, sam.clone()).await;
    seed::turn(&fresh.db, store, sam.id, AuthorKind::Customer, "Still there?").await;
    // A marker stands in the thread, but the list goes on showing what the customer said.
    seed::turn(&fresh.db, store, sam.id, AuthorKind::System, "Nobody has taken this conversation yet.").await;
    let server = Server::start(fresh).await;
    let response = server.get(store, &format!("/api/v1/leads/{}", sam.id)).send().await.unwrap();
    assert_eq!(response.headers()["etag"], "\"1\"");
    let lead = body(response).await;
    assert_eq!(lead["phones"][0], "+13035550101");
    assert_eq!(lead["emails"][0], "sam@example.com");
    assert_eq!(lead["floor"]["member"]["name"], "Dana Example");
    assert_eq!(lead["assigned_to"]["name"], "Dana Example");
    assert_eq!(lead["last_turn"]["text"], "Still there?");
    assert_eq!(lead["tags"][0], "hot");
    assert_eq!(lead["turn_seq"], 2);
    let listed = server.json(store, "/api/v1/leads").await;
    assert_eq!(listed["items"][0], lead, "the list and the lead say the same");
}

async fn a_thread_is_read_backwards_with_authors_and_deliveries(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    seed::persona(&fresh.db, store, "Ava").await;
    let lead = seed::lead(&fresh.db, store, NewLead::new("Sam Example", 1)).await;
    let authors = [AuthorKind::Customer, AuthorKind::Ai, AuthorKind::Member, AuthorKind::System];
    let mut ids = Vec::new();
    for author in authors {
        ids.push(seed::turn(&fresh.db, store, lead, author, author.as_str()).await);
    }
    let (turn, org) = (ids[2], store.org.number());
    seed::write(&fresh.db, move |tx| {
        Box::pin(async move {
            tx.query(
                "INSERT INTO deliveries (turn_id, organization_id, lead_id, state, purpose, from_number, to_number,
                     segments, stale_at, attempts, error_code, reason, needs_operator, created_at, updated_at)
                 VALUES ($1, $2, $3, 'failed', 'reply', '', '', 2, 0, 1, 30003, 'unreachable', TRUE, 0, 0)",
            )
            .bind(turn)
            .bind(org)
            .bind(lead)
            .execute()
            .await?;
            Ok(())
        })
    })
    .await;
    let server = Server::start(fresh).await;
    let path = format!("/api/v1/leads/{lead}/timeline?limit=3");
    let page = server.json(store, &path).await;
    let field = |n: usize, pointer: &str| page["items"][n].pointer(pointer).cloned().unwrap_or(Value::Null);
    assert_eq!((field(0, "/seq"), field(2, "/seq")), (4.into(), 2.into()));
    assert_eq!(field(0, "/author/name"), Value::Null);
    assert_eq!(field(1, "/author/name"), "Dana Example");
    assert_eq!(field(1, "/author/id"), store.user.to_string());
    assert_eq!(field(2, "/author/name"), "Ava");
    assert_eq!(field(1, "/delivery/state"), "failed");
    assert_eq!(field(1, "/delivery/error_code"), 30003);
    assert_eq!(field(1, "/delivery/needs_operator"), true);
    assert_eq!(field(0, "/delivery"), Value::Null);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = server.json(store, &format!("{path}&cursor={cursor}")).await;
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["items"][0]["author"]["name"], "Sam Example");
    assert_eq!(rest["next_cursor"], Value::Null);
}

async fn drafts_and_ledger_are_shown(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    seed::persona(&fresh.db, store, "Ava").await;
    let lead = seed::lead(&fresh.db, store, NewLead::new("Sam Example", 1)).await;
    let org = store.org.number();
    seed::write(&fresh.db, move |tx| {
        Box::pin(async move {
            tx.query(
                "INSERT INTO drafts (id, organization_id, lead_id, author_kind, text, reason, created_at)
                 VALUES ($1, $2, $3, 'ai', 'It costs …', 'price_without_source', 5)",
            )
            .bind(Uuid::now_v7())
            .bind(org)
            .bind(lead)
            .execute()
            .await?;
            for kind in ["opt_out", "opt_in", "opt_out"] {
                tx.query(
                    "INSERT INTO consents (id, organization_id, lead_id, kind, channel, phone, source, at)
                     VALUES ($1, $2, $3, $4, 'sms', '+13035550101', 'keyword', 7)",
                )
                .bind(Uuid::now_v7())
                .bind(org)
                .bind(lead)
                .bind(kind)
                .execute()
                .await?;
            }
            Ok(())
        })
    })
    .await;
    let server = Server::start(fresh).await;
    let drafts = server.json(store, &format!("/api/v1/leads/{lead}/drafts")).await;
    assert_eq!(drafts["items"][0]["reason"], "price_without_source");
    assert_eq!(drafts["items"][0]["author"]["name"], "Ava");
    let (mut kinds, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/leads/{lead}/consents?limit=1{cursor}");
        let page = server.json(store, &path).await;
        kinds.push(page["items"][0]["kind"].as_str().unwrap().to_owned());
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(kinds, ["opt_out", "opt_in", "opt_out"]);
}
