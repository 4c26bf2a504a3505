//! Forms: a new lead, a lead's facts, a note, an opt-out.

use crossterm::event::KeyCode;
use lotline_common::{
    LeadId, UserId,
    api::lead::{CreateLead, EditLead, Lead, LeadStatus},
};

use super::{act::tell, ask, team};
use crate::{
    action::Action,
    cmd::Cmd,
    key::Key,
    model::{
        Model,
        notice::Level,
        overlay::{Ask, Field, Form, FormKind, Overlay, Value},
    },
};

pub(super) fn put(model: &mut Model, kind: FormKind, fields: Vec<Field>) {
    let before = match kind {
        FormKind::EditLead { lead, .. } => model.inbox.lead(lead).map(Box::new),
        _ => None,
    };
    model.overlay = Some(Overlay::Form(Form { before, ..Form::new(kind, fields) }));
}

pub(super) fn new_lead(model: &mut Model) {
    let fields = vec![Field::text("Phone", ""), Field::text("Name", ""), Field::text("Vehicle", "")];
    put(model, FormKind::NewLead, fields);
}

pub(super) fn edit_lead(model: &mut Model, lead: &Lead) {
    let fields = vec![
        Field::text("Name", lead.name.as_deref().unwrap_or_default()),
        Field { label: "Status", value: Value::Status(lead.status) },
        Field::text("Vehicle", lead.vehicle.as_deref().unwrap_or_default()),
    ];
    put(model, FormKind::EditLead { lead: lead.id, version: lead.version }, fields);
}

pub(super) fn assign(model: &mut Model, lead: &Lead) {
    let member = lead.assigned_to.as_ref().map(|member| member.id).or(model.me());
    let fields = vec![Field { label: "Assigned to", value: Value::Member(member) }];
    put(model, FormKind::Assign { lead: lead.id, version: lead.version }, fields);
}

pub(super) fn note(model: &mut Model, lead: LeadId) {
    put(model, FormKind::Note(lead), vec![Field::text("Note", "")]);
}

pub(super) fn opt_out(model: &mut Model, lead: LeadId) {
    put(model, FormKind::OptOut(lead), vec![Field::text("What the customer said, and where", "")]);
}

