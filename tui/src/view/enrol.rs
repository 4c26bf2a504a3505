//! Setting up a second factor: the code to scan beside the secret to type, and the field for the app's answer.

use lotline_common::secret::Secret;
use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Style},
    text::{Line, Span},
};

use super::frame::{lines, popup, typed};
use crate::{
    action::Action,
    model::{
        Model,
        overlay::{Enrolment, Form, Value},
    },
    text,
    theme::Theme,
    widget::{qr::Qr, wrap::wrap},
};

/// Columns that the words need beside the code.
const WORDS: u16 = 28;

pub(super) fn draw(model: &Model, form: &Form, enrolment: &Enrolment, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let fits = |qr: &&Qr| {
        let (width, height) = qr.size();
        model.theme.unicode && width + 2 + WORDS + 4 <= screen.width && height + 2 <= screen.height
    };
    let code = enrolment.qr.as_ref().filter(fits);
    let (width, height) = code.map_or((0, 0), Qr::size);
    let gap = if code.is_some() { 2 } else { 0 };
    let words = if code.is_some() { 34 } else { 56 };
    let inner = popup(model, frame, "Set up a second factor", width + gap + words, height.max(14));
    if let Some(code) = code {
        let light = light(model);
        lines(frame, inner, code.lines().into_iter().map(|line| Line::styled(line, light)).collect());
    }
    let left = width + gap;
    let side = Rect { x: inner.x + left, width: inner.width.saturating_sub(left), ..inner };
    lines(frame, side, said(model, form, &enrolment.secret, code.is_some(), usize::from(side.width)));
}

/// Scanners want dark on light. Where there is no colour, the terminal's own has to do.
fn light(model: &Model) -> Style {
    let plain = Theme { unicode: true, ..model.theme } == Theme::NONE;
    if plain { Style::new() } else { Style::new().fg(Color::Rgb(255, 255, 255)).bg(Color::Rgb(0, 0, 0)) }
}

fn said(model: &Model, form: &Form, secret: &Secret, scanned: bool, room: usize) -> Vec<Line<'static>> {
    let (accent, dim) = (model.theme.accent(), model.theme.dim());
    let how = if scanned {
        "Scan this with your authenticator app, or type into it:"
    } else {
        "Type this into your authenticator app:"
    };
    let mut all: Vec<Line<'static>> = wrap(how, room).into_iter().map(Line::raw).collect();
    all.extend(wrap(&grouped(secret.expose()), room).into_iter().map(|line| Line::styled(line, accent)));
    all.push(Line::default());
    let label = form.fields.first().map_or("", |field| field.label);
    all.push(Line::styled(label, accent));
    let mut spans = vec![Span::styled("> ", accent)];
    if let Some(Value::Text(input)) = form.fields.first().map(|field| &field.value) {
        let (before, after) = input.split();
        spans.extend(
            typed(before, after).into_iter().map(|span| Span::styled(span.content.into_owned(), span.style)),
        );
    }
    all.push(Line::from(spans));
    all.push(Line::default());
    if form.busy {
        all.push(Line::styled("Checking", dim));
    } else if let Some(trouble) = &form.trouble {
        all.extend(
            wrap(&text::line(trouble), room).into_iter().map(|line| Line::styled(line, model.theme.danger())),
        );
    }
    let key = |action| model.keymap.key(action);
    let hint = format!("{} confirms, {} cancels", key(Action::Submit), key(Action::No));
    all.extend(wrap(&hint, room).into_iter().map(|line| Line::styled(line, dim)));
    all
}

/// Letters in fours, as people read them to themselves.
fn grouped(secret: &str) -> String {
    let letters: Vec<char> = text::line(secret).chars().collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}
