//! The AI answers what a customer wrote.
//!
//! Read, ask, write: the agent is asked outside any transaction, and its answer counts only if the floor's fence and
//! the customer's last text are still the ones it answered. Otherwise it is dropped; what came in between has a job
//! of its own.

mod ask;

use std::{sync::Arc, time::Duration};

use lotline_common::{
    At, DraftId,
    api::{
        consent::{ConsentSource, Purpose},
        draft::Draft,
        lead::FloorKind,
        turn::{Author, AuthorKind},
    },
};

use self::ask::Asked;
use super::{
    hand_off,
    opt_out::{self, Said},
    queue_message::{self, NotQueued, Outgoing},
    watch_vendor,
};
use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    directory::Desk,
    domain::{
        breaker::{Admission, Heard, Vendor},
        disclosure,
        floor::Handoff,
        guardrail, keyword,
        retry::QUESTION,
    },
    error::{Error, Result},
    limits,
    port::agent::{AgentError, AgentProfile, Answer, Question},
    store::{self, job::Claim, thread::Thread},
};

/// Tries of a question whose failure may pass, before a person is asked for.
const TRIES: i64 = 3;
/// What an agent needs at least to say anything.
const SHORTEST: Duration = Duration::from_secs(5);

/// What is to be written when the agent has answered, or without asking it.
enum Outcome {
    Say(Answer),
    HandOff(Handoff, Option<String>),
}

pub async fn run(app: &App, claim: Claim) -> Result<()> {
    let Some(asked) = ask::read(app, &claim).await? else {
        return finish(app, claim).await;
    };
    let desk = app.directory.organization(claim.org).await?.ok_or(Error::NotFound)?;
    let Some(profile) = desk.agent.clone() else {
        return write(app, claim, asked, desk, None, Outcome::HandOff(Handoff::NoAgent, None)).await;
    };
    let outcome = match before_asking(&asked) {
        Some(outcome) => outcome,
        None => {
            let question = ask::question(app, &desk, &asked);
            match answer(app, &claim, &profile, &question).await? {
                Ok(answer) => {
                    let trace = asked.trace.map(tracing::field::display);
                    tracing::info!(trace, lead = %asked.thread.id, "the agent answered");
                    Outcome::Say(answer)
                }
                Err(error) if error.passing && may_ask_again(app, &claim) => {
                    return again(app, claim, &error).await;
                }
                Err(error) => {
                    tracing::warn!(%error, lead = %asked.thread.id, "the agent did not answer");
                    Outcome::HandOff(Handoff::AgentFailed(error.reason), None)
                }
            }
        }
    };
    write(app, claim, asked, desk, Some(profile), outcome).await
}

/// Asks, unless the vendor has failed this organization lately: then a person is called at once.
async fn answer(
    app: &App,
    claim: &Claim,
    profile: &AgentProfile,
    question: &Question,
) -> Result<Result<Answer, AgentError>> {
    let mut tx = app.db.read(Scope::Org(claim.org)).await?;
    let healthy = store::breaker::find(&mut tx, claim.org, Vendor::Agent).await?.is_healthy();
    drop(tx);
    if !healthy && !admit(app, claim).await? {
        return Ok(Err(AgentError::lasting("agent_unreachable", "it is left alone for a while")));
    }
    // Asked for the second time, it has what is left until a person must be there.
    let within = app.config.conversation.answer_within;
    let left = if claim.attempts > 1 { hand_over_in(app, claim).max(SHORTEST).min(within) } else { within };
    let answer = tokio::time::timeout(left, app.agent.answer(profile, question)).await;
    let answer = answer.unwrap_or_else(|_late| Err(AgentError::lasting("agent_timeout", "no time is left")));
    let heard = heard(&answer);
    if !healthy || heard != Heard::Answered {
        hear(app, claim, heard).await?;
    }
    Ok(answer)
}

/// May it be asked now?
async fn admit(app: &App, claim: &Claim) -> Result<bool> {
    let (org, now) = (claim.org, app.clock.now());
    let admission = app.db.write(Scope::Org(org), move |tx| {
        Box::pin(async move {
            let breaker = store::breaker::open(tx, org, Vendor::Agent).await?;
            watch_vendor::admit(tx, org, Vendor::Agent, breaker, now).await
        })
    });
    Ok(!matches!(admission.await?, Admission::Wait(_)))
}

