//! Search: who is found, and who must not be.

use std::time::Duration;

use lotline_common::{
    LeadId,
    api::{lead::LeadSort, turn::AuthorKind},
    event::EventKind,
};
use lotlined::{
    action::gather_search,
    db::{Db, Scope},
    domain::search::words,
    limits,
    store::{
        lead::{Filter, page},
        search,
    },
};

use crate::support::{
    db::Fresh,
    opened::Opened,
    seed::{self, NewLead, Store},
};

both_engines!(
    a_customer_is_found_by_how_words_begin_and_else_by_parts_of_them,
    words_of_messages_find_their_customer,
    another_store_is_never_found,
    a_new_name_is_found_and_the_old_one_is_not,
    the_newest_of_too_many_are_found,
    a_forgotten_customer_is_found_by_nothing,
    gathered_indexes_find_the_same_and_keep_nothing_of_who_is_gone,
    a_whole_number_is_found_at_once,
);

async fn found(db: &Db, store: Store, q: &str) -> Vec<LeadId> {
    let filter = Filter { words: words(q).unwrap(), ..Filter::default() };
    let mut tx = db.read(Scope::Org(store.org)).await.unwrap();
    let (leads, _next) = page(&mut tx, store.org, &filter, LeadSort::Recent, None, 200).await.unwrap();
    leads.into_iter().map(|lead| lead.id).collect()
}

async fn named(db: &Db, store: Store, name: &str, at: i64) -> LeadId {
    seed::lead(db, store, NewLead::new(name, at)).await
}

/// Lost: the Anna who is on the line, among all Joannas; or Joanna, of whom only the end of the name was understood.
async fn a_customer_is_found_by_how_words_begin_and_else_by_parts_of_them(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let mut ids = Vec::new();
    for (name, phone, email, vehicle) in [
        ("Anna Example", "+13035550142", "anna@shop.test", "2021 Ford F-150"),
        ("Annabelle Müller", "+17205550187", "belle@mail.test", "Stock A77 0199B"),
        ("Joanna O'Brien", "+17205550199", "jo@shop.test", "2024 Honda CR-V 5J6RS4H57PL001234"),
    ] {
        let mut lead = NewLead::new(name, 1);
        (lead.phone, lead.email, lead.vehicle) =
            (Some(phone.into()), Some(email.into()), Some(vehicle.into()));
        let id = seed::lead(&db, store, lead).await;
        seed::searchable(&db, store, id, EventKind::LeadCreated).await;
        ids.push(id);
    }
    for (q, expected) in [
        ("anna", "anna annabelle"),
        ("ANNA", "anna annabelle"),
        ("an", "anna annabelle"),
        ("oanna", "joanna"),
        ("annabelle", "annabelle"),
        ("exam ann", "anna"),
        ("anna e", "anna"),
        ("anna x", ""),
        ("anna 0199", "annabelle"),
        ("anna 5j6rs", "joanna"),
        ("0199", "annabelle joanna"),
        ("MÜLL", "annabelle"),
        ("mull", ""),
        ("üller", "annabelle"),
        ("brien", "joanna"),
        ("o'bri", "joanna"),
        ("belle", "annabelle"),
        ("jo@shop.te", "joanna"),
        ("shop.test", "anna joanna"),
        ("hop.test", "anna joanna"),
        ("0142", "anna"),
        ("555-0142", "anna"),
        ("5550", "anna annabelle joanna"),
        ("35550", "anna"),
        ("055501", "annabelle joanna"),
        ("205550199", "joanna"),
        ("01999", ""),
        ("stock 0187", "annabelle"),
        ("fred 0187", ""),
        ("2021", "anna"),
        ("f-150", "anna"),
        ("f-1", "anna"),
        ("150 ford", "anna"),
        ("a77", "annabelle"),
        ("5j6rs4", "joanna"),
        ("001234", "joanna"),
    ] {
        let found = found(&db, store, q).await;
        let names = ["anna", "annabelle", "joanna"].into_iter().zip(&ids);
        let names: Vec<&str> = names.filter(|(_, id)| found.contains(id)).map(|(name, _)| name).collect();
        assert_eq!(names.join(" "), expected, "{q}");
    }
}

