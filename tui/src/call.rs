//! What the team and account screens ask of the daemon, and what it answers.

use lotline_common::{
    ApiKeyId, InviteId, JobId, SessionId, UserId,
    api::{
        api_key::{ApiKey, MakeApiKey, NewApiKey},
        auth::Organization,
        dead_letter::DeadLetter,
        invite::{Invite, NewInvite, OpenInvite},
        me::{BothFactors, ChangePassword, ConfirmTotp, Me, OpenSession, RecoveryCodes, TotpSetup},
        organization::EditMember,
    },
    client::Error,
};

#[derive(Debug, Clone)]
pub enum Call {
    Invites,
    ApiKeys,
    DeadLetters,
    Sessions,
    Me,
    Invite(Invite),
    MakeApiKey(MakeApiKey),
    RequireTotp(bool),
    SetUpTotp,
    ConfirmTotp(ConfirmTotp),
    RenewCodes(BothFactors),
    Do(Deed),
}

/// What the daemon answers with nothing but "done".
#[derive(Debug, Clone)]
pub enum Deed {
    EditMember { id: UserId, edit: EditMember },
    RemoveMember(UserId),
    RevokeInvite(InviteId),
    RevokeApiKey(ApiKeyId),
    RetryJob(JobId),
    GiveUpJob(JobId),
    EndSession(SessionId),
    EndOtherSessions,
    ChangePassword(ChangePassword),
    RemoveTotp(BothFactors),
}

#[derive(Debug)]
pub enum Answer {
    Invites(Result<Vec<OpenInvite>, Error>),
    ApiKeys(Result<Vec<ApiKey>, Error>),
    DeadLetters(Result<Vec<DeadLetter>, Error>),
    Sessions(Result<Vec<OpenSession>, Error>),
    Me(Result<Box<Me>, Error>),
    Invited(Result<Box<NewInvite>, Error>),
    ApiKeyMade(Result<Box<NewApiKey>, Error>),
    Organization(Result<Organization, Error>),
    TotpBegun(Result<TotpSetup, Error>),
    /// After a second factor was set up, or asked for anew.
    Codes(Result<RecoveryCodes, Error>),
    Done {
        deed: Deed,
        done: Result<(), Error>,
    },
}
