//! The footer: what was just said, or else the keys that do something here and now.

use lotline_common::api::lead::FloorKind;
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use super::{frame::ellipsis, lately::notice_text, question};
use crate::{
    action::{ALL, Action, Group, Spec},
    key::{self, Context},
    keymap::Found,
    model::{
        Model,
        inbox::holds,
        notice::{Level, Notice},
        overlay::{Form, Overlay, Question},
        team::Row,
    },
    widget::wrap::fit,
};

/// Keys and what they do.
type Hint = (String, String);

pub(super) fn footer(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    // Somebody in a dialog, or in the middle of a sequence of keys, needs the keys; the header still counts who waits.
    match model.notices.showing(model.now) {
        Some(notice) if model.pressed.is_empty() && model.overlay.is_none() => {
            said(model, notice, frame, area)
        }
        _ => keys(model, frame, area),
    }
}

fn said(model: &Model, notice: &Notice, frame: &mut Frame<'_>, area: Rect) {
    let style = match notice.level {
        Level::Info => model.theme.accent(),
        Level::Warn => model.theme.warn(),
        Level::Bad => model.theme.danger(),
    };
    let say = fit(&format!(" {}", notice_text(model, notice)), usize::from(area.width), ellipsis(model));
    frame.render_widget(Line::styled(say, style), area);
}

fn keys(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let hints = if model.pressed.is_empty() { hints(model) } else { continuations(model) };
    let wide = |(keys, label): &Hint| keys.width() + label.width() + 3;
    // The way to everything else keeps its place, however narrow the screen.
    let help = hints.iter().position(|(_, label)| label == Action::Help.spec().hint);
    let mut room = usize::from(area.width).saturating_sub(1 + help.map_or(0, |at| wide(&hints[at])));
    let mut spans = vec![Span::raw(" ")];
    let mut full = false;
    for (index, hint) in hints.iter().enumerate() {
        full |= wide(hint) > room + 2;
        if full && Some(index) != help {
            continue;
        }
        if Some(index) != help {
            room = room.saturating_sub(wide(hint));
        }
        spans.push(Span::styled(hint.0.clone(), model.theme.accent()));
        spans.push(Span::raw(format!(" {}  ", hint.1)));
    }
    frame.render_widget(Line::from(spans), area);
}

/// What can be done here, the most useful first.
fn hints(model: &Model) -> Vec<Hint> {
    if model.inbox.typing.is_some() && model.overlay.is_none() {
        return [("Enter", "keep"), ("Esc", "clear"), ("Up Down", "move")]
            .map(|(key, label)| (key.to_owned(), label.to_owned()))
            .into();
    }
    match &model.overlay {
        Some(Overlay::Question(question)) => asked(model, question),
        Some(Overlay::Form(form)) => filled(model, form),
        Some(Overlay::Notices { .. }) => named(
            model,
            &[(Action::ChoiceAfter, "older"), (Action::ChoiceBefore, "newer"), (Action::No, "close")],
        ),
        Some(Overlay::Wrong { .. }) => named(
            model,
            &[(Action::ChoiceAfter, "later"), (Action::ChoiceBefore, "earlier"), (Action::No, "close")],
        ),
        Some(Overlay::Settings { .. }) => named(
            model,
            &[(Action::ChoiceAfter, "change"), (Action::NextField, "next line"), (Action::No, "close")],
        ),
        Some(Overlay::Finder(_) | Overlay::Help(_) | Overlay::Audit(_) | Overlay::Told(_)) | None => {
            registered(model)
        }
    }
}

/// The registry's hints for this place, without those that would do nothing now.
fn registered(model: &Model) -> Vec<Hint> {
    let context = model.context();
    let fits = |spec: &&Spec| spec.rank > 0 && spec.contexts.contains(&context) && useful(model, spec);
    let mut specs: Vec<_> = ALL.iter().filter(fits).collect();
    // What a page is for stands before what the desk has as well.
    specs.sort_by_key(|spec| (model.team.is_some() && spec.contexts.contains(&Context::List), spec.rank));
    let hint =
        |spec: &&Spec| Some((model.keymap.key_in(context, spec.action)?, label(model, spec).to_owned()));
    specs.iter().filter_map(hint).collect()
}

