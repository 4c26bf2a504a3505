//! Many requests, one statement: items that arrive while a batch is written go into the next one together.

use std::{future::Future, sync::Arc, time::Instant};

use tokio::sync::{mpsc, oneshot};

use super::{DbError, QueueMeter};
use crate::{limits, tasks::Tasks};

struct Entry<I, O> {
    item: I,
    answer: oneshot::Sender<Result<O, DbError>>,
    queued: Instant,
}

/// A queue whose items are written several at a time.
pub struct Batch<I, O> {
    queue: mpsc::Sender<Entry<I, O>>,
    meter: QueueMeter,
}

impl<I, O> Clone for Batch<I, O> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), meter: self.meter.clone() }
    }
}

impl<I, O> Batch<I, O>
where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    /// `write` commits a slice and answers each item in order, or fails as a whole; then its members are written one
    /// by one, so that one bad item fails alone. Of a database that is away none of them is the cause: the batch is tried
    /// as a whole once more, and then all are told to come back, while the queue goes on.
    pub fn start<F, Fut>(tasks: &Tasks, write: F) -> Self
    where
        F: Fn(Arc<[I]>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<O>, DbError>> + Send,
    {
        let (queue, mut inbox) = mpsc::channel::<Entry<I, O>>(limits::INGEST_QUEUE);
        let meter = QueueMeter::default();
        let measured = meter.clone();
        tasks.spawn_to_the_end(async move {
            let mut entries = Vec::with_capacity(limits::WRITE_BATCH);
            let mut last = 0;
            while inbox.recv_many(&mut entries, limits::WRITE_BATCH).await > 0 {
                if last > 1 {
                    fill(&mut inbox, &mut entries).await;
                }
                last = entries.len();
                measured.taken(entries.first().map(|entry| entry.queued.elapsed()), last);
                let (items, answers): (Vec<I>, Vec<_>) =
                    entries.drain(..).map(|e| (e.item, e.answer)).unzip();
                settle(&write, items.into(), answers).await;
            }
        });
        Self { queue, meter }
    }

    pub fn meter(&self) -> &QueueMeter {
        &self.meter
    }

    /// Items that wait to be written.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Waits for the commit of `item`. A full queue is an error at once: the sender is told to come back.
    pub async fn submit(&self, item: I) -> Result<O, DbError> {
        let (answer, outcome) = oneshot::channel();
        self.queue
            .try_send(Entry { item, answer, queued: Instant::now() })
            .map_err(|_full| DbError::Busy("the ingest queue is full".into()))?;
        outcome.await.unwrap_or(Err(DbError::Stopped))
    }
}

async fn fill<I, O>(inbox: &mut mpsc::Receiver<Entry<I, O>>, entries: &mut Vec<Entry<I, O>>) {
    for _ in 0..limits::WRITE_YIELDS {
        tokio::task::yield_now().await;
        while entries.len() < limits::WRITE_BATCH {
            match inbox.try_recv() {
                Ok(entry) => entries.push(entry),
                Err(_empty) => break,
            }
        }
    }
}

async fn settle<I, O, F, Fut>(write: &F, items: Arc<[I]>, answers: Vec<oneshot::Sender<Result<O, DbError>>>)
where
    I: Clone,
    F: Fn(Arc<[I]>) -> Fut,
    Fut: Future<Output = Result<Vec<O>, DbError>>,
{
    let mut outcome = write(items.clone()).await;
    if let Err(DbError::Busy(why)) = &outcome {
        tracing::warn!(why, items = items.len(), "a batch met a database that is away; trying once more");
        outcome = write(items.clone()).await;
    }
    match outcome {
        Ok(outputs) => {
            for (answer, output) in answers.into_iter().zip(outputs) {
                drop(answer.send(Ok(output)));
            }
        }
        Err(DbError::Busy(why)) => {
            for answer in answers {
                drop(answer.send(Err(DbError::Busy(why.clone()))));
            }
        }
        Err(error) if items.len() == 1 => {
            if let Some(answer) = answers.into_iter().next() {
                drop(answer.send(Err(error)));
            }
        }
        Err(error) => {
            tracing::warn!(%error, items = items.len(), "a batch failed; writing its members one by one");
            for (item, answer) in items.iter().zip(answers) {
                let single: Arc<[I]> = Arc::from([item.clone()]);
                let outcome = write(single).await;
                drop(answer.send(outcome.and_then(|mut outputs| outputs.pop().ok_or(DbError::Stopped))));
            }
        }
    }
}
