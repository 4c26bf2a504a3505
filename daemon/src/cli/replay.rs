//! `lotlined replay`: how a conversation came to be where it is, event by event.

use clap::Args;
use lotline_common::{LeadId, PhoneNumber, event::Event};

use super::{Done, failure::Failure, organization_of, organization_with, output, output::say};
use crate::{
    action::replay_lead::{self, Replay, Step},
    app::App,
    db::Scope,
    domain::{
        organization::OrgKey,
        replay::{Conversation, describe},
    },
    store,
};

/// Rebuilds a conversation from its events and compares it with what is stored; where they differ, the exit code is 1.
/// Shows no name and no text, sends nothing and changes nothing. Runs beside a daemon.
#[derive(Args)]
pub(super) struct ReplayLead {
    /// A lead's id, or their phone in international form.
    #[arg(value_name = "LEAD")]
    lead: String,
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// The last event to look at, by its number.
    #[arg(long, value_name = "SEQ")]
    to: Option<i64>,
    #[arg(long)]
    json: bool,
}

impl ReplayLead {
    pub(super) async fn run(self, app: &App) -> Done {
        let (org, lead) = self.named(app).await?;
        let replay = replay_lead::run(app, org, lead, self.to).await?;
        if self.json {
            output::json(&replay)?;
        } else {
            show(&replay);
        }
        match &replay.differences {
            Some(found) if !found.is_empty() => Err(Failure::Failed(None)),
            _ => Ok(()),
        }
    }

    async fn named(&self, app: &App) -> Result<(OrgKey, LeadId), Failure> {
        let slug = self.org.as_deref();
        if let Ok(lead) = self.lead.parse::<LeadId>() {
            return Ok((organization_of(app, slug).await?.key, lead));
        }
        let wrong = |_not| Failure::usage("LEAD is a lead's id or a phone like +13035550101");
        let phone: PhoneNumber = self.lead.parse().map_err(wrong)?;
        let org = organization_with(app, &phone, slug).await?.key;
        let mut tx = app.db.read(Scope::Org(org)).await?;
        let found = store::lead::by_phone(&mut tx, org, &phone).await?;
        let lead = found.ok_or_else(|| Failure::failed(format!("{phone} is no customer there")))?;
        Ok((org, lead))
    }
}

fn show(Replay { lead, steps, differences }: &Replay) {
    say(format!("Lead {lead}, {} events.", steps.len()));
    let mut before = Conversation::default();
    for Step { event, state } in steps {
        say(format!("{:>7}  {}  {}{}", event.seq, event.at, event.kind, about(event)));
        changed(&before, state);
        before.clone_from(state);
    }
    match differences {
        None => say("The replay ends before the present; nothing was compared."),
        Some(found) if found.is_empty() => say("What is stored is what the events say."),
        Some(found) => {
            for of in found {
                say(format!("DIFFERS  {}: {} by the events, {} stored", of.what, of.replayed, of.stored));
            }
        }
    }
}

/// Whose deed it was, on which turn, and why. The id of a customer's turn is that of the request which brought it.
fn about(event: &Event) -> String {
    let mut text = event.actor.as_ref().map(|actor| format!("  by {}", actor.kind)).unwrap_or_default();
    for word in [event.detail.turn_id.map(|turn| turn.to_string()), event.detail.reason.clone()] {
        text.extend(word.map(|word| format!("  {word}")));
    }
    text
}

fn changed(before: &Conversation, now: &Conversation) {
    let line = |what: &str, text: String| say(format!("         {what}: {text}"));
    if now.floor != before.floor {
        line("floor", now.floor.map_or_else(|| "unknown".into(), describe));
    }
    if now.waiting_since != before.waiting_since {
        let since = now.waiting_since.map(|since| format!("since {since}"));
        line("waiting", since.unwrap_or_else(|| "no more".into()));
    }
    if now.assigned_to != before.assigned_to {
        line("assigned to", now.assigned_to.map_or_else(|| "nobody".into(), |member| member.to_string()));
    }
    if now.opted_out != before.opted_out {
        line("opted out", now.opted_out.to_string());
    }
    for (turn, state) in &now.deliveries {
        if before.deliveries.get(turn) != Some(state) {
            line("delivery", format!("{turn} {state}"));
        }
    }
}
