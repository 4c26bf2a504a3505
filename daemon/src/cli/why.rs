//! `lotlined why`: what a phone is here, and whether it may be texted.

use clap::Args;
use lotline_common::{PhoneNumber, api::consent::ContactAnswer};

use super::{Done, organization_with, output, output::say};
use crate::{
    action::explain_contact::{self, Customer, Explanation},
    app::App,
};

/// Where there are several organizations, one must be named: the same phone may be a customer of each, and none is
/// shown for another. Asking without is told to every organization that has this customer.
#[derive(Args)]
pub(super) struct Why {
    /// In international form, like +13035550101.
    phone: PhoneNumber,
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    #[arg(long)]
    json: bool,
}

impl Why {
    pub(super) async fn run(self, app: &App) -> Done {
        let organization = organization_with(app, &self.phone, self.org.as_deref()).await?;
        let explanation = explain_contact::run(app, self.phone, &organization).await?;
        if self.json {
            return output::json(&explanation);
        }
        show(&explanation);
        Ok(())
    }
}

fn show(Explanation { phone, organization, customer }: &Explanation) {
    let Some(Customer { lead, reply, conversation, consents, messages }) = customer else {
        return say(format!("{phone} is no customer of {organization}."));
    };
    let holder = lead.floor.member.as_ref().map(|member| format!(" ({})", member.name)).unwrap_or_default();
    say(format!("{phone} is lead {} of {organization}: {}.", lead.id, lead.status));
    say(format!("The floor: {}{holder}, fence {}.", lead.floor.kind, lead.floor.fence));
    for (what, answer) in [("An answer", reply), ("A message of our own accord", conversation)] {
        say(format!("{what}: {}", verdict(answer)));
    }
    for consent in consents {
        say(format!("{}  {}  {}  by {}", consent.at, consent.kind, consent.channel, consent.source));
    }
    for (turn, delivery) in messages.iter().filter_map(|turn| Some((turn, turn.delivery.as_ref()?))) {
        let reason = delivery.reason.as_deref().map(|reason| format!("  {reason}")).unwrap_or_default();
        say(format!("{}  {} by {}{reason}", turn.at, delivery.state, turn.author.kind));
    }
}

fn verdict(answer: &ContactAnswer) -> String {
    let ruleset = &answer.ruleset;
    if answer.allowed {
        return format!("allowed (rules of {ruleset}).");
    }
    let reasons: Vec<String> = answer
        .reasons
        .iter()
        .map(|reason| format!("{}: {} [{}]", reason.rule, reason.text, reason.source))
        .collect();
    format!("refused (rules of {ruleset}). {}", reasons.join(" "))
}
