//! Roles as types: a function that takes an [`Agent`] cannot be called by a viewer.

use lotline_common::{
    OrganizationId, SessionId, UserId,
    api::{
        auth::Role,
        turn::{Author, AuthorKind},
    },
};

use super::{once::Once, organization::OrgKey};

/// A signed-in member, acting in one organization.
#[derive(Debug, Clone)]
pub struct Principal {
    pub org: OrgKey,
    pub organization: OrganizationId,
    pub user: UserId,
    pub name: String,
    pub role: Role,
    pub session: SessionId,
    /// What they ask for is to be done once.
    pub once: Option<Once>,
}

impl Principal {
    /// As whom their deeds are told.
    pub fn author(&self) -> Author {
        Author { kind: AuthorKind::Member, id: Some(self.user.uuid()), name: Some(self.name.clone()) }
    }
}

/// The role does not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denied;

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
                if Self::ROLES.contains(&principal.role) { Ok(Self(principal)) } else { Err(Denied) }
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
            session: SessionId::new(),
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
}
