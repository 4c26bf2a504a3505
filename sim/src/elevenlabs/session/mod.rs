//! One conversation on one socket: the order of frames, pings, time limits and the way it ends.

mod begin;
mod hear;

use std::{collections::VecDeque, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures::SinkExt;
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout},
};

use super::{
    Agent,
    contract::{Breach, Initiation},
    frame,
    plan::{Act, Step},
};
use crate::{
    App, clock,
    ledger::{Conversation, Said, ToolCall},
};

/// How a conversation ended.
#[derive(Debug, Clone, Copy)]
enum End {
    Agent(u16),
    Client(Option<u16>),
    Network,
}

struct Session {
    app: App,
    agent: Agent,
    id: String,
    socket: WebSocket,
    initiation: Initiation,
    /// Contextual updates, some with an id.
    context: Vec<(Option<String>, String)>,
    heard: Vec<String>,
    /// What the agent will do, and when the first of it is due.
    steps: VecDeque<Step>,
    due: Option<Instant>,
    /// The tool whose result is awaited.
    awaited: Option<String>,
    /// It was told to wait: rings when it may go on.
    waits: Option<watch::Receiver<()>>,
    event_id: u64,
    pings: VecDeque<(u64, Instant)>,
    last_input: Instant,
}

/// Runs the conversation `id` to its end and writes it into the ledger.
pub(super) async fn run(app: App, socket: WebSocket, agent: Agent, id: String) {
    app.book.opened(Conversation {
        conversation_id: id.clone(),
        agent_id: agent.agent_id.clone(),
        started_at_us: clock::now_us(),
        ..Conversation::default()
    });
    let mut session = Session {
        app: app.clone(),
        agent,
        id: id.clone(),
        socket,
        initiation: Initiation::default(),
        context: Vec::new(),
        heard: Vec::new(),
        steps: VecDeque::new(),
        due: None,
        awaited: None,
        waits: None,
        event_id: 0,
        pings: VecDeque::new(),
        last_input: Instant::now(),
    };
    let shutdown = app.tasks.shutdown().clone();
    let end = tokio::select! {
        end = session.live() => end,
        () = shutdown.cancelled() => End::Network,
    };
    let (code, by) = match end {
        End::Agent(code) => (Some(code), "agent"),
        End::Client(code) => (code, "client"),
        End::Network => (None, "network"),
    };
    app.book.conversation(&id, |it| {
        it.ended_at_us = Some(clock::now_us());
        it.close_code = code;
        it.closed_by = Some(by.to_owned());
    });
    if let End::Agent(code) = end {
        hang_up(&mut session.socket, code, "").await;
    }
}

/// Answers a socket whose credentials open nothing.
pub(super) async fn turn_away(app: &App, mut socket: WebSocket) {
    app.book.violated("elevenlabs", "conversation opened without a valid signature or key");
    hang_up(&mut socket, 1008, "Could not authorize the connection: invalid or expired signature").await;
}

fn broken_off(error: axum::Error) -> End {
    tracing::debug!(%error, "conversation broken off");
    End::Network
}

/// Never, when there is no bell to wait for.
async fn rung(bell: &mut Option<watch::Receiver<()>>) {
    match bell {
        Some(bell) => drop(bell.changed().await),
        None => std::future::pending().await,
    }
}

/// Closes and waits a moment for the client to do the same, so that it surely reads the code.
async fn hang_up(socket: &mut WebSocket, code: u16, reason: &str) {
    let close = Message::Close(Some(CloseFrame { code, reason: reason.to_owned().into() }));
    if socket.send(close).await.is_err() {
        return;
    }
    let drained = async { while let Some(Ok(_)) = socket.recv().await {} };
    if timeout(Duration::from_secs(1), drained).await.is_err() {
        tracing::debug!("the client did not close");
    }
}

impl Session {
    async fn live(&mut self) -> End {
        let begun = match timeout(self.app.pace().receive_timeout(), self.socket.recv()).await {
            Ok(message) => self.begin(message).await,
            Err(_) => self.fail(&Breach::new("transport_receive_timeout", "no first message")).await,
        };
        if let Err(end) = begun {
            return end;
        }
        let every = self.app.pace().ping_every();
        let mut ticks = interval_at(Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if let Err(end) = self.turn(&mut ticks).await {
                return end;
            }
        }
    }

