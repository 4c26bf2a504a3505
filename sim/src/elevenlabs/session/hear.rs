//! What the client says during a conversation, and what it sets in motion.

use axum::extract::ws::Message;
use tokio::time::Instant;

use super::{End, Session};
use crate::{
    elevenlabs::{
        answer::{self, Heard},
        behaviour::{Behaviour, Moment},
        contract::{self, Breach, Frame},
        plan::{Turn, plan},
    },
    ledger::Said,
};

impl Session {
    /// Deals with one frame of the client.
    pub(super) async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
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
                return self.fail(&Breach::new("invalid_message", "second initiation")).await;
            }
            Frame::Pong(event_id) => self.ponged(event_id),
            Frame::UserMessage(text) => self.asked(text),
            Frame::UserActivity => self.last_input = Instant::now(),
            Frame::ContextualUpdate { id, text } => {
                self.note(|it, _| it.contextual_updates.push(text.clone()));
                self.context.retain(|(known, _)| known.is_none() || *known != id);
                self.context.push((id, text));
            }
            Frame::ToolResult { tool_call_id, result, is_error } => {
                self.tool_answered(&tool_call_id, result, is_error)
            }
            Frame::Other => {}
        }
        Ok(())
    }

    fn asked(&mut self, text: String) {
        self.last_input = Instant::now();
        let behaviour = self.behave();
        self.heard.push(text.clone());
        self.note(|it, _| it.user_messages.push(Said::now(text)));
        let context: Vec<String> = self.context.iter().map(|(_, text)| text.clone()).collect();
        let heard = Heard {
            seed: self.app.config.seed,
            variables: &self.initiation.dynamic_variables,
            context: &context,
            messages: &self.heard,
        };
        let mut rng = heard.rng();
        let turn = Turn {
            answer: answer::compose(&heard, &mut rng),
            thinking: self.app.pace().thinking(&mut rng),
            event_id: self.event_id + 1,
            streams: self.initiation.wants("agent_chat_response_part").unwrap_or_else(|| rng.bool()),
        };
        // A tool call and the answer after it take two.
        self.event_id += 2;
        self.push(plan(behaviour, turn));
    }

    /// How the agent takes the next message. Chosen before the ledger shows the message: whoever looks for it there
    /// cannot clear the behaviours too early.
    fn behave(&mut self) -> Option<Behaviour> {
        let behaviours = &self.app.agents.behaviours;
        let cleared = behaviours.cleared();
        let behaviour = behaviours.draw(Moment::Message, &self.agent.agent_id);
        if behaviour == Some(Behaviour::Waits) {
            self.waits = Some(cleared);
        }
        behaviour
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
            if let Some(call) = it.tool_calls.iter_mut().find(|call| call.tool_call_id == tool_call_id) {
                call.result = Some(result);
                call.is_error = Some(is_error);
            }
        });
    }
}
