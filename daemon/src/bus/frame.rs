//! Events as bytes of an SSE stream. Each event is serialised once, whoever listens.

use std::io::Write as _;

use bytes::{Bytes, BytesMut};
use lotline_common::event::{
    Event,
    control::{self, Reset},
};

/// A beat without an `id`, so that it does not move the resume point.
pub(crate) const PING: &[u8] = b"event: ping\ndata: {}\n\n";

/// `id`, `event` and `data` of one event. JSON text has no line breaks, so one `data` line carries it.
pub(crate) fn event(event: &Event) -> Bytes {
    let mut frame = Vec::with_capacity(512);
    write_event(&mut frame, event);
    frame.into()
}

/// Several events in one write.
pub(crate) fn events(events: &[Event]) -> Bytes {
    let mut frames = Vec::with_capacity(512 * events.len());
    for event in events {
        write_event(&mut frames, event);
    }
    frames.into()
}

fn write_event(frame: &mut Vec<u8>, event: &Event) {
    let begun = frame.len();
    let written = write!(frame, "id: {}\nevent: {}\ndata: ", event.seq, event.kind)
        .map_err(serde_json::Error::io)
        .and_then(|()| serde_json::to_writer(&mut *frame, event));
    if let Err(error) = written {
        // An event without its number would stop every reader; one without a body is fetched again.
        tracing::error!(%error, seq = event.seq, "an event could not be serialised");
        frame.truncate(begun);
        frame.extend_from_slice(format!("id: {}\nevent: {}\ndata: {{}}", event.seq, event.kind).as_bytes());
    }
    frame.extend_from_slice(b"\n\n");
}

/// How a stream begins: when to come back after it breaks, and where it stands.
pub(crate) fn opening(retry_millis: u64, seq: i64, reset: bool) -> Bytes {
    let name = if reset { control::RESET } else { control::PING };
    let body = serde_json::to_string(&Reset { seq }).unwrap_or_default();
    format!("retry: {retry_millis}\nevent: {name}\ndata: {body}\n\n").into()
}

/// Ring slots as one piece.
pub(super) fn join<'a>(frames: impl Iterator<Item = &'a Bytes> + Clone) -> Bytes {
    let mut joined = BytesMut::with_capacity(frames.clone().map(Bytes::len).sum());
    for frame in frames {
        joined.extend_from_slice(frame);
    }
    joined.freeze()
}

#[cfg(test)]
mod tests {
    use lotline_common::{At, event::EventKind};

    use super::*;

    /// A line break inside `data` would cut an event in two for every reader.
    #[test]
    fn a_frame_is_three_lines_and_a_blank_one() {
        let mut told = Event {
            seq: 7,
            kind: EventKind::HandoffRequested,
            at: At::from_micros(0),
            lead_id: None,
            actor: None,
            turn: None,
            detail: lotline_common::event::Detail::default(),
        };
        told.detail.reason = Some("line\nbreak\r\nand \u{2028}".into());
        let frame = event(&told);
        let text = String::from_utf8_lossy(&frame);
        assert!(text.starts_with("id: 7\nevent: handoff.requested\ndata: {\"seq\":7,"));
        assert!(text.ends_with("\n\n"));
        assert_eq!(text.matches('\n').count(), 4);
        assert!(!text.contains('\r'));
        assert_eq!(events(&[told.clone(), told]).len(), 2 * frame.len());
    }
}
