//! Databases to measure on: made once, kept under `target/bench`, copied for each run.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use lotlined::{
    app::App,
    clock::Clock,
    config::Config,
    db::{DbError, Hold, Schema, Scope},
    domain::organization::OrgKey,
    store::search,
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use uuid::Uuid;

use crate::{
    Bench, Result,
    daemon::settings,
    shop::{self, FIRST},
};

/// Changes with what is written here.
const EDITION: u32 = 1;
/// Rows of one statement.
const CHUNK: u64 = 2_000;
const EVENTS_AT_ONCE: i64 = 20_000;
/// The first lead was created here, in microseconds; each next one a little later.
const BEGUN: u64 = 1_760_000_000_000_000;
const APART: u64 = 30_000_000;

const FIRST_NAMES: [&str; 40] = [
    "Ava", "Ben", "Carla", "Diego", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jamal", "Kira", "Liam",
    "Maya", "Noah", "Olga", "Priya", "Quinn", "Rosa", "Sam", "Tara", "Umar", "Vera", "Wes", "Ximena",
    "Yusuf", "Zoe", "Anton", "Bela", "Chen", "Dora", "Emil", "Fern", "Gus", "Hana", "Ivan", "June", "Karl",
    "Lena", "Milo", "Nora",
];
const SYLLABLES: [&str; 24] = [
    "bar", "cor", "dal", "fen", "gar", "hol", "ker", "lan", "mor", "nel", "pol", "quin", "ros", "sal", "tor",
    "ul", "ver", "wel", "yar", "zim", "bru", "cle", "dra", "fli",
];
const VEHICLES: [&str; 12] = [
    "2023 Toyota Tacoma",
    "2021 Ford F-150",
    "2024 Honda CR-V",
    "2022 Kia Telluride",
    "2020 Jeep Wrangler",
    "2023 Mazda CX-5",
    "2019 Subaru Outback",
    "2024 Hyundai Tucson",
    "2022 Chevrolet Tahoe",
    "2021 Nissan Rogue",
    "2023 Ram 1500",
    "2020 Volkswagen Golf",
];
const TEXTS: [&str; 8] = [
    "Is the blue one still there?",
    "Can I come by on Saturday morning?",
    "What would you give me for my trade-in?",
    "Does it have the towing package?",
    "My wife likes the red one better",
    "Thanks, see you then",
    "Do you have it with leather seats?",
    "Is the price negotiable at all?",
];

/// The name of a customer; one in ten has none.
pub(crate) fn name(customer: u64) -> Option<String> {
    if customer % 10 == 9 {
        return None;
    }
    let pick = |words: &[&'static str], n: u64| {
        usize::try_from(n).ok().and_then(|n| words.get(n % words.len()).copied()).unwrap_or("")
    };
    let spread = customer.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let last: String =
        [spread, spread / 24, spread / 576, spread / 13_824].iter().map(|n| pick(&SYLLABLES, *n)).collect();
    let mut letters = last.chars();
    let capital = letters.next().map(|first| first.to_ascii_uppercase().to_string()).unwrap_or_default();
    Some(format!("{} {capital}{}", pick(&FIRST_NAMES, spread / 331_776), letters.as_str()))
}

/// A file with the shops and `leads` of the first, each with one text.
pub(crate) async fn copy(bench: &Bench, leads: u64) -> Result<String> {
    let seed = cached(bench, leads).await?;
    let run = bench.folder.join("run.db");
    remove(&run);
    fs::copy(seed, &run)?;
    // What is still to be written of the copy must not be written while something is measured.
    fs::File::open(&run)?.sync_all()?;
    Ok(url(&run))
}

/// Removes a database and what stands beside it.
fn remove(file: &Path) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        // What is not there needs no removing.
        drop(fs::remove_file(format!("{}{suffix}", file.display())));
    }
}