    /// Waits for whatever comes first and deals with it.
    async fn turn(&mut self, ticks: &mut Interval) -> Result<(), End> {
        let far = Instant::now() + Duration::from_hours(1);
        let due = self.due.filter(|_| self.awaited.is_none() && self.waits.is_none());
        let pong_due = self.pings.front().map(|(_, deadline)| *deadline);
        let silence = self.last_input + self.app.pace().receive_timeout();
        tokio::select! {
            message = self.socket.recv() => self.hear(message).await,
            () = sleep_until(due.unwrap_or(far)), if due.is_some() => self.act().await,
            () = rung(&mut self.waits) => {
                self.waits = None;
                Ok(())
            }
            () = sleep_until(pong_due.unwrap_or(far)), if pong_due.is_some() => {
                self.violated("no pong in time");
                self.fail(&Breach::new("asyncio_timeout", "no pong in time")).await
            }
            () = sleep_until(silence) => {
                self.fail(&Breach::new("transport_receive_timeout", "no user input")).await
            }
            _ = ticks.tick() => self.ping().await,
        }
    }

    fn push(&mut self, steps: Vec<Step>) {
        self.steps.extend(steps);
        if self.due.is_none() {
            self.schedule();
        }
    }

    fn schedule(&mut self) {
        self.due = self.steps.front().map(|step| Instant::now() + step.after);
    }

    async fn act(&mut self) -> Result<(), End> {
        let Some(step) = self.steps.pop_front() else {
            self.due = None;
            return Ok(());
        };
        match step.act {
            // The client chose not to hear it.
            Act::Send { frame, .. }
                if self.initiation.wants(frame["type"].as_str().unwrap_or_default()) == Some(false) => {}
            Act::Send { frame, said } => {
                // Noted first: whoever acts on the frame must find it in the ledger.
                if let Some(text) = said {
                    self.note(|it, _| it.answers.push(Said::now(text)));
                }
                let message = Message::Text(frame.to_string().into());
                self.socket.feed(message).await.map_err(broken_off)?;
            }
            Act::Raw(text) => self.write(text).await?,
            Act::Tool { name, id, parameters, event_id } => {
                let frame = frame::tool_call(&name, &id, &parameters, event_id);
                self.awaited = Some(id.clone());
                let call =
                    ToolCall { tool_call_id: id, tool_name: name, parameters, result: None, is_error: None };
                self.note(|it, _| it.tool_calls.push(call));
                self.send(&frame).await?;
            }
            Act::Fail { error_type } => {
                let frame =
                    frame::error(frame::close_code(&error_type), &error_type, &error_type, &json!({}));
                self.send(&frame).await?;
                return Err(End::Agent(frame::close_code(&error_type)));
            }
            Act::Close(code) => return Err(End::Agent(code)),
        }
        // What is due at once leaves together.
        if self.steps.front().is_none_or(|next| !next.after.is_zero()) {
            self.socket.flush().await.map_err(broken_off)?;
        }
        self.schedule();
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), End> {
        self.event_id += 1;
        self.pings.push_back((self.event_id, Instant::now() + self.app.pace().pong_within()));
        self.send(&frame::ping(self.event_id)).await
    }

    /// Tells the client what it did wrong; the caller then closes.
    async fn fail(&mut self, breach: &Breach) -> Result<(), End> {
        if frame::close_code(breach.error_type) == 1008 {
            self.violated(&format!("{}: {}", breach.error_type, breach.reason));
        }
        let code = frame::close_code(breach.error_type);
        self.send(&frame::error(code, breach.error_type, &breach.reason, &breach.details)).await?;
        Err(End::Agent(code))
    }

    async fn send(&mut self, frame: &Value) -> Result<(), End> {
        self.write(frame.to_string()).await
    }

    async fn write(&mut self, text: String) -> Result<(), End> {
        self.socket.send(Message::Text(text.into())).await.map_err(broken_off)
    }

    fn violated(&self, what: &str) {
        self.app.book.violated("elevenlabs", format!("{}: {what}", self.id));
        self.note(|it, _| it.violations.push(what.to_owned()));
    }

    fn note(&self, change: impl FnOnce(&mut Conversation, &Self)) {
        self.app.book.conversation(&self.id, |it| change(it, self));
    }
}
