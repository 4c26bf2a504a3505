//! Many open event streams that count what arrives.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use tokio::{io::AsyncReadExt, net::TcpStream, task::JoinHandle};

use super::{Connection, connection::get};
use crate::{Result, measure::Latencies};

/// What one turn's event has and nothing else.
const MARK: &[u8] = b"\nevent: turn.added\n";
/// Streams that connect at once.
const CONNECTING: usize = 64;
const BUFFER: usize = 16 * 1024;

/// Open streams. Dropping them closes them.
pub(crate) struct Streams {
    seen: Rc<Seen>,
    readers: Vec<JoinHandle<()>>,
}

/// What all readers have seen together.
#[derive(Default)]
struct Seen {
    turns: Cell<usize>,
    open: Cell<usize>,
    last: Cell<Option<Instant>>,
    /// When the texts were due whose bodies are `#0`, `#1`, …; and how long each took to arrive.
    due: RefCell<Vec<Instant>>,
    waits: RefCell<Latencies>,
}

impl Streams {
    /// `count` streams of one member, all of them live.
    pub(crate) async fn open(address: SocketAddr, token: &str, count: usize) -> Result<Self> {
        let seen = Rc::new(Seen::default());
        let connect = |_| async {
            let connection = Connection::open(address).await?;
            connection.into_stream(get("/api/v1/events", token).as_bytes()).await
        };
        let sockets: Vec<Result<TcpStream>> =
            stream::iter(0..count).map(connect).buffer_unordered(CONNECTING).collect().await;
        let mut streams = Self { seen, readers: Vec::with_capacity(count) };
        for socket in sockets {
            let (socket, seen) = (socket?, streams.seen.clone());
            streams.readers.push(tokio::task::spawn_local(read(socket, seen)));
        }
        streams.wait("a stream did not open", |seen| seen.open.get() >= count).await?;
        Ok(streams)
    }

    /// Notes that text `#n` is due at `moment`, for every `n` in turn.
    pub(crate) fn expect(&self, moment: Instant) {
        self.seen.due.borrow_mut().push(moment);
    }

    pub(crate) fn waits(&self) -> Latencies {
        self.seen.waits.take()
    }

    /// Turns that all streams have seen together.
    pub(crate) fn turns(&self) -> usize {
        self.seen.turns.get()
    }

    /// Waits until all have seen `turns` together; when the last of them arrived. More than that is a repeat.
    pub(crate) async fn until(&self, turns: usize) -> Result<Instant> {
        self.wait("events were lost", |seen| seen.turns.get() >= turns).await?;
        let seen = self.seen.turns.get();
        if seen > turns {
            return Err(format!("{seen} events arrived in place of {turns}").into());
        }
        Ok(self.seen.last.get().unwrap_or_else(Instant::now))
    }

    async fn wait(&self, otherwise: &str, done: impl Fn(&Seen) -> bool) -> Result<()> {
        let begun = Instant::now();
        while !done(&self.seen) {
            let broken = self.readers.iter().filter(|reader| reader.is_finished()).count();
            if begun.elapsed() > Duration::from_secs(30) || broken > 0 {
                let turns = self.seen.turns.get();
                return Err(format!("{otherwise}: {turns} arrived, {broken} streams broke").into());
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        Ok(())
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.readers.iter().for_each(JoinHandle::abort);
    }
}

async fn read(mut socket: TcpStream, seen: Rc<Seen>) {
    let (mut buffer, mut kept) = (Vec::with_capacity(BUFFER), 0);
    let mut begun = false;
    while let Ok(1..) = socket.read_buf(&mut buffer).await {
        if !std::mem::replace(&mut begun, true) {
            seen.open.set(seen.open.get() + 1);
        }
        let found = buffer.windows(MARK.len()).filter(|part| *part == MARK).count();
        if found > 0 {
            seen.last.set(Some(Instant::now()));
            seen.turns.set(seen.turns.get() + found);
        }
        numbers(&buffer[kept..], &seen);
        // The beginning of a mark may be at the end of what was read.
        let keep = buffer.len().min(MARK.len() - 1);
        let begin = buffer.len() - keep;
        buffer.drain(..begin);
        kept = keep;
    }
}

/// Texts `#n` in what was read anew.
fn numbers(new: &[u8], seen: &Seen) {
    let due = seen.due.borrow();
    if due.is_empty() {
        return;
    }
    let text = String::from_utf8_lossy(new);
    for part in text.split("\"text\":\"#").skip(1) {
        let digits = part.split('"').next().and_then(|digits| digits.parse::<usize>().ok());
        if let Some(moment) = digits.and_then(|n| due.get(n)) {
            seen.waits.borrow_mut().push(moment.elapsed());
        }
    }
}