/// Lost: everybody who was a customer before the update, until they are changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_of_a_file_from_before_are_found_by_how_words_begin() {
    let fresh = Fresh::sqlite();
    let (store, anna) = {
        let db = Opened::on(&fresh).await.db;
        let store = seed::store(&db, 1).await;
        let (anna, joanna) =
            (named(&db, store, "Anna Example", 1).await, named(&db, store, "Joanna Example", 2).await);
        for lead in [anna, joanna] {
            seed::searchable(&db, store, lead, EventKind::LeadCreated).await;
        }
        for undo in [
            "DROP TRIGGER search_leads_words_added",
            "DROP TRIGGER search_leads_words_changed",
            "DROP TRIGGER search_leads_words_removed",
            "DROP VIEW search_leads_in_words",
            "DROP TABLE search_leads_words",
            "DELETE FROM _sqlx_migrations WHERE version = 916",
        ] {
            seed::write(&db, move |tx| Box::pin(async move { tx.query(undo).execute().await.map(drop) }))
                .await;
        }
        db.close().await;
        (store, anna)
    };
    let db = Opened::on(&fresh).await.db;
    assert_eq!(found(&db, store, "anna").await, vec![anna]);
    fresh.remove().await;
}

/// "Who was it that asked for the tow hitch?" must have an answer.
async fn words_of_messages_find_their_customer(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let (sam, ava) = (named(&db, store, "Sam Example", 1).await, named(&db, store, "Ava Example", 2).await);
    seed::turn(&db, store, sam, AuthorKind::Customer, "Does it have a tow-hitch? ¿Y el año?").await;
    let marker = seed::turn(&db, store, sam, AuthorKind::System, "marker").await;
    seed::write(&db, move |tx| {
        Box::pin(async move {
            let turn = "UPDATE turns SET kind = 'system' WHERE id = $1 AND organization_id = $2";
            tx.query(turn).bind(marker).bind(store.org.number()).execute().await.map(drop)
        })
    })
    .await;
    seed::searchable(&db, store, ava, EventKind::LeadCreated).await;
    for (q, hit) in [
        ("hitch", true),
        ("TOW-HITCH", true),
        ("hitch have", true),
        ("año", true),
        ("hit", false),
        ("hitch nobody", false),
        ("marker", false),
        ("\"hitch", true),
        ("hitch OR ava", false),
        ("🙏🙏", false),
        ("hitch*", true),
        ("-hitch", true),
        ("NEAR(hitch)", false),
    ] {
        let want = if hit { vec![sam] } else { Vec::new() };
        assert_eq!(found(&db, store, q).await, want, "{q}");
    }
    assert_eq!(found(&db, store, "ava").await, vec![ava]);
}

/// The same words are said in every dealership.
async fn another_store_is_never_found(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let (one, two) = (seed::store(&db, 1).await, seed::store(&db, 2).await);
    let mut own = Vec::new();
    for store in [one, two] {
        let lead = named(&db, store, "Sam Example", 1).await;
        seed::turn(&db, store, lead, AuthorKind::Customer, "the same words").await;
        seed::searchable(&db, store, lead, EventKind::LeadCreated).await;
        own.push(lead);
    }
    for q in ["example", "same words"] {
        assert_eq!(found(&db, one, q).await, own[..1], "{q}");
        assert_eq!(found(&db, two, q).await, own[1..], "{q}");
    }
}

/// A customer who married is looked for by the name of now.
async fn a_new_name_is_found_and_the_old_one_is_not(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let mut old = NewLead::new("Sam Oldname", 1);
    old.phone = Some("+13035550101".into());
    let lead = seed::lead(&db, store, old).await;
    seed::searchable(&db, store, lead, EventKind::LeadCreated).await;
    assert_eq!(found(&db, store, "oldname").await, vec![lead]);
    seed::write(&db, move |tx| {
        Box::pin(async move {
            for change in [
                "UPDATE leads SET name = 'Sam Newname' WHERE id = $1 AND organization_id = $2",
                "UPDATE lead_contacts SET value = '+13035550102' WHERE lead_id = $1 AND organization_id = $2",
            ] {
                tx.query(change).bind(lead).bind(store.org.number()).execute().await?;
            }
            Ok(())
        })
    })
    .await;
    seed::searchable(&db, store, lead, EventKind::LeadUpdated).await;
    assert_eq!(found(&db, store, "newname").await, vec![lead]);
    for gone in ["oldname", "ldnam", "0101"] {
        assert_eq!(found(&db, store, gone).await, Vec::<LeadId>::new(), "{gone}");
    }
}

/// The customer who is on the line this very second is looked for by their number.
async fn a_whole_number_is_found_at_once(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let mut new = NewLead::new("Sam Example", 1);
    new.phone = Some("+13035550101".into());
    let lead = seed::lead(&db, store, new).await;
    for q in ["+1 (303) 555-0101", "303-555-0101"] {
        assert_eq!(found(&db, store, q).await, vec![lead], "{q}");
    }
    assert_eq!(found(&db, store, "555-0101").await, Vec::<LeadId>::new());
}

