//! A reader of event streams that takes nothing for granted.

use std::{collections::VecDeque, time::Duration};

use lotline_common::event::Event;
use reqwest::Response;
use serde::Deserialize;

/// One frame of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    pub id: Option<i64>,
    pub event: String,
    pub data: String,
    pub retry: Option<u64>,
}

impl Frame {
    pub fn parse(&self) -> Event {
        serde_json::from_str(&self.data).unwrap()
    }
}

/// Enough of an event for those who only count: a thousand readers share the test's processor with the daemon.
#[derive(Deserialize)]
struct Numbered {
    seq: i64,
}

pub struct Reader {
    response: Response,
    text: Vec<u8>,
    frames: VecDeque<Frame>,
    /// Number of the last event.
    pub last: i64,
    /// It ended between two frames and as HTTP says; otherwise it broke off.
    pub ended_well: bool,
}

impl Reader {
    pub fn new(response: Response) -> Self {
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: Vec::new(), frames: VecDeque::new(), last: 0, ended_well: false }
    }

    /// The next frame, or `None` when the stream has ended.
    pub async fn frame(&mut self) -> Option<Frame> {
        let waited = tokio::time::timeout(Duration::from_secs(30), self.read());
        waited.await.expect("a frame within thirty seconds")
    }

    async fn read(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                return Some(frame);
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.take(&chunk),
                Ok(None) => {
                    self.ended_well = self.text.is_empty();
                    return None;
                }
                Err(_broken) => return None,
            }
        }
    }

    fn take(&mut self, chunk: &[u8]) {
        self.text.extend_from_slice(chunk);
        while let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
            let rest = self.text.split_off(end + 2);
            let frame = std::mem::replace(&mut self.text, rest);
            self.frames.push_back(parse(&frame[..end]));
        }
    }

    /// The next event; control frames are passed over.
    pub async fn event(&mut self) -> Option<Frame> {
        loop {
            let frame = self.frame().await?;
            if let Some(id) = frame.id {
                let Numbered { seq } = serde_json::from_str(&frame.data).unwrap();
                assert_eq!(id, seq, "the frame's id is the event's number");
                self.last = id;
                return Some(frame);
            }
        }
    }

    /// Reads on until the event `seq`; every number must follow the one before.
    pub async fn follow_to(&mut self, seq: i64) -> usize {
        let begun = self.last;
        assert!(self.follow_while_open(seq).await, "the stream goes on");
        usize::try_from(self.last - begun).unwrap()
    }

    /// The same of a stream that may end before; whether it did not.
    pub async fn follow_while_open(&mut self, seq: i64) -> bool {
        while self.last < seq {
            let before = self.last;
            let Some(frame) = self.event().await else { return false };
            assert_eq!(frame.id, Some(before + 1), "nothing is lost, doubled or out of order");
        }
        true
    }
}

fn parse(frame: &[u8]) -> Frame {
    let mut parsed = Frame::default();
    for line in std::str::from_utf8(frame).unwrap().lines() {
        let (field, value) = line.split_once(": ").expect("field: value");
        match field {
            "id" => parsed.id = Some(value.parse().unwrap()),
            "event" => value.clone_into(&mut parsed.event),
            "data" => value.clone_into(&mut parsed.data),
            "retry" => parsed.retry = Some(value.parse().unwrap()),
            other => panic!("an unknown field {other}"),
        }
    }
    parsed
}
