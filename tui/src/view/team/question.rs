//! What the questions of these screens say, before a call is made.

use lotline_common::UserId;

use super::super::question::Words;
use crate::{
    call::{Call, Deed},
    model::Model,
    text,
};

pub(in super::super) fn words(model: &Model, call: &Call) -> Words {
    let (title, body, button) = match call {
        Call::RequireTotp(true) => (
            "Require a second factor of everybody?".to_owned(),
            "Who has none can do nothing but set one up, from now on.",
            "Require",
        ),
        Call::RequireTotp(false) => (
            "Require no second factor any more?".to_owned(),
            "Who has one keeps it. New members need none.",
            "Stop requiring",
        ),
        Call::Do(deed) => of_deed(model, deed),
        _ => (String::new(), "", "Do it"),
    };
    Words { title, body: vec![body.to_owned()], choices: Vec::new(), button: Some(button) }
}

fn of_deed(model: &Model, deed: &Deed) -> (String, &'static str, &'static str) {
    let team = model.team.as_ref();
    match deed {
        Deed::EditMember { id, edit } if edit.disabled == Some(true) => (
            format!("Shut {} out?", member(model, *id)),
            "Their sessions and API keys end now. You can let them in again.",
            "Shut out",
        ),
        Deed::EditMember { id, .. } => (
            format!("Let {} in again?", member(model, *id)),
            "They can sign in as before. Their old sessions and keys stay ended.",
            "Let in",
        ),
        Deed::RemoveMember(id) => (
            format!("Remove {} from the team?", member(model, *id)),
            "Their place, sessions and API keys end now. What they said and did stays theirs. Only a new invite brings them back.",
            "Remove",
        ),
        Deed::RevokeInvite(id) => {
            let invite = team.and_then(|team| team.invite(*id));
            let who =
                invite.map_or_else(|| "this address".to_owned(), |one| text::line(&one.email).into_owned());
            (format!("Revoke the invite for {who}?"), "The link lets nobody in any more.", "Revoke")
        }
        Deed::RevokeApiKey(id) => {
            let key = team.and_then(|team| team.key(*id));
            let name = key.map_or_else(|| "this one".to_owned(), |key| text::line(&key.name).into_owned());
            (
                format!("Revoke the API key {name}?"),
                "The program that uses it is refused from now on.",
                "Revoke",
            )
        }
        Deed::RetryJob(_) => (String::new(), "", "Try again"),
        Deed::GiveUpJob(id) => {
            let letter = team.and_then(|team| team.letter(*id));
            let work =
                letter.map_or_else(|| "do this".to_owned(), |letter| text::line(letter.work()).into_owned());
            (
                format!("Never {work} any more?"),
                "A text that has not left fails, and a customer without an answer needs a person.",
                "Let it go",
            )
        }
        Deed::EndSession(id) => {
            let session = team.and_then(|team| team.session(*id));
            let from = session.and_then(|session| session.address.as_deref()).map(text::line);
            let from = from.map_or_else(String::new, |address| format!(" from {address}"));
            (format!("End the session{from}?"), "Whoever uses it is signed out.", "End it")
        }
        Deed::EndOtherSessions => {
            ("End all your other sessions?".to_owned(), "Only this one goes on.", "End them")
        }
        // These have a form of their own.
        Deed::ChangePassword(_) | Deed::RemoveTotp(_) => (String::new(), "", "Do it"),
    }
}

fn member(model: &Model, id: UserId) -> String {
    model.member(id).map_or_else(|| "this member".to_owned(), |member| text::line(&member.name).into_owned())
}
