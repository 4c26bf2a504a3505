//! What is asked: the customer's unanswered texts, with everything that may be known about them.

use lotline_common::{
    At, TurnId,
    api::{
        lead::FloorKind,
        turn::{AuthorKind, TurnKind},
    },
};

use crate::{
    app::App,
    db::Scope,
    directory::Desk,
    domain::{
        context::{self, Budget, LeadFacts, MAX_PROMISES, MAX_TURNS, Said},
        mention::{self, Mention},
        variables::{self, Known},
    },
    error::Result,
    limits,
    port::agent::Question,
    store::{self, history::Counts, job::Claim, thread::Thread},
};

/// The thread as it was when the agent was asked.
pub(super) struct Asked {
    pub(super) thread: Thread,
    /// The text that is answered, the last of them.
    pub(super) trace: Option<TurnId>,
    /// What the texts state about the customer and is not known yet.
    pub(super) learned: Mention,
    /// The texts to answer, oldest first.
    pub(super) texts: Vec<String>,
    /// So many of the newest are the question; the others stand in the context.
    put: usize,
    /// What people of the organization said lately: amounts in it may be repeated.
    pub(super) said_by_people: Vec<String>,
    /// Automatic messages of the last minutes.
    pub(super) automatic: i64,
    newest: Vec<Said>,
    promises: Vec<Said>,
    counts: Counts,
}

/// `None`: there is nothing for the AI to answer.
pub(super) async fn read(app: &App, claim: &Claim) -> Result<Option<Asked>> {
    let Some(lead) = claim.lead else { return Ok(None) };
    let mut tx = app.db.read(Scope::Org(claim.org)).await?;
    let mut thread = store::thread::read(&mut tx, claim.org, lead).await?;
    if thread.floor.kind != FloorKind::Ai || thread.opted_out || thread.waiting_since.is_none() {
        return Ok(None);
    }
    let mut newest = store::history::newest(&mut tx, claim.org, lead, MAX_TURNS).await?;
    let promises = store::history::promises(&mut tx, claim.org, lead, MAX_PROMISES).await?;
    let counts = store::history::counts(&mut tx, claim.org, lead).await?;
    let since = app.clock.now() - limits::AUTOMATIC_WINDOW;
    let automatic = store::delivery::automatic_since(&mut tx, claim.org, lead, since).await?;
    let trace = store::turn::newest_of_customer(&mut tx, claim.org, lead).await?;
    drop(tx);
    let earlier = newest.split_off(unanswered(&newest, thread.waiting_since));
    let (burst, mut between): (Vec<Said>, Vec<Said>) = newest.into_iter().partition(is_customers);
    let texts: Vec<String> = burst.iter().rev().map(|said| said.text.clone()).collect();
    let put = fitting(&burst);
    if texts.is_empty() {
        return Ok(None);
    }
    // A goodbye between the texts was said; markers between them tell the agent nothing.
    between.retain(|said| said.kind == TurnKind::Message);
    let newest: Vec<Said> = between.into_iter().chain(burst.into_iter().skip(put)).chain(earlier).collect();
    let learned = learn(&mut thread, &texts);
    let people = newest.iter().chain(&promises).filter(|said| said.author == AuthorKind::Member);
    let said_by_people = people.map(|said| said.text.clone()).collect();
    Ok(Some(Asked {
        thread,
        trace,
        learned,
        texts,
        put,
        said_by_people,
        automatic,
        newest,
        promises,
        counts,
    }))
}

/// The agent hears it at once; the lead keeps it when the answer is written.
fn learn(thread: &mut Thread, texts: &[String]) -> Mention {
    let said: Vec<Mention> = texts.iter().map(|text| mention::read(text)).collect();
    let name = said.iter().find_map(|said| said.name.clone()).filter(|_| thread.name.is_none());
    let vehicle = said.into_iter().find_map(|said| said.vehicle).filter(|_| thread.vehicle.is_none());
    let learned = Mention { name, vehicle };
    thread.name = thread.name.take().or_else(|| learned.name.clone());
    thread.vehicle = thread.vehicle.take().or_else(|| learned.vehicle.clone());
    learned
}

fn is_customers(said: &Said) -> bool {
    said.author == AuthorKind::Customer
}

/// How many of the newest texts are put to the agent word for word: one at least, and no more than a model reads well.
fn fitting(newest: &[Said]) -> usize {
    let mut left = limits::QUESTION_CHARACTERS;
    let fits = |said: &&Said| {
        let fits = left.checked_sub(said.text.chars().count());
        left = fits.unwrap_or_default();
        fits.is_some()
    };
    newest.iter().take_while(fits).count().max(1)
}

/// How many of the newest turns hold the customer's unanswered texts: all since they wait, and all after the last
/// message of ours. A goodbye or a confirmation in between is no answer, and markers and notes are none either.
fn unanswered(newest: &[Said], waiting_since: Option<At>) -> usize {
    let ours = |said: &Said| said.kind == TurnKind::Message && !is_customers(said);
    let after_ours = newest.iter().position(ours).unwrap_or(newest.len());
    let waits = |said: &Said| is_customers(said) && waiting_since.is_some_and(|since| said.at >= since);
    let waiting = newest.iter().rposition(waits).map_or(0, |last| last + 1);
    after_ours.max(waiting)
}

pub(super) fn question(app: &App, desk: &Desk, asked: &Asked) -> Question {
    let thread = &asked.thread;
    let facts = LeadFacts {
        organization: desk.name.clone(),
        name: thread.name.clone(),
        status: thread.status.to_string(),
        vehicle: thread.vehicle.clone(),
        turns: thread.turn_seq,
    };
    let context = context::build(&facts, &asked.newest, &asked.promises, &desk.time_zone, Budget::default());
    let unknown = lotline_common::PhoneNumber::unknown();
    let known = Known {
        organization: &desk.name,
        organization_id: desk.organization,
        zone: &desk.time_zone,
        lead_id: thread.id,
        lead_status: thread.status,
        name: thread.name.as_deref(),
        phone: thread.phone.as_ref().unwrap_or(&unknown),
        vehicle: thread.vehicle.as_deref(),
        context,
        summary: summary(asked, desk),
        sms_messages: asked.counts.sms.saturating_sub(i64::try_from(asked.texts.len()).unwrap_or(0)),
        voice_messages: asked.counts.voice,
        conversations: i64::from(!asked.newest.is_empty()),
        last_contact: asked.newest.first().map(|said| said.at),
        now: app.clock.now(),
    };
    Question {
        variables: variables::for_sms(known),
        texts: asked.texts.iter().skip(asked.texts.len().saturating_sub(asked.put)).cloned().collect(),
    }
}

/// One sentence about the whole thread, also where the context cannot hold all of it.
fn summary(asked: &Asked, desk: &Desk) -> String {
    let Some(first) = asked.counts.first_at else {
        return String::new();
    };
    let day = first.in_zone(&desk.time_zone).strftime("%B %-d, %Y");
    let counts = &asked.counts;
    format!(
        "First contact on {day}. {} texts from the customer and {} from us so far; {} promises of ours on record.",
        counts.customer,
        counts.sms - counts.customer,
        asked.promises.len()
    )
}
