//! Roles as types: a function that takes an [`Agent`] cannot be called by a viewer.

use std::sync::Arc;

use lotline_common::{
    ApiKeyId, OrganizationId, SessionId, UserId,
    api::{
        api_key::KeyScope,
        audit::AuditActorKind,
        auth::Role,
        turn::{Author, AuthorKind},
    },
};

use super::{
    audit::{Actor, Origin},
    once::Once,
    organization::OrgKey,
};

/// What somebody came in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    Session(SessionId),
    /// A program that acts for the member who made the key.
    Key(ApiKeyId),
}

/// A member, or a key of theirs, acting in one organization.
#[derive(Debug, Clone)]
pub struct Principal {
    pub org: OrgKey,
    pub organization: OrganizationId,
    pub user: UserId,
    pub name: String,
    pub role: Role,
    pub credential: Credential,
    /// What a key was narrowed to; `None`: everything that the role may.
    pub scopes: Option<Arc<[KeyScope]>>,
    /// The organization wants a second factor that this member has not set up.
    pub totp_missing: bool,
    /// Where the request came from, for the audit log.
    pub origin: Origin,
    /// What they ask for is to be done once.
    pub once: Option<Once>,
}

impl Principal {
    /// As whom their deeds are told.
    pub fn author(&self) -> Author {
        Author { kind: AuthorKind::Member, id: Some(self.user.uuid()), name: Some(self.name.clone()) }
    }

    /// Do they get into a route of this scope, whatever their role? One without a scope is not for narrowed keys.
    pub fn reaches(&self, route: Option<KeyScope>) -> Result<(), Denied> {
        match (&self.scopes, route) {
            (None, _) => Ok(()),
            (Some(own), Some(needed)) if own.contains(&needed) => Ok(()),
            (Some(_), Some(needed)) => Err(Denied::Scope(needed)),
            (Some(_), None) => Err(Denied::Key),
        }
    }

    /// As whom the audit log tells their deeds.
    pub fn actor(&self) -> Actor {
        let member = Actor::member(self.user, self.name.clone(), self.origin.clone());
        match self.credential {
            Credential::Session(_) => member,
            Credential::Key(_) => Actor { kind: AuditActorKind::ApiKey, ..member },
        }
    }
}

/// Why somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The role does not reach.
    Role,
    /// Not before a second factor is set up.
    TotpMissing,
    /// A person does this, no key.
    Key,
    /// The key was narrowed to others.
    Scope(KeyScope),
}

/// May somebody of one role invite somebody into another? Managers look after those who talk to customers.
pub fn may_invite(inviter: Role, invited: Role) -> bool {
    match inviter {
        Role::Admin => true,
        Role::Manager => matches!(invited, Role::Agent | Role::Viewer),
        Role::Agent | Role::Viewer => false,
    }
}

/// The role of a key: the one it was made with, and never more than its maker has now.
pub fn key_role(made_with: Role, maker: Role) -> Role {
    // The words stand from the highest role to the lowest.
    made_with.max(maker)
}

