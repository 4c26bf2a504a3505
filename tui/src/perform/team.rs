//! Calls of the team and account screens.

use lotline_common::{
    api::organization::EditOrganization,
    client::{Client, Error},
};

use crate::call::{Answer, Call, Deed};

pub(super) async fn call(client: &Client, call: Call) -> Answer {
    match call {
        Call::Invites => Answer::Invites(client.invites().await.map(|page| page.items)),
        Call::ApiKeys => Answer::ApiKeys(client.api_keys().await.map(|page| page.items)),
        Call::DeadLetters => Answer::DeadLetters(client.dead_letters().await.map(|page| page.items)),
        Call::Sessions => Answer::Sessions(client.sessions().await.map(|page| page.items)),
        Call::Me => Answer::Me(client.me().await.map(Box::new)),
        Call::Invite(body) => Answer::Invited(client.invite(&body).await.map(Box::new)),
        Call::MakeApiKey(body) => Answer::ApiKeyMade(client.make_api_key(&body).await.map(Box::new)),
        Call::RequireTotp(required) => {
            let edit = EditOrganization { require_totp: Some(required), ..EditOrganization::default() };
            Answer::Organization(client.edit_organization(&edit).await)
        }
        Call::SetUpTotp => Answer::TotpBegun(client.set_up_totp().await),
        Call::ConfirmTotp(body) => Answer::Codes(client.confirm_totp(&body).await),
        Call::RenewCodes(body) => Answer::Codes(client.renew_recovery_codes(&body).await),
        Call::Do(deed) => Answer::Done { done: carry_out(client, &deed).await, deed },
    }
}

async fn carry_out(client: &Client, deed: &Deed) -> Result<(), Error> {
    match deed {
        Deed::EditMember { id, edit } => client.edit_member(*id, edit).await.map(drop),
        Deed::RemoveMember(id) => client.remove_member(*id).await,
        Deed::RevokeInvite(id) => client.revoke_invite(*id).await,
        Deed::RevokeApiKey(id) => client.revoke_api_key(*id).await,
        Deed::RetryJob(id) => client.retry_job(*id).await,
        Deed::GiveUpJob(id) => client.give_up_job(*id).await,
        Deed::EndSession(id) => client.end_session(*id).await,
        Deed::EndOtherSessions => client.end_other_sessions().await,
        Deed::ChangePassword(body) => client.change_password(body).await,
        Deed::RemoveTotp(body) => client.remove_totp(body).await,
    }
}
