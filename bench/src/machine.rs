//! What this machine can do at all: one durable write, bare inserts, one round trip and bare sends over loopback.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rustix::time::ClockId;
use sqlx::{Connection, SqliteConnection};

use crate::{
    Result,
    measure::{Latencies, count, micros, own},
    pin::Processors,
    report::{Row, Section},
};

/// Bytes of a request, an answer and an event.
const MESSAGE: usize = 600;

/// The raw limits, measured at the beginning of every run.
pub(crate) struct Limits {
    syncs: [f64; 2],
    /// Processor time of a row inserted in statements of 256 with a commit each, µs; and rows a second.
    insert: f64,
    inserts_per_second: f64,
    /// Processor time of one end of a round trip, µs.
    trip: f64,
    /// Waiting for a round trip, p50, ms.
    trip_wait: f64,
    /// Processor time of one send to each of a thousand connections, µs.
    send: f64,
}

impl Limits {
    pub(crate) async fn measure(folder: &Path, processors: &Processors) -> Result<Self> {
        let syncs = syncs(folder)?;
        let (insert, inserts_per_second) = inserts(folder).await?;
        let (trip, trip_wait) = round_trips(processors)?;
        Ok(Self { syncs, insert, inserts_per_second, trip, trip_wait, send: sends(processors)? })
    }

    /// The least processor time of one request that inserts so many rows, µs.
    pub(crate) fn request(&self, rows: f64) -> f64 {
        self.trip + rows * self.insert
    }

    /// The least wait for a durable answer, ms.
    pub(crate) fn durable(&self) -> f64 {
        self.syncs[0] + self.trip_wait
    }

    /// The least processor time of telling one client, µs.
    pub(crate) fn delivery(&self) -> f64 {
        self.send
    }

    pub(crate) fn section(&self) -> Section {
        let rate = format!("{:.0} rows/s", self.inserts_per_second);
        let rows = vec![
            Row::new("fdatasync of a page, p50", self.syncs[0], "ms"),
            Row::new("fdatasync of a page, p99", self.syncs[1], "ms"),
            Row::new("SQLite: a row of four columns and one index, 256 to a commit", self.insert, "µs CPU")
                .note(rate),
            Row::new("loopback round trip of 600 bytes, one end", self.trip, "µs CPU"),
            Row::new("loopback round trip of 600 bytes, p50", self.trip_wait, "ms"),
            Row::new("a send of 600 bytes to each of 1,000 connections", self.send, "µs CPU"),
        ];
        Section { case: "machine", about: "What this machine can do at all, in this run", rows }
    }
}

/// A page appended and made durable, as a commit does; p50 and p99.
fn syncs(folder: &Path) -> Result<[f64; 2]> {
    let path = folder.join("sync");
    let mut file = fs::File::create(&path)?;
    let mut latencies = Latencies::default();
    for _ in 0..1_000 {
        let begun = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        latencies.push(begun.elapsed());
    }
    fs::remove_file(path)?;
    Ok([0.5, 0.99].map(|share| latencies.millis(share)))
}

async fn inserts(folder: &Path) -> Result<(f64, f64)> {
    const BATCHES: usize = 200;
    const BATCH: usize = 256;
    let path = folder.join("inserts.db");
    // One may be left from a run that was stopped.
    drop(fs::remove_file(&path));
    let mut db = SqliteConnection::connect(&format!("sqlite:{}?mode=rwc", path.display())).await?;
    let create = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE t (k INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, a TEXT, b TEXT, c BIGINT)";
    sqlx::raw_sql(create).execute(&mut db).await?;
    let (cpu, begun) = (own(ClockId::ProcessCPUTime), Instant::now());
    for _ in 0..BATCHES {
        let insert = "INSERT INTO t (id, a, b, c) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 256)
            SELECT randomblob(16), 'message', 'Is the blue one still there?', i FROM n";
        sqlx::query(insert).execute(&mut db).await?;
    }
    let (cpu, took) = (own(ClockId::ProcessCPUTime).saturating_sub(cpu), begun.elapsed());
    db.close().await?;
    fs::remove_file(path)?;
    Ok((micros(cpu, BATCHES * BATCH), count(BATCHES * BATCH) / took.as_secs_f64()))
}

/// A request and an answer; the end that answers is where the daemon would be.
fn round_trips(processors: &Processors) -> Result<(f64, f64)> {
    const TRIPS: usize = 20_000;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let answer = move || -> Result<Duration> {
        let (mut socket, _) = listener.accept()?;
        socket.set_nodelay(true)?;
        let (mut buffer, cpu) = ([0; MESSAGE], own(ClockId::ThreadCPUTime));
        while socket.read_exact(&mut buffer).is_ok() {
            socket.write_all(&buffer)?;
        }
        Ok(own(ClockId::ThreadCPUTime).saturating_sub(cpu))
    };
    let answering = processors.for_daemon(|| thread::spawn(answer))?;
    let mut socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    let (mut buffer, mut latencies) = ([1; MESSAGE], Latencies::default());
    for _ in 0..TRIPS {
        let begun = Instant::now();
        socket.write_all(&buffer)?;
        socket.read_exact(&mut buffer)?;
        latencies.push(begun.elapsed());
    }
    drop(socket);
    let cpu = answering.join().map_err(|_panic| "the answering end panicked")??;
    Ok((micros(cpu, TRIPS), latencies.millis(0.5)))
}

/// One thread sends to each connection in turn, where the daemon would be; another reads.
fn sends(processors: &Processors) -> Result<f64> {
    const ROUNDS: usize = 100;
    const CONNECTIONS: usize = 1_000;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (mut senders, mut readers) = (Vec::new(), Vec::new());
    for _ in 0..CONNECTIONS {
        readers.push(TcpStream::connect(listener.local_addr()?)?);
        senders.push(listener.accept()?.0);
    }
    let send = move || -> Result<Duration> {
        let cpu = own(ClockId::ThreadCPUTime);
        for _ in 0..ROUNDS {
            for socket in &mut senders {
                socket.write_all(&[1; MESSAGE])?;
            }
        }
        Ok(own(ClockId::ThreadCPUTime).saturating_sub(cpu))
    };
    let sending = processors.for_daemon(|| thread::spawn(send))?;
    let mut buffer = [0; MESSAGE];
    for _ in 0..ROUNDS {
        for socket in &mut readers {
            socket.read_exact(&mut buffer)?;
        }
    }
    let cpu = sending.join().map_err(|_panic| "the sending end panicked")??;
    Ok(micros(cpu, ROUNDS * CONNECTIONS))
}