async fn hear(app: &App, claim: &Claim, heard: Heard) -> Result<()> {
    let (org, now) = (claim.org, app.clock.now());
    let told = app.db.write(Scope::Org(org), move |tx| {
        Box::pin(async move { watch_vendor::hear(tx, org, Vendor::Agent, heard, now).await })
    });
    Ok(told.await?)
}

/// What an answer, or the lack of one, tells of the vendor.
fn heard(answer: &Result<Answer, AgentError>) -> Heard {
    match answer {
        Err(error) if matches!(error.reason, "agent_credentials" | "agent_missing") => Heard::Refused,
        Err(error) if error.passing || error.reason == "agent_timeout" => Heard::Failed { retry_after: None },
        _ => Heard::Answered,
    }
}

/// There are tries left, and time for one before a person must be there.
fn may_ask_again(app: &App, claim: &Claim) -> bool {
    claim.attempts < TRIES && hand_over_in(app, claim) > QUESTION.wait(claim.attempts, 1.0) + SHORTEST
}

/// Until a person must have been called.
fn hand_over_in(app: &App, claim: &Claim) -> Duration {
    (claim.created_at + limits::HAND_OVER).since(app.clock.now())
}

/// What code decides without a model.
fn before_asking(asked: &Asked) -> Option<Outcome> {
    let any = |test: fn(&str) -> bool| asked.texts.iter().any(|text| test(text));
    if any(keyword::may_want_out) {
        return Some(Outcome::HandOff(Handoff::MayWantOut, None));
    }
    if asked.automatic >= limits::AUTOMATIC_MESSAGES {
        return Some(Outcome::HandOff(Handoff::Loop, None));
    }
    if any(keyword::wants_person) {
        let goodbye = "Of course. Somebody from the team takes over and will text you here.".to_owned();
        return Some(Outcome::HandOff(Handoff::CustomerAsked, Some(goodbye)));
    }
    None
}

async fn write(
    app: &App,
    claim: Claim,
    asked: Asked,
    desk: Arc<Desk>,
    profile: Option<AgentProfile>,
    outcome: Outcome,
) -> Result<()> {
    let writing = Writing {
        now: app.clock.now(),
        stale_after: app.config.delivery.stale_after,
        handoff_timeout: app.config.floor.handoff_timeout,
        desk,
        profile,
        asked,
    };
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                if !store::job::holds(tx, &claim).await? {
                    return Ok(());
                }
                store::job::finish(tx, &claim).await?;
                let mut thread = store::thread::open(tx, claim.org, writing.asked.thread.id).await?;
                if !writing.still_wanted(&thread) {
                    tracing::info!(lead = %thread.id, "an answer of the agent came too late and was dropped");
                    return Ok(());
                }
                store::lead::learn(tx, claim.org, thread.id, writing.now, &writing.asked.learned).await?;
                match outcome {
                    Outcome::Say(answer) => writing.say(tx, &mut thread, answer).await?,
                    Outcome::HandOff(why, goodbye) => writing.hand_off(tx, &mut thread, why, goodbye).await?,
                }
                Ok(())
            })
        })
        .await
}

/// Everything the last transaction needs.
struct Writing {
    now: At,
    stale_after: Duration,
    handoff_timeout: Duration,
    desk: Arc<Desk>,
    profile: Option<AgentProfile>,
    asked: Asked,
}

impl Writing {
    fn still_wanted(&self, thread: &Thread) -> bool {
        thread.floor.lets_ai_speak(self.asked.thread.floor.fence)
            && thread.last_customer_seq == self.asked.thread.last_customer_seq
            && !thread.opted_out
    }

