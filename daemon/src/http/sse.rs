//! A stream of events as an HTTP body: first what the table has, then the ring.
//!
//! The body is a cursor. It holds no queue and no timer of its own, and allocates for a replay only.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body::Frame;
use tokio::sync::Semaphore;

use crate::{
    bus::{Bus, Listener, Next, frame},
    db::{Db, DbError, Scope},
    domain::organization::OrgKey,
    limits, store,
};

/// Where a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With what comes next; the reader has or fetches the rest.
    Present,
    /// The reader's resume point cannot be served: it fetches everything anew.
    Reset,
    /// After this event, which the reader has.
    After(i64),
}

impl Start {
    /// Chooses by the reader's resume point and the number of the newest event.
    pub fn choose(resume: Option<i64>, present: i64) -> Self {
        match resume {
            None => Self::Present,
            Some(seq) if seq > present || present - seq > limits::REPLAY => Self::Reset,
            Some(seq) => Self::After(seq),
        }
    }
}

/// Why a stream breaks off; the reader comes back and resumes.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("the reader fell behind")]
    Behind,
    #[error("replay: {0}")]
    Replay(#[from] DbError),
}

/// The body of `GET /api/v1/events`.
pub struct EventStream {
    listener: Listener,
    opening: Option<Bytes>,
    table: Table,
    replay: Option<BoxFuture<'static, Result<Page, DbError>>>,
}

/// How to read the log.
struct Table {
    db: Db,
    turns: Arc<Semaphore>,
    org: OrgKey,
}

struct Page {
    bytes: Bytes,
    last: Option<i64>,
    /// There may be more.
    full: bool,
}

impl EventStream {
    /// `listener` sat down before `present` was read from the table.
    pub(crate) fn new(listener: Listener, bus: &Bus, db: Db, start: Start, present: i64) -> Self {
        listener.begin(present);
        let retry = fastrand::u64(1_000..=5_000);
        let table = Table { db, turns: bus.replays(), org: listener.org() };
        let from = match start {
            Start::After(seq) => seq,
            Start::Present | Start::Reset => present,
        };
        listener.place(from, from >= present);
        let replay = (from < present).then(|| table.page(from));
        Self { listener, opening: Some(frame::opening(retry, present, start == Start::Reset)), table, replay }
    }

    /// The next page of the table, or `None` when it has been read to its end.
    fn poll_replay(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, DbError>> {
        let Some(replay) = &mut self.replay else {
            return Poll::Ready(Ok(None));
        };
        let page = ready!(replay.as_mut().poll(cx))?;
        self.replay = None;
        let Some(last) = page.last else {
            return Poll::Ready(Ok(None));
        };
        self.listener.place(last, !page.full);
        if page.full {
            self.replay = Some(self.table.page(last));
        }
        Poll::Ready(Ok(Some(page.bytes)))
    }
}

impl Table {
    fn page(&self, after: i64) -> BoxFuture<'static, Result<Page, DbError>> {
        let (db, turns, org) = (self.db.clone(), self.turns.clone(), self.org);
        Box::pin(async move {
            let turn = turns.acquire_owned().await.map_err(|_closed| DbError::Stopped)?;
            let mut tx = db.read(Scope::Org(org)).await?;
            let events = store::event::after(&mut tx, org, after, limits::REPLAY_PAGE).await?;
            drop((tx, turn));
            Ok(Page {
                full: i64::try_from(events.len()).is_ok_and(|count| count == limits::REPLAY_PAGE),
                last: events.last().map(|event| event.seq),
                bytes: frame::events(&events),
            })
        })
    }
}

impl http_body::Body for EventStream {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = self.get_mut();
        let data = |bytes| Poll::Ready(Some(Ok(Frame::data(bytes))));
        if this.opening.is_some() || this.replay.is_some() {
            // The ring's own looks do this later on.
            if this.listener.watch(cx) {
                return Poll::Ready(None);
            }
        }
        if let Some(opening) = this.opening.take() {
            return data(opening);
        }
        let mut read = false;
        loop {
            read |= this.replay.is_some();
            match ready!(this.poll_replay(cx)) {
                Ok(Some(page)) => return data(page),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Some(Err(error.into()))),
            }
            match this.listener.next(cx) {
                Next::Bytes(bytes) => return data(bytes),
                Next::Wait => return Poll::Pending,
                // The ring moved on during the replay, so the table has more.
                Next::Replay(from) if !read => this.replay = Some(this.table.page(from)),
                Next::Replay(_) | Next::Behind => return Poll::Ready(Some(Err(Broken::Behind))),
                Next::End => return Poll::Ready(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resume_point_is_served_when_the_table_can_serve_it() {
        assert_eq!(Start::choose(None, 5), Start::Present);
        assert_eq!(Start::choose(Some(5), 5), Start::After(5));
        assert_eq!(Start::choose(Some(0), limits::REPLAY), Start::After(0));
        assert_eq!(Start::choose(Some(0), limits::REPLAY + 1), Start::Reset);
        assert_eq!(Start::choose(Some(6), 5), Start::Reset);
        assert_eq!(Start::choose(Some(i64::MAX), 0), Start::Reset);
    }
}
