//! Did an organization see what is another's? Everything it heard, told its agent and texted is searched.

use std::{borrow::Cow, collections::HashSet};

use lotline_sim::Conversation;

use super::{Evidence, Side};

/// Every place where one organization met a code word or a lead of another.
pub(super) fn find(evidence: &Evidence) -> Vec<String> {
    let mut leaks: Vec<String> = evidence.sides.iter().flat_map(|side| of_side(evidence, side)).collect();
    let agents: HashSet<&str> = evidence.sides.iter().map(|side| side.agent_id.as_str()).collect();
    for conversation in &evidence.ledger.conversations {
        if !agents.contains(conversation.agent_id.as_str()) {
            leaks.push(format!("session {} is of nobody's agent", conversation.conversation_id));
        }
    }
    leaks
}

/// How often each organization's own stream said its own code word: a word never said proves nothing.
pub(super) fn at_home(evidence: &Evidence) -> Vec<(String, usize)> {
    let times = |side: &Side| String::from_utf8_lossy(&side.heard.bytes).matches(&side.canary).count();
    evidence.sides.iter().map(|side| (side.canary.clone(), times(side))).collect()
}

fn of_side(evidence: &Evidence, side: &Side) -> Vec<String> {
    let others = || evidence.sides.iter().filter(|other| other.number != side.number);
    let mut foreign: Vec<String> = others().map(|other| other.canary.clone()).collect();
    foreign.extend(others().flat_map(|other| other.leads.iter().map(|lead| lead.id.to_string())));
    let mut leaks = Vec::new();
    for (place, text) in places(evidence, side) {
        let found = foreign.iter().filter(|secret| text.contains(secret.as_str()));
        leaks.extend(found.map(|secret| format!("{secret} in {place} of {}", side.name)));
    }
    leaks
}

/// Everything that reached this organization, its agent or its customers.
fn places<'a>(evidence: &'a Evidence, side: &'a Side) -> Vec<(String, Cow<'a, str>)> {
    let mut places = vec![("the events".to_owned(), String::from_utf8_lossy(&side.heard.bytes))];
    let leads: Vec<String> = side.leads.iter().map(|lead| lead.id.to_string()).collect();
    places.push(("the leads".to_owned(), leads.join(" ").into()));
    for conversation in &evidence.ledger.conversations {
        if conversation.agent_id == side.agent_id {
            places.push((format!("session {}", conversation.conversation_id), told(conversation).into()));
        }
    }
    for text in &evidence.ledger.outbound {
        if text.from == side.number {
            places.push((format!("text {}", text.sid), text.body.as_str().into()));
        }
    }
    places
}

/// What we told the agent; what it said is in the texts.
fn told(conversation: &Conversation) -> String {
    let mut told = serde_json::to_string(&conversation.dynamic_variables).unwrap_or_default();
    told.push_str(&conversation.overrides.to_string());
    for update in &conversation.contextual_updates {
        told.push_str(update);
    }
    for message in &conversation.user_messages {
        told.push_str(&message.text);
    }
    told
}