macro_rules! role {
    ($(#[$meta:meta])* $name:ident: $($allowed:ident)|+) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name(Principal);

        impl $name {
            pub const ROLES: &'static [Role] = &[$(Role::$allowed),+];
        }

        impl TryFrom<Principal> for $name {
            type Error = Denied;

            fn try_from(principal: Principal) -> Result<Self, Denied> {
                if principal.totp_missing {
                    return Err(Denied::TotpMissing);
                }
                if Self::ROLES.contains(&principal.role) { Ok(Self(principal)) } else { Err(Denied::Role) }
            }
        }

        impl std::ops::Deref for $name {
            type Target = Principal;

            fn deref(&self) -> &Principal {
                &self.0
            }
        }
    };
}

role!(/// May read.
    Viewer: Admin | Manager | Agent | Viewer);
role!(/// May talk to customers.
    Agent: Admin | Manager | Agent);
role!(/// May change how the team works.
    Manager: Admin | Manager);
role!(/// May change accounts, numbers and people.
    Admin: Admin);

macro_rules! person {
    ($(#[$meta:meta])* $name:ident: $without_totp:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            principal: Principal,
            pub session: SessionId,
        }

        impl TryFrom<Principal> for $name {
            type Error = Denied;

            fn try_from(principal: Principal) -> Result<Self, Denied> {
                match principal.credential {
                    Credential::Key(_) => Err(Denied::Key),
                    Credential::Session(_) if principal.totp_missing && !$without_totp => Err(Denied::TotpMissing),
                    Credential::Session(session) => Ok(Self { principal, session }),
                }
            }
        }

        impl std::ops::Deref for $name {
            type Target = Principal;

            fn deref(&self) -> &Principal {
                &self.principal
            }
        }
    };
}

person!(/// Signed in themselves, in any role: may change what is theirs alone.
    Person: false);
person!(/// The same, perhaps still without the second factor that the organization wants.
    Entrant: true);

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(role: Role) -> Principal {
        Principal {
            org: OrgKey::new(1),
            organization: OrganizationId::new(),
            user: UserId::new(),
            name: "Dana Example".into(),
            role,
            credential: Credential::Session(SessionId::new()),
            scopes: None,
            totp_missing: false,
            origin: Origin::default(),
            once: None,
        }
    }

    #[test]
    fn each_role_may_do_what_the_lower_ones_may_and_no_more() {
        let reach = |role| {
            [
                Viewer::try_from(principal(role)).is_ok(),
                Agent::try_from(principal(role)).is_ok(),
                Manager::try_from(principal(role)).is_ok(),
                Admin::try_from(principal(role)).is_ok(),
            ]
        };
        assert_eq!(reach(Role::Viewer), [true, false, false, false]);
        assert_eq!(reach(Role::Agent), [true, true, false, false]);
        assert_eq!(reach(Role::Manager), [true, true, true, false]);
        assert_eq!(reach(Role::Admin), [true, true, true, true]);
    }

    /// A stolen password must not get past the rule that everybody has a second factor, whatever the role.
    #[test]
    fn without_the_second_factor_nothing_but_setting_it_up() {
        for &role in Role::ALL {
            let newcomer = Principal { totp_missing: true, ..principal(role) };
            assert_eq!(Viewer::try_from(newcomer.clone()).err(), Some(Denied::TotpMissing));
            assert_eq!(Admin::try_from(newcomer.clone()).err(), Some(Denied::TotpMissing));
            assert_eq!(Person::try_from(newcomer.clone()).err(), Some(Denied::TotpMissing));
            assert!(Entrant::try_from(newcomer).is_ok());
        }
    }

    /// Otherwise whoever finds a key in a script changes the password of its maker.
    #[test]
    fn a_key_is_no_person() {
        let key = Principal { credential: Credential::Key(ApiKeyId::new()), ..principal(Role::Admin) };
        assert!(Admin::try_from(key.clone()).is_ok());
        assert_eq!(Person::try_from(key.clone()).err(), Some(Denied::Key));
        assert_eq!(Entrant::try_from(key).err(), Some(Denied::Key));
    }

    /// A key for the CRM's reports that also sends texts is the leak that its maker meant to rule out.
    #[test]
    fn a_narrowed_key_reaches_its_own_scopes_and_no_route_without_one() {
        let whole = principal(Role::Admin);
        let narrow = Principal { scopes: Some([KeyScope::LeadsRead].into()), ..whole.clone() };
        assert_eq!(narrow.reaches(Some(KeyScope::LeadsRead)), Ok(()));
        assert_eq!(narrow.reaches(Some(KeyScope::LeadsWrite)), Err(Denied::Scope(KeyScope::LeadsWrite)));
        assert_eq!(narrow.reaches(None), Err(Denied::Key));
        assert_eq!((whole.reaches(Some(KeyScope::AuditRead)), whole.reaches(None)), (Ok(()), Ok(())));
    }

    #[test]
    fn nobody_gives_more_than_they_have() {
        let invites = |inviter: Role| Role::ALL.iter().filter(|role| may_invite(inviter, **role)).count();
        assert_eq!(Role::ALL.iter().map(|role| invites(*role)).collect::<Vec<_>>(), [4, 2, 0, 0]);
        assert!(!may_invite(Role::Manager, Role::Manager));
        for (made_with, maker, role) in [
            (Role::Admin, Role::Agent, Role::Agent),
            (Role::Viewer, Role::Admin, Role::Viewer),
            (Role::Manager, Role::Manager, Role::Manager),
        ] {
            assert_eq!(key_role(made_with, maker), role);
        }
    }
}
