//! The resuming event stream: every event once and in order, whatever happens to the connection.
//!
//! `reqwest-eventsource` parses one connection; this supervisor owns reconnecting, because that crate gives up for
//! ever at the first answer that is not 200, repeats an expired token, and does not notice silence.

mod connection;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::sync::mpsc;

use crate::{
    client::{Client, Error},
    event::Event,
};
use connection::{Connection, Ending, Received};

/// What the owner of a stream hears.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamUpdate {
    Connecting,
    /// The daemon answered; events follow.
    Open,
    Event(Box<Event>),
    /// Events were missed for good: fetch everything again. Later events follow on from `seq`, when it is known.
    Reset {
        seq: Option<i64>,
    },
    /// The connection is gone; the next attempt comes after `retry_in`.
    Lost {
        retry_in: Duration,
    },
    /// The session has ended; nothing more will come.
    SignedOut,
}

/// Timings. The default is what the daemon's 10 s `ping` asks for; tests shorten them.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Silence after which the connection counts as dead.
    pub silence: Duration,
    /// First and longest wait between attempts; the real one is drawn between nothing and that ("full jitter"), so
    /// that a hundred consoles do not come back in the same instant.
    pub first_wait: Duration,
    pub longest_wait: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(25),
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(15),
        }
    }
}

impl Pace {
    fn wait(&self, failures: u32) -> Duration {
        let doubled = self.first_wait.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX));
        doubled.min(self.longest_wait).mul_f64(fastrand::f64())
    }
}

/// Follows the organization's events after `after` until the session ends or nobody listens.
///
/// `after` is the last number already applied; `None` begins with whatever happens next.
pub async fn follow(client: Client, after: Option<i64>, pace: Pace, out: mpsc::Sender<StreamUpdate>) {
    let follower = Follower { client, pace, out, last: after, failures: 0, ever_open: false, gap_at: None };
    follower.run().await;
}

struct Follower {
    client: Client,
    pace: Pace,
    out: mpsc::Sender<StreamUpdate>,
    /// The last event handed on: where we resume.
    last: Option<i64>,
    /// Attempts that failed since the last sign of life.
    failures: u32,
    ever_open: bool,
    /// The resume point at which a number was missing; a second miss there means that it will never come.
    gap_at: Option<i64>,
}

/// Nobody listens any more, or nothing will follow.
struct Over;

impl Follower {
    async fn run(mut self) {
        while self.attempt().await.is_ok() {}
    }

    async fn attempt(&mut self) -> Result<(), Over> {
        self.tell(StreamUpdate::Connecting).await?;
        let Some(token) = self.client.access_token() else {
            return self.sign_out().await;
        };
        let ending = match Connection::open(&self.client, &token, self.last, self.pace.silence).await {
            Ok(connection) => self.listen(connection).await?,
            Err(ending) => ending,
        };
        match ending {
            Ending::Unauthorized => self.renew(&token).await,
            Ending::Forgotten => self.forget(None).await,
            Ending::Lost => self.pause().await,
        }
    }

    async fn listen(&mut self, mut connection: Connection) -> Result<Ending, Over> {
        // Without a number to resume from, whatever happened while we were away is unknown.
        if self.ever_open && self.last.is_none() {
            self.tell(StreamUpdate::Reset { seq: None }).await?;
        }
        self.ever_open = true;
        self.tell(StreamUpdate::Open).await?;
        loop {
            let received = match connection.next().await {
                Ok(received) => received,
                Err(ending) => return Ok(ending),
            };
            self.failures = 0;
            match received {
                // Nothing to resume from yet: the present is, or a break before the first event would be a hole.
                Received::Ping(present) => self.last = self.last.or(present),
                Received::Reset(seq) => self.forget(Some(seq)).await?,
                Received::Event(seq, event) => {
                    if !self.take(seq, event).await? {
                        return Ok(Ending::Lost);
                    }
                }
            }
        }
    }

    /// Hands an event on exactly once; false when one before it is missing.
    async fn take(&mut self, seq: i64, event: Option<Box<Event>>) -> Result<bool, Over> {
        match self.last {
            Some(last) if seq <= last => return Ok(true),
            Some(last) if seq > last + 1 => {
                if self.gap_at.replace(last) != Some(last) {
                    return Ok(false);
                }
                self.tell(StreamUpdate::Reset { seq: Some(seq - 1) }).await?;
            }
            _ => {}
        }
        self.last = Some(seq);
        // A kind that this console does not know yet moves the resume point and nothing else.
        if let Some(event) = event {
            self.tell(StreamUpdate::Event(event)).await?;
        }
        Ok(true)
    }

    async fn forget(&mut self, seq: Option<i64>) -> Result<(), Over> {
        self.last = seq;
        self.gap_at = None;
        // Told once here; without a number the next opening would say it again.
        self.ever_open = self.ever_open && seq.is_some();
        self.tell(StreamUpdate::Reset { seq }).await?;
        if seq.is_none() { self.pause().await } else { Ok(()) }
    }

    async fn renew(&mut self, stale: &str) -> Result<(), Over> {
        match self.client.refreshed(stale).await {
            Ok(_token) if self.failures == 0 => {
                self.failures = 1;
                Ok(())
            }
            Ok(_token) => self.pause().await,
            Err(Error::SignedOut) => self.sign_out().await,
            Err(_transport) => self.pause().await,
        }
    }

    async fn sign_out(&self) -> Result<(), Over> {
        self.tell(StreamUpdate::SignedOut).await?;
        Err(Over)
    }

    async fn pause(&mut self) -> Result<(), Over> {
        let retry_in = self.pace.wait(self.failures);
        self.failures = self.failures.saturating_add(1);
        self.tell(StreamUpdate::Lost { retry_in }).await?;
        tokio::select! {
            () = self.out.closed() => Err(Over),
            () = tokio::time::sleep(retry_in) => Ok(()),
        }
    }

    async fn tell(&self, update: StreamUpdate) -> Result<(), Over> {
        self.out.send(update).await.map_err(|_closed| Over)
    }
}
