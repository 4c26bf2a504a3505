//! Listens to one organization's events as an operator's console does, and keeps every byte with its time.
//!
//! Judges nothing; what it heard is evidence for the summary.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lotline_common::{
    LeadId,
    api::turn::{AuthorKind, TurnKind},
    event::{Event, EventKind},
};

use super::{client::Seat, world::Operator};
use crate::{cli::failure::Failure, clock::Clock, tasks::Tasks};

const RECONNECT: Duration = Duration::from_millis(200);

/// A text of a customer, as the stream told it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) lead: LeadId,
    pub(super) text: String,
    /// When its bytes were read, µs since 1970.
    pub(super) read_at_us: i64,
}

/// Everything one stream carried.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    pub(super) bytes: Vec<u8>,
    pub(super) texts: Vec<Told>,
    /// Why a person was asked for, the newest reason of each lead.
    pub(super) handoffs: HashMap<LeadId, String>,
    /// Number of the last event.
    pub(super) last: i64,
    /// Events that were skipped, repeated or could not be read.
    pub(super) amiss: u64,
    /// Where the first frame that is not complete begins.
    read: usize,
}

/// A stream that is being listened to.
#[derive(Clone)]
pub(super) struct Watch(Arc<Mutex<Heard>>);

impl Watch {
    /// Listens from the first event on, until the tasks stop. Returns when the stream is open.
    pub(super) async fn open(
        seat: Seat,
        base: &str,
        operator: &Operator,
        tasks: &Tasks,
    ) -> Result<Self, Failure> {
        let watch = Self(Arc::default());
        let mut stream = seat.events(0).await?;
        let (heard, base) = (watch.clone(), base.to_owned());
        let operator = operator.clone();
        tasks.spawn_until_stop(async move {
            loop {
                heard.listen(&mut stream).await;
                // The token may have run out, so the way back is a new sign-in.
                stream = loop {
                    tokio::time::sleep(RECONNECT).await;
                    let seat = Seat::take(&base, &operator).await;
                    let after = heard.lock().resume();
                    match seat {
                        Ok(seat) => match seat.events(after).await {
                            Ok(stream) => break stream,
                            Err(error) => tracing::warn!(?error, "the stream did not open again"),
                        },
                        Err(error) => tracing::warn!(?error, "the listener could not sign in again"),
                    }
                };
            }
        });
        Ok(watch)
    }

    /// What was heard so far.
    pub(super) fn heard(&self) -> Heard {
        self.lock().clone()
    }

    async fn listen(&self, stream: &mut reqwest::Response) {
        let clock = Clock::system();
        while let Ok(Some(bytes)) = stream.chunk().await {
            let now = clock.now().micros();
            self.lock().take(&bytes, now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    /// Takes bytes as they came; frames may be cut anywhere.
    pub(super) fn take(&mut self, bytes: &[u8], now_us: i64) {
        self.bytes.extend_from_slice(bytes);
        while let Some(length) = self.bytes[self.read..].windows(2).position(|pair| pair == b"\n\n") {
            let frame = String::from_utf8_lossy(&self.bytes[self.read..self.read + length]).into_owned();
            self.read += length + 2;
            self.frame(&frame, now_us);
        }
    }

    /// A cut frame comes again whole.
    fn resume(&mut self) -> i64 {
        self.read = self.bytes.len();
        self.last
    }

    fn frame(&mut self, frame: &str, now_us: i64) {
        // Pings and resets carry no number.
        if !frame.lines().any(|line| line.starts_with("id:")) {
            return;
        }
        let data = frame.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_default();
        match serde_json::from_str::<Event>(data) {
            Ok(event) => self.event(event, now_us),
            Err(_unreadable) => self.amiss += 1,
        }
    }

    fn event(&mut self, event: Event, now_us: i64) {
        if event.seq != self.last + 1 {
            self.amiss += 1;
        }
        self.last = event.seq.max(self.last);
        match (event.kind, event.lead_id, event.turn) {
            (EventKind::TurnAdded, Some(lead), Some(turn))
                if turn.author.kind == AuthorKind::Customer && turn.kind == TurnKind::Message =>
            {
                self.texts.push(Told { lead, text: turn.text, read_at_us: now_us });
            }
            (EventKind::HandoffRequested, Some(lead), _) => {
                self.handoffs.insert(lead, event.detail.reason.unwrap_or_default());
            }
            _ => {}
        }
    }
}