fn url(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

async fn cached(bench: &Bench, leads: u64) -> Result<PathBuf> {
    let schema: Vec<String> = Schema::versions().iter().map(ToString::to_string).collect();
    let file = bench.folder.join(format!("seed-{EDITION}-{}-{leads}.db", schema.concat()));
    if file.exists() {
        return Ok(file);
    }
    eprintln!("  seeding {leads} leads");
    let making = file.with_extension("making");
    remove(&making);
    make(bench, &making, leads).await?;
    fs::rename(&making, &file)?;
    Ok(file)
}

/// The shops by the daemon's own actions; the leads by statements that hold thousands.
async fn make(bench: &Bench, file: &Path, leads: u64) -> Result<()> {
    let app = open(bench, &url(file)).await?;
    shop::build(&app).await?;
    app.close().await;
    let mut connection = SqliteConnection::connect(&url(file)).await?;
    let quick = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA foreign_keys = OFF";
    sqlx::raw_sql(quick).execute(&mut connection).await?;
    let org = i64::try_from(FIRST)? + 1;
    let told: i64 = sqlx::query_scalar("SELECT event_seq FROM organizations WHERE id = $1")
        .bind(org)
        .fetch_one(&mut connection)
        .await?;
    for from in (0..leads).step_by(usize::try_from(CHUNK)?) {
        fill(&mut connection, org, told, from..leads.min(from + CHUNK)).await?;
    }
    sqlx::raw_sql("PRAGMA journal_mode = WAL").execute(&mut connection).await?;
    connection.close().await?;
    make_searchable(bench, file).await
}

/// As the daemon does, in larger pieces.
async fn make_searchable(bench: &Bench, file: &Path) -> Result<()> {
    let app = open(bench, &url(file)).await?;
    let org = OrgKey::new(i64::try_from(FIRST)? + 1);
    let advance = async || -> Result<bool> {
        let advanced =
            app.db.write(Scope::Org(org), move |tx| Box::pin(search::advance(tx, org, EVENTS_AT_ONCE)));
        advanced.await.map_err(|error: DbError| error.into())
    };
    while advance().await? {}
    app.close().await;
    Ok(())
}

/// The daemon's application in this process, beside or before the daemon.
pub(crate) async fn open(_bench: &Bench, url: &str) -> Result<std::sync::Arc<App>> {
    let listen = ([127, 0, 0, 1], 1).into();
    let config =
        Config::from_toml(&settings(listen, url, false)).map_err(|problems| format!("{problems:?}"))?;
    Ok(App::open(config, Clock::system(), Hold::Command).await?)
}

/// Each row: lead, turn, phone, name, vehicle, text, moment, first event.
const FILL: [&str; 5] = [
    "INSERT INTO leads (organization_id, id, name, vehicle, status, floor_kind, floor_since, turn_seq, last_customer_seq,
         last_turn_at, last_customer_at, waiting_since, unread, source, created_at, updated_at)
     SELECT $2, unhex(value->>0), value->>3, value->>4, 'new', 'nobody', value->>6, 1, 1, value->>6, value->>6,
         CASE WHEN key % 20 = 0 THEN value->>6 END, 1, 'sms', value->>6, value->>6 FROM jsonb_each($1)",
    "INSERT INTO lead_contacts (organization_id, lead_id, kind, value, created_at)
     SELECT $2, unhex(value->>0), 'phone', value->>2, value->>6 FROM jsonb_each($1)",
    "INSERT INTO turns (organization_id, id, lead_id, seq, kind, channel, author_kind, text, carrier_sid, at)
     SELECT $2, unhex(value->>1), unhex(value->>0), 1, 'message', 'sms', 'customer', value->>5, 'SM' || (value->>1), value->>6
     FROM jsonb_each($1)",
    "INSERT INTO events (organization_id, seq, kind, lead_id, turn_id, actor_kind, detail, at)
     SELECT $2, value->>7, 'lead.created', unhex(value->>0), NULL, 'customer', '{}', value->>6 FROM jsonb_each($1)
     UNION ALL
     SELECT $2, (value->>7) + 1, 'turn.added', unhex(value->>0), unhex(value->>1), 'customer', '{}', value->>6
     FROM jsonb_each($1) ORDER BY 2",
    "UPDATE organizations SET event_seq = (SELECT (value->>7) + 1 FROM jsonb_each($1) ORDER BY key DESC LIMIT 1) WHERE id = $2",
];

/// `told` events stand before the first lead's.
async fn fill(connection: &mut SqliteConnection, org: i64, told: i64, customers: Range<u64>) -> Result<()> {
    let rows: Vec<Value> = customers.map(|customer| row(customer, told)).collect();
    let rows = serde_json::to_string(&rows)?;
    for sql in FILL {
        sqlx::query(AssertSqlSafe(sql)).bind(rows.as_str()).bind(org).execute(&mut *connection).await?;
    }
    Ok(())
}

fn row(customer: u64, told: i64) -> Value {
    let at = BEGUN + customer * APART;
    let id = || {
        let random = fastrand::u128(..) & 0x0000_0000_0000_0fff_3fff_ffff_ffff_ffff;
        let versioned = random | 0x0000_0000_0000_7000_8000_0000_0000_0000;
        Uuid::from_u128((u128::from(at / 1000) << 80) | versioned).simple().to_string()
    };
    let pick = |words: &[&'static str]| fastrand::choice(words.iter().copied()).unwrap_or("");
    json!([
        id(),
        id(),
        shop::phone(customer),
        name(customer),
        pick(&VEHICLES),
        pick(&TEXTS),
        at,
        told.saturating_add_unsigned(customer * 2 + 1)
    ])
}
