//! Setting up a second factor: because one wants to, or because the organization lets nobody in without.

use lotline_common::{
    OrganizationId,
    api::me::{RecoveryCodes, TotpSetup},
    client::Error,
    secret::Secret,
};

use super::super::{edit, failure, session, told};
use super::form;
use crate::{
    call::Call,
    cmd::Cmd,
    model::{
        Model,
        overlay::{Enrolment, Field, Form, FormKind, Overlay},
    },
    widget::qr::Qr,
};

/// Sets one up, or asks for what is needed to remove it.
pub(super) fn second_factor(model: &mut Model) -> Vec<Cmd> {
    let used = model.team.as_ref().and_then(|team| team.me.as_ref()).is_some_and(|me| me.totp);
    if used {
        edit::put(model, FormKind::RemoveTotp, form::both_factors());
        return Vec::new();
    }
    vec![Cmd::Team(Call::SetUpTotp)]
}

/// A session that is good for nothing else until then.
pub(in super::super) fn lead(model: &mut Model, organization: OrganizationId, name: &str) -> Vec<Cmd> {
    model.enrolling = Some(organization);
    model.sign_in.busy = true;
    model.sign_in.trouble =
        Some(format!("{name} asks everybody for a second factor. Sign in again to set yours up."));
    vec![Cmd::Team(Call::SetUpTotp)]
}

/// The organization wants one since now: the desk is left for it.
pub(in super::super) fn wanted(model: &mut Model) -> Vec<Cmd> {
    let Some(seat) = &model.seat else { return Vec::new() };
    let (id, name) = (seat.organization.id, seat.organization.name.clone());
    let mut cmds = session::signed_out(model);
    cmds.extend(lead(model, id, &name));
    cmds
}

pub(super) fn begun(model: &mut Model, setup: Result<TotpSetup, Error>) -> Vec<Cmd> {
    model.sign_in.busy = false;
    match setup {
        Ok(setup) => {
            let qr = Qr::new(&setup.otpauth_url);
            let enrolment = Some(Enrolment { secret: Secret::from(setup.secret), qr });
            let fields = vec![Field::text("Code that the app shows", "")];
            let form = Form::new(FormKind::SetUpTotp, fields);
            model.overlay = Some(Overlay::Form(Form { enrolment, ..form }));
            Vec::new()
        }
        // The kept sign-in is older than the second factor: a new one says that it is there.
        Err(error) if error.code() == Some("totp_in_use") && model.enrolling.is_some() => {
            model.enrolling.take().map(Cmd::Switch).into_iter().collect()
        }
        Err(error) if model.seat.is_none() => {
            model.sign_in.trouble = Some(error.to_string());
            Vec::new()
        }
        Err(error) => failure::say(model, "The second factor cannot be set up", &error, None),
    }
}

/// It is in force, or has other recovery codes.
pub(super) fn codes(model: &mut Model, codes: RecoveryCodes) -> Vec<Cmd> {
    let say = "Without your phone, each of these signs you in once in place of a code. Keep them where you keep passwords.";
    told::show(model, "Recovery codes", say.to_owned(), codes.recovery_codes);
    super::fetch(model)
}
