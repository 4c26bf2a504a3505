//! What is known of the open lead.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::frame::{ellipsis, lines, pane};
use crate::{
    action::Action,
    layout::Desk,
    model::{Focus, Model},
    text, when,
    widget::wrap::wrap,
};

pub(super) fn draw(model: &Model, desk: &Desk, frame: &mut Frame<'_>, area: Rect) {
    let focused = model.focus == Focus::Details;
    pane(model, desk, frame, area, "3 Lead", focused, "");
    let inner = desk.text(area);
    if model.hidden || model.open().is_none() {
        return;
    }
    let width = usize::from(inner.width);
    let mut all = Vec::new();
    for (label, value, style) in facts(model) {
        for (index, piece) in wrap(&value, width.saturating_sub(11)).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            all.push(Line::from(vec![
                Span::styled(format!("{label:<10} "), model.theme.dim()),
                Span::styled(piece, style),
            ]));
        }
    }
    all.push(Line::default());
    let keys = [Action::EditLead, Action::Assign, Action::OptOut, Action::CopyPhone, Action::Note];
    for action in keys.into_iter().filter(|action| model.may_write() || *action == Action::CopyPhone) {
        let say = format!("{} {}", model.keymap.key(action), action.spec().name.to_lowercase());
        all.push(Line::styled(crate::widget::wrap::fit(&say, width, ellipsis(model)), model.theme.dim()));
    }
    lines(frame, inner, all);
}

fn facts(model: &Model) -> Vec<(&'static str, String, Style)> {
    let Some(lead) = model.open() else {
        return Vec::new();
    };
    let (theme, usual) = (&model.theme, Style::new());
    let mut facts = vec![("Name", text::lead_name(&lead), usual)];
    facts.extend(lead.phones.iter().map(|phone| ("Phone", phone.display(), usual)));
    facts.extend(lead.emails.iter().map(|email| ("E-mail", text::line(email).into_owned(), usual)));
    if let Some(vehicle) = &lead.vehicle {
        facts.push(("Vehicle", text::line(vehicle).into_owned(), usual));
    }
    facts.push(("Status", text::status(lead.status).to_owned(), usual));
    if let Some(sentiment) = lead.sentiment {
        facts.push(("Mood", text::sentiment(sentiment).to_owned(), usual));
    }
    facts.push(("Floor", text::floor(&lead, model.me()), usual));
    let owner = lead
        .assigned_to
        .as_ref()
        .map_or_else(|| "nobody".to_owned(), |member| text::line(&member.name).into());
    facts.push(("Assigned", owner, usual));
    match lead.waiting_since {
        Some(since) => facts.push(("Waiting", when::age(model.now, since), theme.warn())),
        None => facts.push(("Waiting", "no".to_owned(), usual)),
    }
    let texts = if lead.opted_out {
        ("OPTED OUT: do not text", theme.danger())
    } else {
        ("no opt-out", theme.good())
    };
    facts.push(("Texts", texts.0.to_owned(), texts.1));
    if !lead.tags.is_empty() {
        facts.push(("Tags", text::line(&lead.tags.join(", ")).into_owned(), usual));
    }
    if let Some(source) = &lead.source {
        facts.push(("Source", text::line(source).into_owned(), usual));
    }
    let zone = model.zone();
    let created =
        format!("{}, {}", when::day(model.now, lead.created_at, &zone), when::clock(lead.created_at, &zone));
    facts.push(("Since", created, usual));
    facts
}