/// What a key does here, where that depends on what is selected.
fn label(model: &Model, spec: &Spec) -> &'static str {
    let Some(team) = &model.team else { return spec.hint };
    let chosen = model.chosen();
    let required = model.seat.as_ref().is_some_and(|seat| seat.organization.require_totp);
    let member = match chosen {
        Some(Row::Member(id)) => model.member(id),
        _ => None,
    };
    match spec.action {
        Action::Remove if matches!(chosen, Some(Row::Invite(_))) => "revoke",
        Action::ShutOut if member.is_some_and(|member| member.disabled) => "let in",
        Action::RequireTotp if required => "stop requiring 2FA",
        Action::SecondFactor if team.me.as_ref().is_some_and(|me| me.totp) => "remove 2FA",
        Action::SecondFactor => "set up 2FA",
        Action::NextView => "page",
        _ => spec.hint,
    }
}

fn useful(model: &Model, spec: &Spec) -> bool {
    if model.team.is_some() {
        return model.offers(spec.action) && spec.action != Action::Bottom;
    }
    if !model.may_write() && matches!(spec.group, Group::Talk | Group::Ai | Group::Lead) {
        return false;
    }
    let (lead, thread) = (model.open(), model.open_thread());
    match spec.action {
        Action::TakeOver => lead.is_some_and(|lead| !holds(&lead, model.me())),
        Action::HandBack => lead.is_some_and(|lead| lead.floor.kind != FloorKind::Ai),
        Action::Recall => thread.is_some_and(|thread| {
            !thread.echoes.is_empty() || thread.held(model.me().map(lotline_common::Id::uuid)).is_some()
        }),
        Action::EditDraft => thread.is_some_and(|thread| !thread.drafts.is_empty()),
        Action::Resolve => thread.is_some_and(|thread| thread.unknown().is_some()),
        Action::Bottom => thread.is_some_and(|thread| thread.anchor.is_some()),
        Action::Back => model.context() != Context::List || !model.inbox.filter().is_empty(),
        _ => true,
    }
}

fn named(model: &Model, actions: &[(Action, &str)]) -> Vec<Hint> {
    actions.iter().map(|(action, label)| (model.keymap.key(*action), (*label).to_owned())).collect()
}

fn asked(model: &Model, question: &Question) -> Vec<Hint> {
    let Some(button) = question::button(model, question) else {
        return named(model, &[(Action::No, "close")]);
    };
    let button = button.to_lowercase();
    let mut all = vec![(Action::No, "cancel"), (Action::Yes, button.as_str())];
    let drafts = model.open_thread().map_or(0, crate::model::thread::Thread::ai_drafts);
    if question.choices(drafts) > 0 {
        all.push((Action::ChoiceAfter, "next choice"));
    }
    all.push((Action::NextField, "other button"));
    named(model, &all)
}

fn filled(model: &Model, form: &Form) -> Vec<Hint> {
    if form.line + 1 == form.fields.len() {
        return named(model, &[(Action::Submit, "save"), (Action::No, "cancel")]);
    }
    named(model, &[(Action::Submit, "next"), (Action::Save, "save"), (Action::No, "cancel")])
}

/// After the first key of a sequence: what may follow.
fn continuations(model: &Model) -> Vec<Hint> {
    let context = model.context();
    let pressed = key::shown(&model.pressed);
    let follows = |keys: &String| keys.starts_with(&format!("{pressed} "));
    let all = ALL.iter().filter(|spec| spec.contexts.contains(&context));
    let found = all.flat_map(|spec| {
        let keys = model.keymap.keys(spec.action).into_iter().filter(follows);
        keys.map(|keys| (keys, spec.name.to_lowercase()))
    });
    let prefix = model.keymap.find(context, &model.pressed) == Found::Prefix;
    if prefix { found.collect() } else { Vec::new() }
}
