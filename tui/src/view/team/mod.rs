//! People, API keys and the own account, in place of the desk.

mod account;
mod keys;
mod people;
pub(super) mod question;
mod work;

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::frame::{ellipsis, pane};
use crate::{
    action::Action,
    layout::Desk,
    model::{
        Model,
        team::{Page, Row, Team},
    },
    text,
    widget::wrap::{fit, wrap},
};

/// A line of the page, and what it selects.
struct Entry {
    row: Option<Row>,
    say: String,
    style: Style,
}

pub(super) fn draw(model: &Model, team: &Team, desk: &Desk, frame: &mut Frame<'_>) {
    let area = pane(model, desk, frame, desk.body, team.page.name(), true, &foot(model));
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let tabs = Rect { height: 1.min(area.height), ..area };
    frame.render_widget(pages(model, team), tabs);
    let list = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area }.intersection(area);
    let told = page(model, team, usize::from(list.width));
    let chosen = model.chosen();
    let at = told.iter().position(|line| line.row.is_some() && line.row == chosen).unwrap_or(0);
    let rows = usize::from(list.height).max(1);
    // The selected line stays in sight, and what stands above the first one too.
    let first = (at + 1).saturating_sub(rows);
    for (line, row) in told.into_iter().skip(first).take(rows).zip(0_u16..) {
        let place = Rect { y: list.y + row, height: 1, ..list }.intersection(area);
        let on = line.row.is_some() && line.row == chosen;
        let mark = if on { "> " } else { "  " };
        let say = fit(
            &format!("{}{}", if line.row.is_some() { mark } else { "" }, line.say),
            usize::from(list.width),
            ellipsis(model),
        );
        frame.render_widget(Line::styled(say, if on { model.theme.selected() } else { line.style }), place);
    }
}

fn foot(model: &Model) -> String {
    format!("{} page  {} closes", model.keymap.key(Action::NextView), model.keymap.key(Action::Back))
}

/// The page that is open stands in brackets.
fn pages(model: &Model, team: &Team) -> Line<'static> {
    let tab = |page: &Page| {
        if *page == team.page {
            Span::styled(format!("[{}]  ", page.name()), model.theme.title(true))
        } else {
            Span::styled(format!(" {}   ", page.name()), model.theme.dim())
        }
    };
    model.pages().iter().map(tab).collect()
}

fn page(model: &Model, team: &Team, width: usize) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    if let Some(trouble) = &team.trouble {
        let words = wrap(&text::line(trouble), width);
        all.extend(words.into_iter().map(|say| Entry { row: None, say, style: model.theme.danger() }));
        all.push(note(model, ""));
    }
    all.extend(match team.page {
        Page::People => people::lines(model, team, width),
        Page::Keys => keys::lines(model, team, width),
        Page::Work => work::lines(model, team, width),
        Page::Account => account::lines(model, team, width),
    });
    all
}

fn heading(model: &Model, say: String) -> Entry {
    Entry { row: None, say, style: model.theme.accent() }
}

fn note(model: &Model, say: &str) -> Entry {
    Entry { row: None, say: say.to_owned(), style: model.theme.dim() }
}

const fn item(row: Row, say: String) -> Entry {
    Entry { row: Some(row), say, style: Style::new() }
}

/// Words that an absent list stands for.
fn waiting(model: &Model, team: &Team) -> Entry {
    note(model, if team.trouble.is_some() { "  not read" } else { "  asking the server" })
}
