//! People, API keys and the operator's own account: what was fetched of them, and the selected line.

use lotline_common::{
    ApiKeyId, InviteId, JobId, SessionId, UserId,
    api::{
        api_key::ApiKey,
        auth::Role,
        dead_letter::DeadLetter,
        invite::OpenInvite,
        me::{Me, OpenSession},
        organization::Member,
    },
};

use super::Model;
use crate::{action::Action, key::Context};

/// The pages of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    People,
    Keys,
    Work,
    Account,
}

impl Page {
    pub const fn name(self) -> &'static str {
        match self {
            Self::People => "People",
            Self::Keys => "API keys",
            Self::Work => "Given-up work",
            Self::Account => "My account",
        }
    }

    pub const fn context(self) -> Context {
        match self {
            Self::People => Context::People,
            Self::Keys => Context::Keys,
            Self::Work => Context::Work,
            Self::Account => Context::Account,
        }
    }
}

/// What can be selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    Member(UserId),
    Invite(InviteId),
    Key(ApiKeyId),
    Letter(JobId),
    Session(SessionId),
}

#[derive(Debug)]
pub struct Team {
    pub page: Page,
    /// By what it is, so that news never moves the selection to somebody else.
    pub chosen: Option<Row>,
    /// Where it stood, for when it is gone.
    pub line: usize,
    /// `None` until the daemon has answered.
    pub invites: Option<Vec<OpenInvite>>,
    pub keys: Option<Vec<ApiKey>>,
    pub letters: Option<Vec<DeadLetter>>,
    pub sessions: Option<Vec<OpenSession>>,
    pub me: Option<Box<Me>>,
    /// Why something could not be read.
    pub trouble: Option<String>,
}

impl Team {
    pub const fn new(page: Page) -> Self {
        Self {
            page,
            chosen: None,
            line: 0,
            invites: None,
            keys: None,
            letters: None,
            sessions: None,
            me: None,
            trouble: None,
        }
    }

    pub fn invite(&self, id: InviteId) -> Option<&OpenInvite> {
        self.invites.iter().flatten().find(|invite| invite.id == id)
    }

    pub fn key(&self, id: ApiKeyId) -> Option<&ApiKey> {
        self.keys.iter().flatten().find(|key| key.id == id)
    }

    pub fn letter(&self, id: JobId) -> Option<&DeadLetter> {
        self.letters.iter().flatten().find(|letter| letter.id == id)
    }

    pub fn session(&self, id: SessionId) -> Option<&OpenSession> {
        self.sessions.iter().flatten().find(|session| session.id == id)
    }
}

impl Model {
    fn has_role(&self, roles: &[Role]) -> bool {
        self.seat.as_ref().is_some_and(|seat| roles.contains(&seat.role))
    }

    pub fn is_admin(&self) -> bool {
        self.has_role(&[Role::Admin])
    }

    /// May invite people, and see who is invited.
    pub fn may_invite(&self) -> bool {
        self.has_role(&[Role::Admin, Role::Manager])
    }

    /// The roles that this operator may invite somebody into.
    pub fn roles_to_give(&self) -> &'static [Role] {
        if self.is_admin() { Role::ALL } else { &[Role::Agent, Role::Viewer] }
    }

    pub fn member(&self, id: UserId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    /// The pages that this operator may see.
    pub fn pages(&self) -> &'static [Page] {
        if self.is_admin() {
            &[Page::People, Page::Keys, Page::Work, Page::Account]
        } else {
            &[Page::People, Page::Work, Page::Account]
        }
    }

    /// Everything that can be selected on the open page, in the order shown.
    pub fn rows(&self) -> Vec<Row> {
        let Some(team) = &self.team else { return Vec::new() };
        match team.page {
            Page::People => {
                let invites = team.invites.iter().flatten().map(|invite| Row::Invite(invite.id));
                self.members.iter().map(|member| Row::Member(member.id)).chain(invites).collect()
            }
            Page::Keys => team.keys.iter().flatten().map(|key| Row::Key(key.id)).collect(),
            Page::Work => team.letters.iter().flatten().map(|letter| Row::Letter(letter.id)).collect(),
            Page::Account => team.sessions.iter().flatten().map(|session| Row::Session(session.id)).collect(),
        }
    }

    /// The selected line: the same thing as before, or what stands where it stood.
    pub fn chosen(&self) -> Option<Row> {
        let (team, rows) = (self.team.as_ref()?, self.rows());
        let kept = team.chosen.filter(|row| rows.contains(row));
        kept.or_else(|| rows.get(team.line.min(rows.len().checked_sub(1)?)).copied())
    }

    /// False for what this operator may not do, or what means nothing for the selected line.
    pub fn offers(&self, action: Action) -> bool {
        let Some(team) = &self.team else { return true };
        let row = self.chosen();
        let other = matches!(row, Some(Row::Member(id)) if Some(id) != self.me());
        let totp = team.me.as_ref().map(|me| me.totp);
        match action {
            Action::Invite => self.may_invite(),
            Action::ChangeRole | Action::ShutOut => self.is_admin() && other,
            Action::Remove => match row {
                Some(Row::Invite(_)) => self.may_invite(),
                _ => self.is_admin() && other,
            },
            Action::RequireTotp | Action::MakeKey => self.is_admin(),
            Action::RevokeKey => self.is_admin() && row.is_some(),
            Action::TryAgain | Action::LetGo => self.may_write() && row.is_some(),
            Action::EndSession => match row {
                Some(Row::Session(id)) => team.session(id).is_some_and(|session| !session.current),
                _ => false,
            },
            Action::EndOthers => team.sessions.iter().flatten().any(|session| !session.current),
            Action::SecondFactor => totp.is_some(),
            Action::RenewCodes => totp == Some(true),
            Action::ApiKeys => self.is_admin(),
            _ => true,
        }
    }
}
