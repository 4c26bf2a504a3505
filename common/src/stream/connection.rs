//! One connection of the stream: opened, read frame by frame, never reopened here.

use std::time::Duration;

use futures::StreamExt;
use reqwest_eventsource::{Error, Event as Frame, EventSource, retry};
use reqwest12::{StatusCode, header};

use crate::{
    client::Client,
    event::{Event, control},
};

/// Why a connection is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Try again from the last event.
    Lost,
    /// The token is not accepted.
    Unauthorized,
    /// The daemon no longer has what follows our resume point.
    Forgotten,
}

/// One frame that means something.
pub(super) enum Received {
    /// With the number of the newest event, when the daemon says it, as it does at the opening.
    Ping(Option<i64>),
    Reset(i64),
    /// `None` for an event of a kind this build does not know.
    Event(i64, Option<Box<Event>>),
}

pub(super) struct Connection {
    source: EventSource,
    silence: Duration,
}

impl Connection {
    pub(super) async fn open(
        client: &Client,
        token: &str,
        after: Option<i64>,
        silence: Duration,
    ) -> Result<Self, Ending> {
        let url = format!("{}/api/v1/events", client.base());
        let mut request =
            client.stream_http().get(url).header(header::AUTHORIZATION, format!("Bearer {token}"));
        if let Some(after) = after {
            request = request.header("Last-Event-ID", after.to_string());
        }
        let mut source = EventSource::new(request).map_err(|_cannot_clone| Ending::Lost)?;
        source.set_retry_policy(Box::new(retry::Never));
        let mut connection = Self { source, silence };
        match connection.frame().await? {
            Frame::Open => Ok(connection),
            Frame::Message(_) => Err(Ending::Lost),
        }
    }

    /// The next frame that means something, or why there will be none. The watchdog counts real frames, `ping` among
    /// them: comments never get through the parser, and a half-open connection says nothing at all.
    pub(super) async fn next(&mut self) -> Result<Received, Ending> {
        loop {
            let Frame::Message(message) = self.frame().await? else {
                continue;
            };
            match message.event.as_str() {
                control::PING => return Ok(Received::Ping(bare_seq(&message.data))),
                control::RESET => {
                    let reset: control::Reset =
                        serde_json::from_str(&message.data).map_err(|_broken| Ending::Forgotten)?;
                    return Ok(Received::Reset(reset.seq));
                }
                // The id of a frame without one is the frame before's, so the number in the body decides.
                _ => match serde_json::from_str::<Event>(&message.data) {
                    Ok(event) => return Ok(Received::Event(event.seq, Some(Box::new(event)))),
                    Err(_unknown) => {
                        if let Some(seq) = bare_seq(&message.data) {
                            return Ok(Received::Event(seq, None));
                        }
                    }
                },
            }
        }
    }

    async fn frame(&mut self) -> Result<Frame, Ending> {
        match tokio::time::timeout(self.silence, self.source.next()).await {
            Ok(Some(Ok(frame))) => Ok(frame),
            Ok(Some(Err(Error::InvalidStatusCode(status, _)))) => Err(match status {
                StatusCode::UNAUTHORIZED => Ending::Unauthorized,
                StatusCode::CONFLICT | StatusCode::GONE => Ending::Forgotten,
                _ => Ending::Lost,
            }),
            Ok(Some(Err(_)) | None) | Err(_) => Err(Ending::Lost),
        }
    }
}

fn bare_seq(data: &str) -> Option<i64> {
    serde_json::from_str::<serde_json::Value>(data).ok()?.get("seq")?.as_i64()
}