/// Erasure that leaves a name or a sentence in an index erases nothing.
async fn a_forgotten_customer_is_found_by_nothing(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let (gone, stays) =
        (named(&db, store, "Sam Example", 1).await, named(&db, store, "Ava Example", 2).await);
    for lead in [gone, stays] {
        seed::turn(&db, store, lead, AuthorKind::Customer, "my own words").await;
        seed::searchable(&db, store, lead, EventKind::LeadCreated).await;
    }
    assert_eq!(found(&db, store, "own words").await.len(), 2);
    seed::write(&db, move |tx| Box::pin(async move { search::forget(tx, store.org, gone).await })).await;
    for q in ["example", "xample", "own words"] {
        assert_eq!(found(&db, store, q).await, vec![stays], "{q}");
    }
    assert_eq!(found(&db, store, "sam").await, Vec::<LeadId>::new());
    if fresh.is_sqlite() {
        let mut tx = db.read(Scope::Org(store.org)).await.unwrap();
        for sql in [
            "SELECT COUNT(*) FROM search_leads_words WHERE text MATCH 'sam'",
            "SELECT COUNT(*) FROM search_leads_index WHERE text MATCH 'sam'",
        ] {
            let (kept,): (i64,) = tx.query(sql).one().await.unwrap();
            assert_eq!(kept, 0, "{sql}");
        }
    }
}

/// Lost: a customer in a piece that was left out, or the erased name that a copy of the disk still shows.
async fn gathered_indexes_find_the_same_and_keep_nothing_of_who_is_gone(fresh: &Fresh) {
    let opened = Opened::on(fresh).await;
    let (db, store) = (&opened.db, seed::store(&opened.db, 1).await);
    let mut ids = Vec::new();
    for name in ["Ava Example", "Zebulon Example", "Ben Example"] {
        let lead = named(db, store, name, 1).await;
        seed::turn(db, store, lead, AuthorKind::Customer, "a quokka, please").await;
        seed::searchable(db, store, lead, EventKind::LeadCreated).await;
        ids.push(lead);
    }
    if fresh.is_sqlite() {
        assert!(pieces(db).await > 3, "there is nothing to gather");
    }
    gather_search::run(&opened.app, limits::GATHER_PAGES, Duration::ZERO).await.unwrap();
    if fresh.is_sqlite() {
        assert!(pieces(db).await == 3 && is_written(db, "zebulon").await, "one for each index");
    }
    let gone = ids.remove(1);
    seed::write(db, move |tx| Box::pin(async move { search::forget(tx, store.org, gone).await })).await;
    gather_search::run(&opened.app, limits::GATHER_PAGES, Duration::ZERO).await.unwrap();
    for q in ["example", "xampl", "quokka"] {
        let mut all = found(db, store, q).await;
        all.sort();
        assert_eq!(all, ids, "{q}");
    }
    if fresh.is_sqlite() {
        assert!(!is_written(db, "zebulon").await, "an erased name is still there");
    }
}

/// Of all three indexes.
async fn pieces(db: &Db) -> i64 {
    let mut tx = db.ask(Scope::System).await.unwrap();
    let (pieces,) = tx
        .query(
            "SELECT (SELECT COUNT(DISTINCT segid) FROM search_leads_words_idx)
                + (SELECT COUNT(DISTINCT segid) FROM search_leads_index_idx)
                + (SELECT COUNT(DISTINCT segid) FROM search_words_idx)",
        )
        .one()
        .await
        .unwrap();
    pieces
}

/// On the pages of an index, found or not.
async fn is_written(db: &Db, word: &'static str) -> bool {
    let mut tx = db.ask(Scope::System).await.unwrap();
    let written = "SELECT COUNT(*) FROM search_leads_words_data WHERE instr(block, CAST($1 AS BLOB)) > 0";
    let (pages,): (i64,) = tx.query(written).bind(word).one().await.unwrap();
    pages > 0
}

/// A search for half of the store costs what any other does, and shows the latest.
async fn the_newest_of_too_many_are_found(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let many = limits::SEARCH_FOUND + 50;
    let mut last = LeadId::new();
    for at in 0..many {
        last = named(&db, store, "Sam Example", at).await;
        seed::searchable(&db, store, last, EventKind::LeadCreated).await;
    }
    let hits = found(&db, store, "sam").await;
    assert_eq!((hits.len(), hits[0]), (200, last));
    let filter = Filter { words: vec!["sam".into()], ..Filter::default() };
    let mut tx = db.read(Scope::Org(store.org)).await.unwrap();
    let (mut after, mut seen) = (None, 0_usize);
    loop {
        let (leads, next) =
            page(&mut tx, store.org, &filter, LeadSort::Recent, after.as_ref(), 100).await.unwrap();
        seen += leads.len();
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, usize::try_from(limits::SEARCH_FOUND).unwrap());
}
