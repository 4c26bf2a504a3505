//! Invites: the way into an organization.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::auth::Role;
use crate::{At, InviteId, UserId, secret::shows};

/// `POST /api/v1/invites` → 201 [`NewInvite`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// Only the owner of this address can use it.
    pub email: String,
    pub role: Role,
    /// Seven when absent, thirty at most.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_in_days: Option<u32>,
}

/// `GET /api/v1/invites` items: those that can still be used.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenInvite {
    pub id: InviteId,
    pub email: String,
    pub role: Role,
    /// Absent: whoever runs the installation.
    pub invited_by: Option<UserId>,
    pub created_at: At,
    pub expires_at: At,
}

/// An invite with its token, which is told once: pass it on to the invited person and nobody else.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInvite {
    #[serde(flatten)]
    pub invite: OpenInvite,
    pub token: String,
    /// An [`InviteLink`]: what the invited person opens in a browser, or gives to `lotline join`.
    #[serde(default)]
    pub link: Option<String>,
    /// Why there is no link.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link_missing: Option<String>,
}

shows!(NewInvite: invite);

/// `POST /api/v1/auth/invites/show` → 200 [`ShownInvite`]: what the invite is for, told to whoever holds its token.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShowInvite {
    pub invite_token: String,
}

shows!(ShowInvite: );

/// An invite as the invited person sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownInvite {
    /// The name of the organization. For which address it is, its owner knows and a finder does not.
    pub organization: String,
    pub role: Role,
    pub expires_at: At,
}

/// `https://desk.example.com/join#TOKEN`. A browser keeps what follows the `#` to itself, so the token is in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteLink {
    /// The daemon's address, without a trailing slash.
    pub server: String,
    pub token: String,
}

shows!(InviteLink: server);

const PAGE: &str = "/join#";

impl fmt::Display for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{PAGE}{}", self.server, self.token)
    }
}

/// What was given is no link of an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an invite looks like https://desk.example.com/join#…; copy the whole link, with what follows the #")]
pub struct NoInviteLink;

impl FromStr for InviteLink {
    type Err = NoInviteLink;

    fn from_str(text: &str) -> Result<Self, NoInviteLink> {
        let (server, token) = text.trim().split_once(PAGE).ok_or(NoInviteLink)?;
        let host =
            server.strip_prefix("https://").or_else(|| server.strip_prefix("http://")).unwrap_or_default();
        let whole =
            !token.is_empty() && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if host.is_empty() || !whole {
            return Err(NoInviteLink);
        }
        Ok(Self { server: server.to_owned(), token: token.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link that lost its end in an e-mail is told apart from one that was used.
    #[test]
    fn a_link_is_read_as_it_was_written() {
        let link = InviteLink { server: "https://desk.example.com".into(), token: "aB3-_x".into() };
        assert_eq!(link.to_string(), "https://desk.example.com/join#aB3-_x");
        assert_eq!(format!(" {link}\n").parse(), Ok(link.clone()));
        assert!(!format!("{link:?}").contains("aB3"));
        for broken in [
            "",
            "aB3-_x",
            "https://desk.example.com/join",
            "https://desk.example.com/join#",
            "ftp://x/join#a",
            "https:///join#a",
            "https://x/join#a b",
        ] {
            assert_eq!(broken.parse::<InviteLink>(), Err(NoInviteLink), "{broken}");
        }
    }
}
