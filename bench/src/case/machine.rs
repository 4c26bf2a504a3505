//! Raw limits: one durable write, bare inserts, one round trip over loopback.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use sqlx::{Connection, SqliteConnection};

use super::Rows;
use crate::{Bench, Result, measure, measure::Latencies, report::Row};

pub(super) async fn run(bench: &Bench) -> Rows {
    let mut rows = sync(bench)?;
    rows.push(inserts(bench).await?);
    rows.extend(round_trips()?);
    Ok(rows)
}

/// A page appended and made durable, as a commit does.
fn sync(bench: &Bench) -> Rows {
    let path = bench.folder.join("sync");
    let mut file = fs::File::create(&path)?;
    let mut latencies = Latencies::default();
    for _ in 0..1_000 {
        let begun = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        latencies.push(begun.elapsed());
    }
    fs::remove_file(path)?;
    let row = |what, share, latencies: &mut Latencies| Row::new(what, latencies.millis(share), "ms");
    Ok(vec![row("fdatasync, p50", 0.5, &mut latencies), row("fdatasync, p99", 0.99, &mut latencies)])
}

/// Rows of five columns and one index, many to a statement, in batches of 256 with one sync each.
async fn inserts(bench: &Bench) -> Result<Row> {
    const BATCHES: usize = 200;
    const BATCH: usize = 256;
    let path = bench.folder.join("inserts.db");
    drop(fs::remove_file(&path));
    let mut db = SqliteConnection::connect(&format!("sqlite:{}?mode=rwc", path.display())).await?;
    let create = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE t (k INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, a TEXT, b TEXT, c BIGINT)";
    sqlx::raw_sql(create).execute(&mut db).await?;
    let (cpu, begun) = (measure::cpu("self")?, Instant::now());
    for _ in 0..BATCHES {
        let insert = "INSERT INTO t (id, a, b, c) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 256)
            SELECT randomblob(16), 'message', 'Is the blue one still there?', i FROM n";
        sqlx::query(insert).execute(&mut db).await?;
    }
    let (cpu, took) = (measure::cpu("self")?.saturating_sub(cpu), begun.elapsed());
    db.close().await?;
    fs::remove_file(path)?;
    let rate = measure::count(BATCHES * BATCH) / took.as_secs_f64();
    Ok(Row::new("SQLite insert, 256 to a commit", measure::micros(cpu, BATCHES * BATCH), "µs CPU a row")
        .note(format!("{rate:.0} rows/s")))
}

/// A request and an answer of 600 bytes each, between two threads.
fn round_trips() -> Rows {
    const TRIPS: usize = 20_000;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let echo = thread::spawn(move || -> Result<()> {
        let (mut socket, _) = listener.accept()?;
        socket.set_nodelay(true)?;
        let mut buffer = [0; 600];
        while socket.read_exact(&mut buffer).is_ok() {
            socket.write_all(&buffer)?;
        }
        Ok(())
    });
    let mut socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    let (mut buffer, mut latencies) = ([1; 600], Latencies::default());
    let cpu = measure::cpu("self")?;
    for _ in 0..TRIPS {
        let begun = Instant::now();
        socket.write_all(&buffer)?;
        socket.read_exact(&mut buffer)?;
        latencies.push(begun.elapsed());
    }
    let cpu: Duration = measure::cpu("self")?.saturating_sub(cpu);
    drop(socket);
    echo.join().map_err(|_panic| "the echo panicked")??;
    Ok(vec![
        Row::new("loopback round trip, both ends", measure::micros(cpu, TRIPS), "µs CPU"),
        Row::new("loopback round trip, p50", latencies.millis(0.5) * 1000.0, "µs"),
    ])
}
