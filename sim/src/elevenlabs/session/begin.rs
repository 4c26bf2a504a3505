//! The beginning of a conversation: the client introduces itself, is admitted or refused, and may be greeted.

use std::time::Duration;

use axum::extract::ws::Message;

use super::{End, Session};
use crate::elevenlabs::{
    answer,
    behaviour::{Behaviour, Moment},
    contract::{self, Breach, Frame, Initiation},
    frame,
    plan::say,
};

impl Session {
    /// The first frame: it must be the initiation, complete and allowed.
    pub(super) async fn begin(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(close))) => return Err(End::Client(close.map(|close| close.code))),
            Some(Ok(_)) => return self.fail(&Breach::new("invalid_message", "binary frame")).await,
            _ => return Err(End::Network),
        };
        let behaviour = self.app.agents.behaviours.draw(Moment::Begin, &self.agent.agent_id);
        match self.admit(contract::read(&text), behaviour.as_ref()) {
            Ok(initiation) => self.initiation = initiation,
            Err(breach) => return self.fail(&breach).await,
        }
        self.note(|it, session| {
            it.dynamic_variables.clone_from(&session.initiation.dynamic_variables);
            it.overrides.clone_from(&session.initiation.overrides);
            it.user_id.clone_from(&session.initiation.user_id);
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
            return Err(Breach::new("override_error", "this agent speaks by text only: ask for text_only"));
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
        let own =
            || self.initiation.first_message().map(str::to_owned).or_else(|| self.agent.greeting.clone());
        let Some(text) = greeting.or_else(own).filter(|text| !text.is_empty()) else {
            return Ok(());
        };
        let text = answer::fill(&text, &self.initiation.dynamic_variables);
        self.event_id += 1;
        let step = say(&text, Duration::ZERO, self.event_id);
        self.push(vec![step]);
        Ok(())
    }
}