    async fn say(&self, tx: &mut Tx, thread: &mut Thread, answer: Answer) -> Result<(), DbError> {
        if answer.wants_opt_out {
            let said = Said { by: self.author(), source: ConsentSource::Ai, turn: None, note: None };
            return opt_out::apply(tx, thread, self.now, said).await;
        }
        let asked_if_ai = self.asked.texts.iter().any(|text| disclosure::asks_if_ai(text));
        let denies = asked_if_ai && disclosure::denies_being_ai(&answer.text);
        let checked = if denies { "" } else { answer.text.as_str() };
        let people: Vec<&str> = self.asked.said_by_people.iter().map(String::as_str).collect();
        match guardrail::check(checked, &people) {
            // The truth that code adds is an answer by itself.
            Err(guardrail::Caught::Empty) if asked_if_ai => {}
            Err(guardrail::Caught::Empty) => {
                return hand_off::apply(
                    tx,
                    self.handoff_timeout,
                    thread,
                    self.now,
                    Handoff::AgentFailed("agent_empty"),
                )
                .await;
            }
            Err(caught) => return self.keep_back(tx, thread, answer.text, caught.as_str()).await,
            Ok(()) => {}
        }
        if answer.wants_person {
            return self.hand_off(tx, thread, Handoff::AgentAsked, Some(answer.text)).await;
        }
        let text = self.compose(thread, checked, asked_if_ai);
        self.queue(tx, thread, text, true).await
    }

    /// The floor moves first, so that the goodbye carries the fence that stands when it leaves.
    async fn hand_off(
        &self,
        tx: &mut Tx,
        thread: &mut Thread,
        why: Handoff,
        goodbye: Option<String>,
    ) -> Result<(), DbError> {
        let text = goodbye.map(|goodbye| self.compose(thread, &goodbye, false));
        hand_off::apply(tx, self.handoff_timeout, thread, self.now, why).await?;
        match text {
            Some(text) => self.queue(tx, thread, text, false).await,
            None => Ok(()),
        }
    }

    async fn keep_back(
        &self,
        tx: &mut Tx,
        thread: &mut Thread,
        text: String,
        why: &'static str,
    ) -> Result<(), DbError> {
        let draft = Draft {
            id: DraftId::new(),
            lead_id: thread.id,
            author: self.author(),
            text: text.chars().take(limits::DRAFT_CHARACTERS).collect::<String>().replace('\0', ""),
            reason: why.to_owned(),
            at: self.now,
        };
        store::draft::insert(tx, thread.org, &draft).await?;
        hand_off::apply(tx, self.handoff_timeout, thread, self.now, Handoff::Guardrail(why)).await
    }

    fn compose(&self, thread: &Thread, answer: &str, asked_if_ai: bool) -> String {
        let due = disclosure::is_due(thread.ai_spoke_at, self.now);
        let sentence = self.profile.as_ref().map_or("", |profile| profile.disclosure.as_str());
        disclosure::compose(answer, sentence, &self.desk.name, due, asked_if_ai)
    }

    async fn queue(
        &self,
        tx: &mut Tx,
        thread: &mut Thread,
        text: String,
        answers: bool,
    ) -> Result<(), DbError> {
        let message = Outgoing {
            author: self.author(),
            text,
            purpose: Purpose::Reply,
            answers,
            hold: Duration::ZERO,
            client_id: None,
            not_before: None,
            stale_after: self.stale_after,
            own_number: None,
        };
        match queue_message::queue(tx, thread, self.now, message).await {
            Ok(_) => Ok(()),
            Err(NotQueued::Db(error)) => Err(error),
            Err(NotQueued::NoPhone | NotQueued::NoOwnNumber) if thread.floor.kind != FloorKind::Ai => Ok(()),
            Err(NotQueued::Refused(_)) => {
                hand_off::apply(
                    tx,
                    self.handoff_timeout,
                    thread,
                    self.now,
                    Handoff::AgentFailed("refused_by_gate"),
                )
                .await
            }
            Err(NotQueued::NoPhone | NotQueued::NoOwnNumber) => {
                hand_off::apply(tx, self.handoff_timeout, thread, self.now, Handoff::AgentFailed("no_number"))
                    .await
            }
        }
    }

    fn author(&self) -> Author {
        let name = self.profile.as_ref().map(|profile| profile.persona.clone());
        Author { kind: AuthorKind::Ai, id: None, name }
    }
}

/// The failure may pass: the question is asked again in a moment.
async fn again(app: &App, claim: Claim, error: &AgentError) -> Result<()> {
    tracing::info!(%error, "the agent did not answer; asking again");
    let at = app.clock.now() + QUESTION.wait(claim.attempts, fastrand::f64());
    let cause = error.reason;
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move { Ok(store::job::again(tx, &claim, at, cause).await?) })
        })
        .await
}

async fn finish(app: &App, claim: Claim) -> Result<()> {
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move { Ok(store::job::finish(tx, &claim).await?) })
        })
        .await
}
