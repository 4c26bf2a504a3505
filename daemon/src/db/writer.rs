//! The one writer of an SQLite file: whatever has queued commits together, with one fsync.
//!
//! Each piece of work is a savepoint, so one that fails is undone alone. Nobody waits for company: a batch is what has
//! queued while the last one was written. After a batch of several the writer yields a few times, because the clients
//! it has just answered are about to come back.

use std::{panic::AssertUnwindSafe, time::Instant};

use futures::FutureExt;
use sqlx::SqliteConnection;
use tokio::sync::{
    mpsc::{self, error::SendTimeoutError},
    oneshot,
};

use super::{
    DbError, Listener, Meter, Scope, Tx,
    query::Connection,
    sqlite,
    tally::Tally,
    work::{self, Failure, Outcome, Run},
};
use crate::{limits, tasks::Tasks};

struct Work {
    scope: Scope,
    run: Run,
    answer: oneshot::Sender<Outcome>,
    queued: Instant,
}

/// The queue to the writer.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Work>,
    gate: sqlite::Gate,
    closed: std::sync::Arc<tokio::sync::Notify>,
    done: tokio_util::sync::CancellationToken,
}

impl Writer {
    pub(super) fn start(
        (connection, beside): (Box<SqliteConnection>, Option<SqliteConnection>),
        tasks: &Tasks,
        listener: Listener,
        (tally, meter): (Tally, Meter),
    ) -> Self {
        let (queue, inbox) = mpsc::channel(limits::WRITE_QUEUE);
        let closed = std::sync::Arc::new(tokio::sync::Notify::new());
        let done = tokio_util::sync::CancellationToken::new();
        let gate = sqlite::Gate::default();
        let writer = Self { queue, gate: gate.clone(), closed: closed.clone(), done: done.clone() };
        let guard = Guard { gate, tasks: tasks.clone() };
        let checkpoints = beside.map(|connection| sqlite::Checkpoints::start(connection, tasks));
        tasks.spawn_to_the_end(async move {
            let tx = Tx::new(Connection::Writer(connection), Scope::System, tally);
            serve((tx, checkpoints), inbox, listener, &closed, &guard, &meter).await;
            done.cancel();
        });
        writer
    }

    /// Whether anything is written at this moment.
    pub(super) fn gate(&self) -> &sqlite::Gate {
        &self.gate
    }

    /// Queues work and waits for its commit. It is done even if the caller stops waiting.
    pub(super) async fn submit(&self, scope: Scope, run: Run) -> Outcome {
        self.gate.check()?;
        self.queue(scope, run).await
    }

    /// Writes to the disk, whether the gate is open or not, and changes nothing.
    pub(super) async fn probe(&self) -> Result<(), DbError> {
        let write = work::hidden(|tx| {
            Box::pin(async move { tx.control("PRAGMA user_version = 0").execute().await.map(drop) })
        });
        work::known(self.queue(Scope::System, write).await)
    }

