//! The sign-in form. The password is never drawn.

use ratatui::{
    Frame,
    text::{Line, Span},
};

use super::frame::{lines, popup, typed, veil};
use crate::{
    action::Action,
    model::{Model, sign_in::Line as Field},
    text,
    widget::{input::Input, wrap::wrap},
};

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>) {
    let form = &model.sign_in;
    let inner = popup(model, frame, "Lotline: sign in", 56, 13);
    let width = usize::from(inner.width);
    let mut all = vec![Line::default()];
    let rows = [
        (Field::Server, "Server", &form.server),
        (Field::Email, "E-mail", &form.email),
        (Field::Password, "Password", &form.password),
        (Field::Code, "Code", &form.code),
    ];
    for (field, label, input) in rows {
        all.push(row(model, label, input, field == Field::Password, field == form.line && !form.busy));
    }
    all.push(Line::styled("          only if your account asks for one", model.theme.dim()));
    if exposed(form.server.text()) {
        all.push(Line::styled(
            "! http is not encrypted: anybody on the way can read it",
            model.theme.danger(),
        ));
    }
    all.push(Line::default());
    if form.busy {
        all.push(Line::styled("Signing in", model.theme.dim()));
    } else if let Some(trouble) = &form.trouble {
        all.extend(
            wrap(&text::line(trouble), width)
                .into_iter()
                .map(|line| Line::styled(line, model.theme.danger())),
        );
    }
    let key = |action| model.keymap.key(action);
    let hint = format!(
        "{} sign in   {} next   {} quits",
        key(Action::Submit),
        key(Action::NextField),
        key(Action::Quit)
    );
    // The keys stand at the bottom, whatever is said above them.
    let bottom = usize::from(inner.height).saturating_sub(1);
    all.resize(all.len().max(bottom), Line::default());
    all.push(Line::styled(hint, model.theme.dim()));
    lines(frame, inner, all);
}

fn row(model: &Model, label: &str, input: &Input, secret: bool, on: bool) -> Line<'static> {
    let style = if on { model.theme.accent() } else { model.theme.dim() };
    let mut spans = vec![Span::styled(format!("{label:<9} "), style)];
    let shown = |text: &str| {
        if secret { veil(text) } else { text::line(text).into_owned() }
    };
    let (before, after) = input.split();
    let (before, after) = (shown(before), shown(after));
    if on {
        spans.extend(
            typed(&before, &after)
                .into_iter()
                .map(|span| Span::styled(span.content.into_owned(), span.style)),
        );
    } else {
        spans.push(Span::raw(before + &after));
    }
    Line::from(spans)
}

/// Plain http to another computer.
fn exposed(server: &str) -> bool {
    let Some(rest) = server.trim().strip_prefix("http://") else {
        return false;
    };
    let host = rest.split('/').next().unwrap_or(rest);
    !["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|own| host.strip_prefix(own).is_some_and(|port| port.is_empty() || port.starts_with(':')))
}
