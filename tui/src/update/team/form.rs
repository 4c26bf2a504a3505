//! Forms of the team and account screens.

use lotline_common::{
    UserId,
    api::{
        api_key::{KeyScope, MakeApiKey},
        auth::Role,
        invite::Invite,
        me::{BothFactors, ChangePassword, ConfirmTotp},
        organization::EditMember,
    },
};

use super::super::edit::put;
use crate::{
    call::{Call, Deed},
    model::{
        Model,
        overlay::{Field, Form, FormKind, Value},
    },
};

/// The first line of an API key's form that is ticked.
const SCOPES: usize = 3;

pub(super) fn invite(model: &mut Model) {
    let fields = vec![Field::text("E-mail", ""), Field::role(Role::Agent, model.roles_to_give())];
    put(model, FormKind::Invite, fields);
}

pub(super) fn role(model: &mut Model, id: UserId) {
    let Some(role) = model.member(id).map(|member| member.role) else { return };
    put(model, FormKind::Role(id), vec![Field::role(role, Role::ALL)]);
}

pub(super) fn key(model: &mut Model) {
    let mut fields = vec![
        Field::text("What it is for", ""),
        Field::role(Role::Agent, Role::ALL),
        Field::text("Days it is good for, up to 366", "90"),
    ];
    let scopes = KeyScope::ALL.iter().map(|scope| Value::Scope(Some(*scope), false));
    let ticks = std::iter::once(Value::Scope(None, true)).chain(scopes);
    fields.extend(ticks.map(|value| Field { label: "", value }));
    put(model, FormKind::ApiKey, fields);
}

pub(super) fn password(model: &mut Model) {
    let fields = ["Present password", "New password", "New password again"].map(Field::secret);
    put(model, FormKind::Password, fields.into());
}

pub(super) fn new_codes(model: &mut Model) {
    put(model, FormKind::RenewCodes, both_factors());
}

pub(super) fn both_factors() -> Vec<Field> {
    vec![Field::secret("Password"), Field::text("Code of your app, or a recovery code", "")]
}

/// Ticks or unticks the line of the cursor. Everything, or single things: one excludes the other.
pub(in super::super) fn tick(form: &mut Form) {
    let line = form.line;
    let Some(Field { value: Value::Scope(scope, on), .. }) = form.fields.get_mut(line) else { return };
    *on = !*on;
    let (whole, on) = (scope.is_none(), *on);
    for field in &mut form.fields {
        if let Value::Scope(other, ticked) = &mut field.value
            && on
            && other.is_none() != whole
        {
            *ticked = false;
        }
    }
}

/// What the daemon is asked when the form is saved.
///
/// # Errors
/// What is missing, for the form to say.
pub(in super::super) fn call(form: &Form) -> Result<Call, &'static str> {
    let text = |line: usize| form.entered(line).to_owned();
    let given = |line: usize, why| if text(line).is_empty() { Err(why) } else { Ok(text(line)) };
    let both = || -> Result<BothFactors, &'static str> {
        let password = given(0, "Your password is needed")?;
        Ok(BothFactors { password, code: given(1, "A code is needed")? })
    };
    Ok(match form.kind {
        FormKind::Invite => {
            let email = given(0, "An e-mail address is needed: only its owner can use the invite")?;
            Call::Invite(Invite { email, role: chosen_role(form, 1)?, expires_in_days: None })
        }
        FormKind::Role(id) => {
            let edit = EditMember { role: Some(chosen_role(form, 0)?), disabled: None };
            Call::Do(Deed::EditMember { id, edit })
        }
        FormKind::ApiKey => Call::MakeApiKey(make_key(form)?),
        FormKind::Password => {
            let current_password = given(0, "Your present password is needed")?;
            let new_password = given(1, "Choose a new password")?;
            if text(2) != new_password {
                return Err("The new password is not the same both times");
            }
            Call::Do(Deed::ChangePassword(ChangePassword { current_password, new_password }))
        }
        FormKind::SetUpTotp => {
            Call::ConfirmTotp(ConfirmTotp { code: given(0, "Type the code your app shows")? })
        }
        FormKind::RemoveTotp => Call::Do(Deed::RemoveTotp(both()?)),
        FormKind::RenewCodes => Call::RenewCodes(both()?),
        _ => return Err("Nothing to save"),
    })
}

fn chosen_role(form: &Form, line: usize) -> Result<Role, &'static str> {
    match form.fields.get(line).map(|field| &field.value) {
        Some(Value::Role(role, _)) => Ok(*role),
        _ => Err("Choose a role"),
    }
}

fn make_key(form: &Form) -> Result<MakeApiKey, &'static str> {
    let name = Some(form.entered(0)).filter(|name| !name.is_empty()).ok_or("Say what the key is for")?;
    let days = form.entered(2).parse().ok().filter(|days| (1..=366).contains(days));
    let ticked = form.fields.iter().skip(SCOPES).filter_map(|field| match field.value {
        Value::Scope(scope, true) => Some(scope),
        _ => None,
    });
    let ticked: Vec<Option<KeyScope>> = ticked.collect();
    if ticked.is_empty() {
        return Err("Tick what the key may do");
    }
    Ok(MakeApiKey {
        name: name.to_owned(),
        role: chosen_role(form, 1)?,
        // One that stands for everything is no list.
        scopes: ticked.into_iter().collect(),
        expires_in_days: Some(days.ok_or("A key is good for 1 to 366 days")?),
    })
}
