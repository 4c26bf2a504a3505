//! `lotline join`: an invite is accepted in the terminal, and its person is signed in.

use std::path::PathBuf;

use lotline_common::{
    api::{
        auth::{AcceptInvite, Session, SignUp},
        invite::{InviteLink, NoInviteLink},
    },
    client::Client,
};
use rpassword::prompt_password;

use super::{Failure, ask, say};
use crate::disk::SessionFile;

/// Nothing is asked before it is known that the invite can be used. The sign-in is kept in `file`.
pub(super) async fn run(link: Option<String>, file: PathBuf) -> Result<(), Failure> {
    let link = match link {
        Some(link) => link,
        None => ask("Link of the invite: ")?,
    };
    let InviteLink { server, token } =
        link.parse().map_err(|error: NoInviteLink| Failure::Usage(error.to_string()))?;
    let client = &Client::new(&server, SessionFile { path: file, server: server.clone() })?;
    let invite = client.show_invite(&token).await?;
    say(&format!("{} invites you as {}.", invite.organization, invite.role))?;
    let email = ask("Your e-mail address, where the invite was sent: ")?;
    let session = if ask("Do you have a Lotline account? [y/N] ")?.to_lowercase().starts_with('y') {
        enter(client, email, token).await?
    } else {
        match register(client, email.clone(), token.clone()).await {
            Err(Failure::Client(error)) if error.code() == Some("email_taken") => {
                say("There is an account with this address: its password lets you in.")?;
                enter(client, email, token).await?
            }
            other => other?,
        }
    };
    say(&format!(
        "Signed in as {} at {}; `lotline` opens the console",
        session.user.name, session.organization.name
    ))
}

/// Somebody new.
async fn register(client: &Client, email: String, token: String) -> Result<Session, Failure> {
    let name = ask("Your name: ")?;
    let chosen = prompt_password("A password, 12 characters or more: ")?;
    if prompt_password("The same again: ")? != chosen {
        return Err(Failure::Usage("the two passwords differ; nothing was done".to_owned()));
    }
    let body = SignUp { email, password: chosen, name, organization: None, invite_token: Some(token) };
    Ok(client.sign_up(&body).await?)
}

/// Somebody with an account.
async fn enter(client: &Client, email: String, token: String) -> Result<Session, Failure> {
    let password = prompt_password("Password: ")?;
    let mut body = AcceptInvite { email, password, totp: None, invite_token: token };
    match client.accept_invite(&body).await {
        Err(error) if error.code() == Some("totp_required") => {
            body.totp = Some(ask("Code: ")?);
            Ok(client.accept_invite(&body).await?)
        }
        other => Ok(other?),
    }
}
