//! The road between a daemon and its vendors, on which requests and answers are lost, cut, late or refused.
//!
//! Struck are requests that would send a text, looks at the carrier's lists, and conversations with the agent, each by chance of
//! its own.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use lotlined::tasks::Tasks;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};
use url::Url;

/// What befalls one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// The request arrives; instead of the answer comes a reset.
    DropResponse,
    /// The answer ends after so many bytes.
    CutAfter(usize),
    /// The request never arrives and nothing comes back.
    BlackHole,
    /// The connection is reset before the request arrives.
    Reset,
    /// The answer comes this late.
    Late(Duration),
    /// The answer comes byte by byte, this far apart.
    Slow(Duration),
}

/// How often what happens: one of so many requests to the carrier is struck, by one of these.
#[derive(Clone, Copy)]
pub(crate) struct Odds {
    pub(crate) one_in: u32,
    pub(crate) mishaps: &'static [Mishap],
}

/// Conversations are struck so much less often: after a few failures in a row the agent is left alone, and people answer.
const TALKS: u32 = 10;

/// A road to one address. Clones are the same road.
#[derive(Clone)]
pub(crate) struct Road(Arc<State>);

struct State {
    odds: Odds,
    rng: Mutex<fastrand::Rng>,
    struck: AtomicUsize,
    /// Looks and conversations.
    others: AtomicUsize,
    /// Nobody listens: every connection is refused with a reset at its first word.
    closed: AtomicBool,
    tasks: Tasks,
}

impl Road {
    pub(crate) fn new(odds: Odds, seed: u64) -> Self {
        Self(Arc::new(State {
            odds,
            rng: Mutex::new(fastrand::Rng::with_seed(seed)),
            struck: AtomicUsize::new(0),
            others: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            tasks: Tasks::new(),
        }))
    }

    /// Sends that something happened to.
    pub(crate) fn struck(&self) -> usize {
        self.0.struck.load(Ordering::Relaxed)
    }

    /// Looks at lists and conversations that something happened to.
    pub(crate) fn others_struck(&self) -> usize {
        self.0.others.load(Ordering::Relaxed)
    }

    /// While closed, every new connection is reset.
    pub(crate) fn close(&self, closed: bool) {
        self.0.closed.store(closed, Ordering::Relaxed);
    }

    /// Leads to `base_url`; where it begins.
    pub(crate) async fn open(&self, base_url: &str) -> String {
        let mut url = Url::parse(base_url).unwrap();
        let end = (url.host_str().unwrap().to_owned(), url.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let road = self.clone();
        self.0.tasks.spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if road.0.closed.load(Ordering::Relaxed) {
                    near.set_zero_linger().unwrap();
                    continue;
                }
                let far = TcpStream::connect((end.0.as_str(), end.1)).await.unwrap();
                road.carry(near, far);
            }
        });
        url.as_str().trim_end_matches('/').to_owned()
    }

    fn carry(&self, near: TcpStream, far: TcpStream) {
        near.set_nodelay(true).unwrap();
        far.set_nodelay(true).unwrap();
        near.set_zero_linger().unwrap();
        let (mishap, befallen) = watch::channel(None);
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        let road = self.clone();
        self.0.tasks.spawn(async move { road.there(near_in, far_out, mishap).await });
        self.0.tasks.spawn(back(far_in, near_out, befallen));
    }

    /// Requests; ends when a request is not to arrive.
    async fn there(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        mishap: watch::Sender<Option<Mishap>>,
    ) {
        let mut piece = vec![0; 16 * 1024];
        loop {
            let length = tokio::select! {
                Ok(length @ 1..) = from.read(&mut piece) => length,
                // The way back has ended: the connection is reset.
                () = mishap.closed() => return,
                else => return,
            };
            let now = self.draw(&piece[..length]);
            if mishap.send(now).is_err() || now == Some(Mishap::Reset) {
                return;
            }
            if now == Some(Mishap::BlackHole) {
                // Whoever waits for an answer gives up and closes.
                while let Ok(1..) = from.read(&mut piece).await {}
                return;
            }
            if to.write_all(&piece[..length]).await.is_err() {
                return;
            }
        }
    }

    fn draw(&self, request: &[u8]) -> Option<Mishap> {
        let line = request.split(|&byte| byte == b'\r').next().unwrap_or_default();
        let line = std::str::from_utf8(line).unwrap_or_default();
        let (struck, one_in) = match line.split(' ').next() {
            Some("POST") if line.contains("/Messages.json") => (&self.0.struck, self.0.odds.one_in),
            Some("GET") if line.contains("/Messages.json") => (&self.0.others, self.0.odds.one_in),
            Some("GET") if line.contains("/convai/conversation") => {
                (&self.0.others, TALKS * self.0.odds.one_in)
            }
            _ => return None,
        };
        let mut rng = self.0.rng.lock().unwrap();
        if self.0.odds.mishaps.is_empty() || rng.u32(..one_in) != 0 {
            return None;
        }
        struck.fetch_add(1, Ordering::Relaxed);
        rng.choice(self.0.odds.mishaps).copied()
    }
}

/// Answers. Dropping its half without a shutdown resets the connection, as both halves are gone by then.
async fn back(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut mishap: watch::Receiver<Option<Mishap>>) {
    let mut piece = vec![0; 16 * 1024];
    loop {
        let length = tokio::select! {
            read = from.read(&mut piece) => match read {
                Ok(length @ 1..) => length,
                _ => break,
            },
            // The way there has ended: reset, or closed by the daemon.
            () = ended(&mut mishap) => return to.forget(),
        };
        let befallen = *mishap.borrow();
        let whole = &piece[..length];
        let written = match befallen {
            Some(Mishap::DropResponse | Mishap::Reset | Mishap::BlackHole) => return to.forget(),
            Some(Mishap::CutAfter(bytes)) => {
                drop(to.write_all(&whole[..bytes.min(length)]).await);
                break;
            }
            Some(Mishap::Late(time)) => {
                tokio::time::sleep(time).await;
                to.write_all(whole).await
            }
            Some(Mishap::Slow(apart)) => slowly(&mut to, whole, apart).await,
            None => to.write_all(whole).await,
        };
        if written.is_err() {
            return;
        }
    }
    drop(to.shutdown().await);
}

async fn ended(mishap: &mut watch::Receiver<Option<Mishap>>) {
    while mishap.changed().await.is_ok() {}
}

async fn slowly(to: &mut OwnedWriteHalf, bytes: &[u8], apart: Duration) -> std::io::Result<()> {
    for byte in bytes {
        to.write_all(&[*byte]).await?;
        tokio::time::sleep(apart).await;
    }
    Ok(())
}
