//! The one loop: happenings in, `update`, effects out, at most one frame. Alone in performing anything.

use std::{io, task::Poll, time::Duration};

use crossterm::event::{Event, EventStream, KeyEventKind, MouseEventKind};
use futures::StreamExt as _;
use lotline_common::{
    At,
    api::auth::LogIn,
    client::{Client, Error},
    stream::{Pace, StreamUpdate, follow},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
    task::JoinHandle,
    time::Instant,
};

use crate::{
    cmd::Cmd,
    disk::{Profile, SessionFile, State},
    key::Key,
    model::Model,
    msg::{Msg, What},
    perform,
    terminal::{self, Looks, Screen},
    update::{next_deadline, update},
};

/// Frames come no closer than this, keys excepted.
const FRAME: Duration = Duration::from_millis(16);
/// At most this much is taken in before a frame.
const BURST: usize = 1024;
const BURST_TIME: Duration = Duration::from_millis(4);

/// An answer, with the model's epoch in which it was asked for.
type News = (u64, What);

/// The console, ready to run.
pub struct Runtime {
    pub model: Model,
    pub client: Option<Client>,
    pub profile: Profile,
    pub looks: Looks,
    screen: Screen,
    out: mpsc::Sender<News>,
    news: mpsc::Receiver<News>,
    stream: Option<JoinHandle<()>>,
    stopped: bool,
    suspended: bool,
}

/// The console's only clock: `update` gets the time with each message.
#[expect(clippy::disallowed_methods, reason = "the one place where the console reads the clock")]
pub(crate) fn now() -> At {
    jiff::Timestamp::now().into()
}

fn signals() -> io::Result<[Signal; 3]> {
    Ok([signal(SignalKind::terminate())?, signal(SignalKind::hangup())?, signal(SignalKind::interrupt())?])
}

impl Runtime {
    pub fn new(model: Model, client: Option<Client>, profile: Profile, looks: Looks, screen: Screen) -> Self {
        let (out, news) = mpsc::channel(4096);
        Self {
            model,
            client,
            profile,
            looks,
            screen,
            out,
            news,
            stream: None,
            stopped: false,
            suspended: false,
        }
    }

    /// Runs until the operator quits or a signal comes. What was written is kept either way.
    ///
    /// # Errors
    /// The terminal went away.
    pub async fn run(mut self, first: Vec<Cmd>) -> io::Result<()> {
        let outcome = self.serve(first).await;
        crate::update::stash(&mut self.model);
        self.save();
        outcome
    }

    async fn serve(&mut self, first: Vec<Cmd>) -> io::Result<()> {
        let mut input = EventStream::new();
        let [mut terminate, mut hangup, mut interrupt] = signals()?;
        self.perform_all(first);
        self.screen.draw(&self.model)?;
        let (mut dirty, mut drawn) = (false, Instant::now());
        while !self.stopped {
            let mut at_once = false;
            tokio::select! {
                // In this order on purpose: a signal before all, and a key before news, so that a flood of events
                // never keeps an operator's key waiting.
                biased;
                _ = terminate.recv() => self.stop(),
                _ = hangup.recv() => self.stop(),
                _ = interrupt.recv() => self.stop(),
                event = input.next() => match event {
                    Some(event) => { at_once = self.input(event?); dirty = true; }
                    None => self.stop(),
                },
                Some(news) = self.news.recv() => { self.hear(news); dirty = true; }
                () = sleep_until(next_deadline(&self.model)) => { self.take(What::Tick); dirty = true; }
                () = tokio::time::sleep_until(drawn + FRAME), if dirty => {}
            }
            at_once |= self.drain(&mut input).await?;
            if std::mem::take(&mut self.suspended) {
                // The terminal's input must not be read while it is the shell's.
                drop(input);
                self.screen.suspend()?;
                input = EventStream::new();
                (dirty, at_once) = (true, true);
                let (columns, rows) = self.screen.size()?;
                self.take(What::Resize { columns, rows });
            }
            if dirty && (at_once || drawn.elapsed() >= FRAME) {
                self.screen.draw(&self.model)?;
                (dirty, drawn) = (false, Instant::now());
            }
        }
        Ok(())
    }

    /// Takes in what is ready, so that a burst of events is drawn once; true when a key was among it.
    async fn drain(&mut self, input: &mut EventStream) -> io::Result<bool> {
        let begun = Instant::now();
        let mut key = false;
        for _ in 0..BURST {
            if self.stopped || self.suspended || begun.elapsed() > BURST_TIME {
                break;
            }
            // Polled with this task's own waker: the stream remembers the first one it is given until it fires.
            if let Poll::Ready(Some(event)) = futures::poll!(input.next()) {
                key |= self.input(event?);
            } else if let Ok(news) = self.news.try_recv() {
                self.hear(news);
            } else {
                break;
            }
        }
        Ok(key)
    }

