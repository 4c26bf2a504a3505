//! A conversation is rebuilt from its events, step by step, and compared with what is stored. Reads only.

use lotline_common::{LeadId, event::Event};
use serde::Serialize;

use crate::{
    app::App,
    db::Scope,
    domain::{
        organization::OrgKey,
        replay::{Conversation, Difference},
    },
    error::Result,
    store,
};

/// Events of the organization that are looked through in one transaction: nobody's checkpoint waits for this one.
const SPAN: i64 = 10_000;

/// An event of the conversation and where it led.
#[derive(Debug, Serialize)]
pub struct Step {
    pub event: Event,
    pub state: Conversation,
}

#[derive(Debug, Serialize)]
pub struct Replay {
    pub lead: LeadId,
    pub steps: Vec<Step>,
    /// Against the rows; absent when the replay ends before the present.
    pub differences: Option<Vec<Difference>>,
}

/// Up to and with the event `to`, or to the present. An erased customer can be replayed: events name nobody.
pub async fn run(app: &App, org: OrgKey, lead: LeadId, to: Option<i64>) -> Result<Replay> {
    let (mut steps, mut state, mut seq) = (Vec::new(), Conversation::default(), 0);
    loop {
        let mut tx = app.db.read(Scope::Org(org)).await?;
        store::lead::known(&mut tx, org, lead).await?;
        let present = store::event::present(&mut tx, org).await?;
        let end = to.unwrap_or(present).min(present).min(seq + SPAN);
        for event in store::event::of_lead(&mut tx, org, lead, (seq, end)).await? {
            state.apply(&event);
            steps.push(Step { event, state: state.clone() });
        }
        seq = end;
        if seq == present {
            let stored = store::lead::conversation(&mut tx, org, lead).await?;
            return Ok(Replay { lead, steps, differences: Some(state.differences(&stored)) });
        }
        if to.is_some_and(|to| seq >= to) {
            return Ok(Replay { lead, steps, differences: None });
        }
    }
}
