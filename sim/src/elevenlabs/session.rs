//! One conversation on one socket: the order of frames, pings, time limits and the way it ends.

use std::{collections::VecDeque, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use serde_json::{Value, json};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::{
    Agent,
    answer::{self, Heard},
    behaviour::{Behaviour, Moment},
    contract::{self, Breach, Frame, Initiation},
    frame,
    plan::{Act, Step, Turn, plan, say},
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
    context: Vec<String>,
    heard: Vec<String>,
    /// What the agent will do, and when the first of it is due.
    steps: VecDeque<Step>,
    due: Option<Instant>,
    /// The tool whose result is awaited.
    awaited: Option<String>,
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
    app.book.violated(
        "elevenlabs",
        "conversation opened without a valid signature or key",
    );
    hang_up(
        &mut socket,
        1008,
        "Could not authorize the connection: invalid or expired signature",
    )
    .await;
}

/// Closes and waits a moment for the client to do the same, so that it surely reads the code.
async fn hang_up(socket: &mut WebSocket, code: u16, reason: &str) {
    let close = Message::Close(Some(CloseFrame {
        code,
        reason: reason.to_owned().into(),
    }));
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
            Err(_) => {
                self.fail(&Breach::new("transport_receive_timeout", "no first message"))
                    .await
            }
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

    /// The first frame: it must be the initiation, complete and allowed.
    async fn begin(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(close))) => return Err(End::Client(close.map(|close| close.code))),
            Some(Ok(_)) => return self.fail(&Breach::new("invalid_message", "binary frame")).await,
            _ => return Err(End::Network),
        };
        let behaviour = self
            .app
            .agents
            .behaviours
            .draw(Moment::Begin, &self.agent.agent_id);
        match self.admit(contract::read(&text), behaviour.as_ref()) {
            Ok(initiation) => self.initiation = initiation,
            Err(breach) => return self.fail(&breach).await,
        }
        self.note(|it, session| {
            it.dynamic_variables = session.initiation.dynamic_variables.clone();
            it.overrides = session.initiation.overrides.clone();
            it.user_id = session.initiation.user_id.clone();
        });
        self.send(&frame::metadata(&self.id.clone())).await?;
        self.greet(behaviour).await
    }

    fn admit(
        &self,
        read: Result<Frame, Breach>,
        behaviour: Option<&Behaviour>,
    ) -> Result<Initiation, Breach> {
        let Frame::Initiation(initiation) = read? else {
            let reason = "the first message is conversation_initiation_client_data";
            return Err(Breach::new("invalid_message", reason));
        };
        if behaviour == Some(&Behaviour::RefuseOverrides) && !initiation.overrides.is_null() {
            return Err(Breach::new(
                "override_error",
                "Override for this agent is not allowed by its config.",
            ));
        }
        initiation.check_required(&self.agent.required_variables)?;
        if !initiation.is_text_only() {
            return Err(Breach::new(
                "override_error",
                "this agent speaks by text only: ask for text_only",
            ));
        }
        Ok(initiation)
    }

    async fn greet(&mut self, behaviour: Option<Behaviour>) -> Result<(), End> {
        self.ping().await?;
        let greeting = match behaviour {
            Some(Behaviour::GreetingFirst { text }) => Some(text),
            Some(Behaviour::PingFlood { pings }) => {
                for _ in 0..pings {
                    self.ping().await?;
                }
                None
            }
            _ => None,
        };
        let own = || {
            self.initiation
                .first_message()
                .map(str::to_owned)
                .or_else(|| self.agent.greeting.clone())
        };
        let Some(text) = greeting.or_else(own).filter(|text| !text.is_empty()) else {
            return Ok(());
        };
        let text = answer::fill(&text, &self.initiation.dynamic_variables);
        self.event_id += 1;
        let step = say(&text, Duration::ZERO, self.event_id);
        self.push(vec![step]);
        Ok(())
    }

    /// Waits for whatever comes first and deals with it.
    async fn turn(&mut self, ticks: &mut Interval) -> Result<(), End> {
        let far = Instant::now() + Duration::from_hours(1);
        let due = self.due.filter(|_| self.awaited.is_none());
        let pong_due = self.pings.front().map(|(_, deadline)| *deadline);
        let silence = self.last_input + self.app.pace().receive_timeout();
        tokio::select! {
            message = self.socket.recv() => self.hear(message).await,
            () = sleep_until(due.unwrap_or(far)), if due.is_some() => self.act().await,
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

    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(close))) => return Err(End::Client(close.map(|close| close.code))),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => {
                return self.fail(&Breach::new("invalid_message", "binary frame")).await;
            }
            Some(Err(_)) | None => return Err(End::Network),
        };
        let frame = match contract::read(&text) {
            Ok(frame) => frame,
            Err(breach) => return self.fail(&breach).await,
        };
        match frame {
            Frame::Initiation(_) => {
                return self
                    .fail(&Breach::new("invalid_message", "second initiation"))
                    .await;
            }
            Frame::Pong(event_id) => self.ponged(event_id),
            Frame::UserMessage(text) => self.asked(text),
            Frame::UserActivity => self.last_input = Instant::now(),
            Frame::ContextualUpdate(text) => {
                self.context.push(text.clone());
                self.note(|it, _| it.contextual_updates.push(text));
            }
            Frame::ToolResult {
                tool_call_id,
                result,
                is_error,
            } => self.tool_answered(&tool_call_id, result, is_error),
            Frame::Other => {}
        }
        Ok(())
    }

    fn asked(&mut self, text: String) {
        self.last_input = Instant::now();
        self.heard.push(text.clone());
        self.note(|it, _| {
            it.user_messages.push(Said {
                text,
                at_us: clock::now_us(),
            })
        });
        let heard = Heard {
            seed: self.app.config.seed,
            variables: &self.initiation.dynamic_variables,
            context: &self.context,
            messages: &self.heard,
        };
        let mut rng = heard.rng();
        let behaviour = self
            .app
            .agents
            .behaviours
            .draw(Moment::Message, &self.agent.agent_id);
        let turn = Turn {
            answer: answer::compose(&heard, &mut rng),
            thinking: self.app.pace().thinking(&mut rng),
            event_id: self.event_id + 1,
            streams: rng.bool(),
        };
        // A tool call and the answer after it take two.
        self.event_id += 2;
        self.push(plan(behaviour, turn));
    }

    fn ponged(&mut self, event_id: u64) {
        match self.pings.iter().position(|(id, _)| *id == event_id) {
            Some(at) => drop(self.pings.remove(at)),
            None => self.violated("pong for a ping that was never sent"),
        }
    }

    fn tool_answered(&mut self, tool_call_id: &str, result: String, is_error: bool) {
        if self.awaited.as_deref() != Some(tool_call_id) {
            self.violated("result for a tool that was not called");
            return;
        }
        self.awaited = None;
        self.last_input = Instant::now();
        self.schedule();
        self.note(|it, _| {
            if let Some(call) = it
                .tool_calls
                .iter_mut()
                .find(|call| call.tool_call_id == tool_call_id)
            {
                call.result = Some(result);
                call.is_error = Some(is_error);
            }
        });
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
            Act::Send { frame, said } => {
                // Noted first: whoever acts on the frame must find it in the ledger.
                if let Some(text) = said {
                    self.note(|it, _| {
                        it.answers.push(Said {
                            text,
                            at_us: clock::now_us(),
                        })
                    });
                }
                self.send(&frame).await?;
            }
            Act::Raw(text) => self.write(text).await?,
            Act::Tool {
                name,
                id,
                parameters,
                event_id,
            } => {
                let frame = frame::tool_call(&name, &id, &parameters, event_id);
                self.awaited = Some(id.clone());
                let call = ToolCall {
                    tool_call_id: id,
                    tool_name: name,
                    parameters,
                    result: None,
                    is_error: None,
                };
                self.note(|it, _| it.tool_calls.push(call));
                self.send(&frame).await?;
            }
            Act::Fail { error_type } => {
                let frame = frame::error(
                    frame::close_code(&error_type),
                    &error_type,
                    &error_type,
                    &json!({}),
                );
                self.send(&frame).await?;
                return Err(End::Agent(frame::close_code(&error_type)));
            }
            Act::Close(code) => return Err(End::Agent(code)),
        }
        self.schedule();
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), End> {
        self.event_id += 1;
        self.pings
            .push_back((self.event_id, Instant::now() + self.app.pace().pong_within()));
        self.send(&frame::ping(self.event_id)).await
    }

    /// Tells the client what it did wrong; the caller then closes.
    async fn fail(&mut self, breach: &Breach) -> Result<(), End> {
        if frame::close_code(breach.error_type) == 1008 {
            self.violated(&format!("{}: {}", breach.error_type, breach.reason));
        }
        let code = frame::close_code(breach.error_type);
        self.send(&frame::error(
            code,
            breach.error_type,
            &breach.reason,
            &breach.details,
        ))
        .await?;
        Err(End::Agent(code))
    }

    async fn send(&mut self, frame: &Value) -> Result<(), End> {
        self.write(frame.to_string()).await
    }

    async fn write(&mut self, text: String) -> Result<(), End> {
        self.socket
            .send(Message::Text(text.into()))
            .await
            .map_err(|error| {
                tracing::debug!(%error, "conversation broken off");
                End::Network
            })
    }

    fn violated(&self, what: &str) {
        self.app
            .book
            .violated("elevenlabs", format!("{}: {what}", self.id));
        self.note(|it, _| it.violations.push(what.to_owned()));
    }

    fn note(&self, change: impl FnOnce(&mut Conversation, &Self)) {
        self.app.book.conversation(&self.id, |it| change(it, self));
    }
}