    async fn queue(&self, scope: Scope, run: Run) -> Outcome {
        let (answer, outcome) = oneshot::channel();
        let work = Work { scope, run, answer, queued: Instant::now() };
        match self.queue.send_timeout(work, limits::DB_WAIT).await {
            Ok(()) => outcome.await.unwrap_or(Err(DbError::Stopped.into())),
            Err(SendTimeoutError::Timeout(_)) => Err(DbError::Busy("the write queue is full".into()).into()),
            Err(SendTimeoutError::Closed(_)) => Err(DbError::Stopped.into()),
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Writes what has queued, then closes the file.
    pub(super) async fn close(&self) {
        self.closed.notify_one();
        self.done.cancelled().await;
    }
}

/// What the writer does when the disk says no.
struct Guard {
    gate: sqlite::Gate,
    tasks: Tasks,
}

impl Guard {
    /// A full disk has room again some time. After any other failure nobody knows what is on it, and an fsync that is
    /// asked for again may say yes without having written: this process writes no more and ends.
    fn note(&self, error: &DbError) {
        match error {
            DbError::Full => self.gate.fill(),
            DbError::Failing(_) => {
                self.gate.lose();
                self.tasks.fail(format!(
                    "{error}; nothing more was acknowledged. Look at the disk, then start the daemon again"
                ));
            }
            _ => {}
        }
    }
}

async fn serve(
    (mut tx, mut checkpoints): (Tx, Option<sqlite::Checkpoints>),
    mut inbox: mpsc::Receiver<Work>,
    listener: Listener,
    closed: &tokio::sync::Notify,
    guard: &Guard,
    meter: &Meter,
) {
    let mut batch = Vec::with_capacity(limits::WRITE_BATCH);
    let mut last = 0;
    loop {
        tokio::select! {
            biased;
            received = inbox.recv_many(&mut batch, limits::WRITE_BATCH) => {
                if received == 0 { break }
            }
            () = closed.notified() => { inbox.close(); continue }
        }
        if last > 1 {
            fill(&mut inbox, &mut batch).await;
        }
        last = batch.len();
        meter.writes.taken(batch.first().map(|work| work.queued.elapsed()), last);
        if guard.gate.is_lost() {
            refuse(batch.drain(..).map(|work| work.answer), &DbError::Stopped);
        } else {
            write(&mut tx, &mut batch, &listener, guard, meter).await;
            // Nothing is copied into a file that is not ours any more, or onto a disk that failed.
            if let Some(checkpoints) = &mut checkpoints
                && !guard.gate.is_lost()
            {
                checkpoints.committed(&mut tx).await;
            }
        }
    }
    if let Some(checkpoints) = checkpoints {
        checkpoints.end().await;
    }
    match tx.connection {
        // Closing would fold the log into a file that is not ours any more, or that the disk cannot hold.
        Connection::Writer(connection) if guard.gate.is_lost() => std::mem::forget(connection),
        Connection::Writer(connection) => sqlite::close(connection).await,
        Connection::Reader(_) | Connection::Postgres(..) => {}
    }
}

/// Without this a batch holds half of the clients: those just answered come one batch late.
async fn fill(inbox: &mut mpsc::Receiver<Work>, batch: &mut Vec<Work>) {
    for _ in 0..limits::WRITE_YIELDS {
        tokio::task::yield_now().await;
        while batch.len() < limits::WRITE_BATCH {
            match inbox.try_recv() {
                Ok(work) => batch.push(work),
                Err(_empty) => break,
            }
        }
    }
}

/// An error that is the transaction's, not that of a piece of work, is noted.
async fn write(tx: &mut Tx, batch: &mut Vec<Work>, listener: &Listener, guard: &Guard, meter: &Meter) {
    let alone = batch.len() == 1;
    if let Err(error) = tx.control("BEGIN IMMEDIATE").execute().await {
        guard.note(&error);
        refuse(batch.drain(..).map(|work| work.answer), &error);
        return;
    }
    let mut done = Vec::with_capacity(batch.len());
    let mut committed = Vec::new();
    let mut ended = Ok(());
    let mut left = batch.drain(..);
    for work in left.by_ref() {
        let outcome;
        (outcome, ended) = one(tx, work.scope, work.run, alone).await;
        let told = tx.take_committed();
        if outcome.is_ok() {
            committed.extend(told);
        }
        done.push((work.answer, outcome));
        if ended.is_err() {
            break;
        }
    }
    let end = if alone && done.iter().all(|(_, outcome)| outcome.is_err()) { "ROLLBACK" } else { "COMMIT" };
    if ended.is_ok() {
        let begun = Instant::now();
        ended = tx.control(end).execute().await.map(drop);
        meter.commit_seconds.observe(begun.elapsed().as_secs_f64());
    }
    if let Err(error) = ended {
        // Before anybody is answered: who hears of a full disk finds the gate closed.
        guard.note(&error);
        roll_back(tx).await;
        refuse(left.map(|work| work.answer), &error);
        withdraw(done, &error);
        return;
    }
    listener.tell(committed);
    answer(done);
}

/// Runs one piece of work in a savepoint of its own; alone in its batch it needs none. The second result is an error
/// when the transaction is no more, whatever the work made of that: SQLite ends it by itself on a full disk, and whatever
/// came next would be a transaction of its own, committed although its caller is told otherwise.
async fn one(tx: &mut Tx, scope: Scope, run: Run, alone: bool) -> (Outcome, Result<(), DbError>) {
    tx.rescope(scope);
    tx.take_trouble();
    if !alone && let Err(error) = tx.control("SAVEPOINT one").execute().await {
        return (Err(Failure::Db(error.again())), Err(error));
    }
    let outcome = AssertUnwindSafe(work::whole(tx, run)).catch_unwind().await.unwrap_or_else(|_panic| {
        Err(Failure::Db(DbError::Statement("the work panicked; see the log".into())))
    });
    let ended = match tx.take_trouble() {
        Some(trouble) => Err(trouble),
        None if alone => Ok(()),
        None => leave(tx, outcome.is_err()).await,
    };
    (outcome, ended)
}

/// Out of the savepoint, undoing what was done in it if so wanted.
async fn leave(tx: &mut Tx, undo: bool) -> Result<(), DbError> {
    if undo {
        tx.control("ROLLBACK TO one").execute().await?;
    }
    tx.control("RELEASE one").execute().await.map(drop)
}

fn answer(done: Vec<(oneshot::Sender<Outcome>, Outcome)>) {
    for (answer, outcome) in done {
        // A caller that went away does not need its answer; its work is committed all the same.
        drop(answer.send(outcome));
    }
}

/// Nothing of the batch was committed. Who failed by themselves keep their own error.
fn withdraw(done: Vec<(oneshot::Sender<Outcome>, Outcome)>, error: &DbError) {
    let withdrawn = done.into_iter().map(|(answer, outcome)| {
        let outcome = if outcome.is_ok() { Err(Failure::Db(error.again())) } else { outcome };
        (answer, outcome)
    });
    answer(withdrawn.collect());
}

/// SQLite rolls back by itself on some errors; then there is nothing left to roll back.
async fn roll_back(tx: &mut Tx) {
    if let Err(error) = tx.control("ROLLBACK").execute().await {
        tracing::debug!(%error, "rollback after a failed commit");
    }
}

fn refuse(answers: impl Iterator<Item = oneshot::Sender<Outcome>>, error: &DbError) {
    tracing::error!(%error, "a batch of writes was not committed");
    for answer in answers {
        drop(answer.send(Err(Failure::Db(error.again()))));
    }
}