fn form(model: &mut Model) -> Option<&mut Form> {
    match &mut model.overlay {
        Some(Overlay::Form(form)) if !form.busy => Some(form),
        _ => None,
    }
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Cmd> {
    if action == Action::No {
        model.overlay = None;
        return Vec::new();
    }
    let Some(form) = form(model) else {
        return Vec::new();
    };
    let count = form.fields.len();
    match action {
        Action::NextField => form.line = (form.line + 1) % count,
        Action::PreviousField => form.line = (form.line + count - 1) % count,
        Action::Submit if form.line + 1 < count => form.line += 1,
        Action::Submit | Action::Save => return submit(model),
        _ => {}
    }
    Vec::new()
}

pub(super) fn type_into(model: &mut Model, key: Key) -> Vec<Cmd> {
    // Nothing can be given to somebody who is shut out.
    let able = model.members.iter().filter(|member| !member.disabled);
    let members: Vec<UserId> = able.map(|member| member.id).collect();
    let Some(form) = form(model) else {
        return Vec::new();
    };
    form.trouble = None;
    let back = key.code == KeyCode::Left;
    let step = back || key.code == KeyCode::Right || key.typed() == Some(' ');
    if step && matches!(form.fields.get(form.line), Some(Field { value: Value::Scope(..), .. })) {
        team::form::tick(form);
        return Vec::new();
    }
    match form.fields.get_mut(form.line).map(|field| &mut field.value) {
        Some(Value::Text(input) | Value::Secret(input)) => {
            input.handle(key);
        }
        Some(Value::Status(status)) if step => *status = next(LeadStatus::ALL, *status, back),
        Some(Value::Member(member)) if step => *member = next_member(&members, *member, back),
        Some(Value::Role(role, of)) if step => *role = next(of, *role, back),
        _ => {}
    }
    Vec::new()
}

pub(super) fn paste(model: &mut Model, text: &str) {
    if let Some(form) = form(model)
        && let Some(Value::Text(input) | Value::Secret(input)) =
            form.fields.get_mut(form.line).map(|field| &mut field.value)
    {
        input.insert(text);
    }
}

/// Around the ends.
fn next<T: Copy + PartialEq>(all: &[T], now: T, back: bool) -> T {
    let at = all.iter().position(|known| *known == now).unwrap_or(0);
    all[(at + if back { all.len() - 1 } else { 1 }) % all.len()]
}

/// Around the members, with nobody between the last and the first.
fn next_member(members: &[UserId], member: Option<UserId>, back: bool) -> Option<UserId> {
    let places = members.len() + 1;
    let at = member.and_then(|id| members.iter().position(|known| *known == id)).unwrap_or(members.len());
    members.get((at + if back { places - 1 } else { 1 }) % places).copied()
}

fn submit(model: &mut Model) -> Vec<Cmd> {
    let Some(Overlay::Form(form)) = &model.overlay else {
        return Vec::new();
    };
    // After a refusal the operator knows that somebody else changed it, and what to.
    let newest = |lead, version| {
        let known = model.inbox.lead(lead).filter(|_| form.refused);
        known.map_or(version, |lead| lead.version)
    };
    let cmd = match form.kind {
        FormKind::NewLead => create(form),
        FormKind::Note(id) => Some(Cmd::AddNote { id, text: form.entered(0).to_owned() })
            .filter(|_| !form.entered(0).is_empty())
            .ok_or("Write the note first"),
        FormKind::OptOut(lead) => {
            let note = form.entered(0).to_owned();
            if note.is_empty() {
                Err("Write down what the customer said; the record must show it")
            } else {
                ask::put(model, Ask::OptOut { lead, note });
                return Vec::new();
            }
        }
        FormKind::Assign { lead, version } => match form.fields[0].value {
            Value::Member(member) => {
                let edit = EditLead { assigned_to: Some(member), ..EditLead::default() };
                Ok(Cmd::EditLead { id: lead, version: newest(lead, version), edit: Box::new(edit) })
            }
            _ => Err("Choose a member"),
        },
        FormKind::EditLead { lead, version } => {
            let Some(edit) = changes(form) else {
                model.overlay = None;
                return tell(model, Level::Info, "Nothing was changed");
            };
            Ok(Cmd::EditLead { id: lead, version: newest(lead, version), edit: Box::new(edit) })
        }
        _ => team::form::call(form).map(Cmd::Team),
    };
    let Some(Overlay::Form(form)) = &mut model.overlay else {
        return Vec::new();
    };
    match cmd {
        Ok(cmd) => {
            form.busy = true;
            vec![cmd]
        }
        Err(trouble) => {
            form.trouble = Some(trouble.to_owned());
            Vec::new()
        }
    }
}

fn create(form: &Form) -> Result<Cmd, &'static str> {
    let some = |line| Some(form.entered(line)).filter(|text| !text.is_empty()).map(str::to_owned);
    let phone = some(0).ok_or("A phone number is needed, such as (303) 555-0101")?;
    Ok(Cmd::CreateLead(CreateLead { phone, name: some(1), vehicle: some(2), source: None }))
}

/// Only what differs is sent, so that two operators who edit different things do not undo each other.
fn changes(form: &Form) -> Option<EditLead> {
    let lead = form.before.as_deref()?;
    let text = |line, old: &Option<String>| {
        let new = Some(form.entered(line)).filter(|text| !text.is_empty()).map(str::to_owned);
        (new != *old).then_some(new)
    };
    let status = match form.fields.get(1).map(|field| &field.value) {
        Some(Value::Status(status)) if *status != lead.status => Some(*status),
        _ => None,
    };
    let edit = EditLead {
        name: text(0, &lead.name),
        status,
        vehicle: text(2, &lead.vehicle),
        ..EditLead::default()
    };
    let any = edit.name.is_some() || edit.status.is_some() || edit.vehicle.is_some();
    any.then_some(edit)
}