    fn stop(&mut self) {
        self.stopped = true;
    }

    /// An answer to another session or organization must not show up in this one.
    fn hear(&mut self, (epoch, what): News) {
        if epoch == self.model.epoch || matches!(what, What::SignedIn(_)) {
            self.take(what);
        }
    }

    fn take(&mut self, what: What) {
        if let Some(round_trip) = self.client.as_ref().and_then(Client::round_trip) {
            self.model.link.round_trip = Some(round_trip);
        }
        let cmds = update(&mut self.model, Msg { at: now(), what });
        self.perform_all(cmds);
    }

    /// True for what the operator expects to see at once.
    fn input(&mut self, event: Event) -> bool {
        let what = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => What::Key(Key::from(key)),
            Event::Paste(text) => What::Paste(text),
            Event::Resize(columns, rows) => What::Resize { columns, rows },
            Event::Mouse(mouse) => {
                let (column, row) = (mouse.column, mouse.row);
                match mouse.kind {
                    MouseEventKind::Down(_) => What::Click { column, row },
                    MouseEventKind::ScrollDown => What::Wheel { column, row, lines: 3 },
                    MouseEventKind::ScrollUp => What::Wheel { column, row, lines: -3 },
                    _ => return false,
                }
            }
            _ => return false,
        };
        self.take(what);
        true
    }

    fn perform_all(&mut self, cmds: Vec<Cmd>) {
        for cmd in cmds {
            self.perform(cmd);
        }
    }

    fn perform(&mut self, cmd: Cmd) {
        match cmd {
            Cmd::SignIn { server, email, password, totp } => {
                let keep = SessionFile {
                    path: self.profile.session.clone(),
                    server: server.trim_end_matches('/').to_owned(),
                };
                let client = Client::new(&server, keep);
                self.client = client.as_ref().ok().cloned();
                let body = LogIn { email, password, totp, organization_id: None };
                self.spawn(async move { Some(perform::sign_in(client, body).await) });
            }
            Cmd::Follow { after } => self.follow(after),
            Cmd::Unfollow => self.unfollow(),
            Cmd::Copy(text) => {
                let tmux = std::env::var_os("TMUX").is_some();
                self.tried("Copying", terminal::copy(&text, tmux));
            }
            Cmd::Bell => self.tried("The bell", terminal::bell()),
            Cmd::SaveState => self.save(),
            Cmd::ApplyTheme(settings) => match self.looks.theme(settings.theme) {
                Ok(theme) => self.model.theme = theme,
                Err(error) => self.say(error),
            },
            Cmd::Suspend => self.suspended = true,
            Cmd::Quit => self.stop(),
            call => match self.client.clone() {
                Some(client) => self.spawn(perform::perform(client, call)),
                None => self.say(Error::SignedOut.to_string()),
            },
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the console's one place for calls; they end by their time limit"
    )]
    fn spawn(&self, work: impl Future<Output = Option<What>> + Send + 'static) {
        let (out, epoch) = (self.out.clone(), self.model.epoch);
        tokio::spawn(async move {
            if let Some(what) = work.await {
                // Nobody listens once the console is closing.
                drop(out.send((epoch, what)).await);
            }
        });
    }

    #[expect(clippy::disallowed_methods, reason = "the one stream, stopped by `unfollow`")]
    fn follow(&mut self, after: Option<i64>) {
        self.unfollow();
        let Some(client) = self.client.clone() else { return };
        let (sink, mut updates) = mpsc::channel::<StreamUpdate>(1024);
        let (out, epoch) = (self.out.clone(), self.model.epoch);
        self.stream = Some(tokio::spawn(async move {
            let forward = async {
                while let Some(update) = updates.recv().await {
                    if out.send((epoch, What::Stream(update))).await.is_err() {
                        break;
                    }
                }
            };
            tokio::join!(follow(client, after, Pace::default(), sink), forward);
        }));
    }

    fn unfollow(&mut self) {
        if let Some(stream) = self.stream.take() {
            stream.abort();
        }
    }

    fn save(&mut self) {
        let state = State { unsent: self.model.unsent.clone(), settings: self.model.settings };
        let written = state.write(&self.profile.state, &self.model.unsent_changed);
        self.tried("Keeping what you wrote", written);
    }

    fn tried(&mut self, what: &str, outcome: io::Result<()>) {
        if let Err(error) = outcome {
            self.say(format!("{what} failed: {error}"));
        }
    }

    fn say(&mut self, text: String) {
        let at = now();
        drop(update(&mut self.model, Msg { at, what: What::Trouble(text) }));
    }
}

/// Until a deadline of the model's; for ever when there is none, which costs nothing.
async fn sleep_until(deadline: Option<At>) {
    match deadline {
        Some(at) => tokio::time::sleep(at.since(now())).await,
        None => std::future::pending().await,
    }
}
