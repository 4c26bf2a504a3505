//! One turn, draft or unconfirmed text of a thread as lines. Scrolling counts these same lines.

use lotline_common::{
    api::{
        draft::Draft,
        lead::Lead,
        turn::{AuthorKind, Turn, TurnKind},
    },
    plain::plain,
};
use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    action::Action,
    model::{
        Model,
        thread::{Echo, Thread},
    },
    text, when,
    widget::wrap::{fit, wrap},
};

/// Drafts and unconfirmed texts stand after the turns and are numbered from here.
const TAIL: i64 = 1 << 40;

/// Everything the thread shows: turns, then drafts, then texts on their way to the daemon.
pub fn count(thread: &Thread) -> usize {
    thread.turns().len() + thread.drafts.len() + thread.echoes.len()
}

/// A number for a block that stays when older turns come in before it.
pub fn seq(thread: &Thread, index: usize) -> i64 {
    let tail = || TAIL + i64::try_from(index - thread.turns().len()).unwrap_or(0);
    thread.turns().get(index).map_or_else(tail, |turn| turn.seq)
}

/// The block of a number, or the nearest before it.
pub fn index(thread: &Thread, seq: i64) -> usize {
    let turns = thread.turns();
    let index = if seq >= TAIL {
        turns.len() + usize::try_from(seq - TAIL).unwrap_or(0)
    } else {
        turns.partition_point(|turn| turn.seq <= seq).saturating_sub(1)
    };
    index.min(count(thread).saturating_sub(1))
}

/// Columns of the speaker's name.
const SPEAKER: usize = 8;
/// Columns that no text has: air, the name, the bar, air.
const ASIDE: usize = SPEAKER + 5;

pub fn block(model: &Model, thread: &Thread, index: usize, width: usize) -> Vec<Line<'static>> {
    let turns = thread.turns();
    if let Some(turn) = turns.get(index) {
        let before = index.checked_sub(1).and_then(|before| turns.get(before));
        return turn_lines(model, thread, turn, before, width);
    }
    let index = index - turns.len();
    match thread.drafts.get(index) {
        Some(draft) => draft_lines(model, draft, width),
        None => thread
            .echoes
            .get(index - thread.drafts.len())
            .map_or_else(Vec::new, |echo| echo_lines(model, echo, width)),
    }
}

fn turn_lines(
    model: &Model,
    thread: &Thread,
    turn: &Turn,
    before: Option<&Turn>,
    width: usize,
) -> Vec<Line<'static>> {
    let zone = model.zone();
    let mut lines = Vec::new();
    if !before.is_some_and(|before| when::same_day(before.at, turn.at, &zone)) {
        lines.push(day(model, &when::day(model.now, turn.at, &zone), width));
    }
    let (speaker, style) = speaker(model, model.open().as_ref(), turn);
    let room = width.saturating_sub(ASIDE);
    let wrapped = thread.lines(turn, room);
    let gone = turn.delivery.as_ref().is_some_and(|delivery| {
        use lotline_common::api::message::DeliveryState::{Failed, Recalled, Refused};
        matches!(delivery.state, Recalled | Refused | Failed)
    });
    let ink = match turn.kind {
        TurnKind::System => model.theme.dim(),
        _ if gone => model.theme.dim().add_modifier(Modifier::CROSSED_OUT),
        _ => Style::new(),
    };
    let mut said = Said { model, speaker, style, room, lines };
    if model.hidden {
        said.line("(hidden)", ink);
    } else {
        for line in wrapped.iter() {
            said.line(line, ink);
        }
    }
    for media in &turn.media {
        said.line(
            &fit(&format!("[{} attached]", text::line(&media.content_type)), room, ""),
            model.theme.dim(),
        );
    }
    let (mark, mark_style) = mark(model, turn);
    said.append(&mark, mark_style);
    if let Some(advice) = turn.delivery.as_ref().and_then(text::advice) {
        said.wrapped(&plain(&advice), model.theme.danger());
        if model.may_write() && turn.delivery.as_ref().is_some_and(|delivery| delivery.needs_operator) {
            let key = model.keymap.key(Action::Resolve);
            said.wrapped(&format!("{key} settles it"), model.theme.warn());
        }
    }
    said.lines.push(Line::default());
    said.lines
}

/// Who speaks, as a word and in a colour.
fn speaker(model: &Model, lead: Option<&Lead>, turn: &Turn) -> (String, Style) {
    let theme = &model.theme;
    let name = turn.author.name.as_deref().map(|name| text::line(name).into_owned());
    let first = |name: String| name.split_whitespace().next().unwrap_or("?").to_owned();
    if turn.kind == TurnKind::Note {
        return ("note".to_owned(), theme.warn());
    }
    match turn.author.kind {
        AuthorKind::Customer if model.hidden => ("Cust.".to_owned(), theme.customer()),
        AuthorKind::Customer => {
            let name = lead.map(text::first_name).or_else(|| name.map(first));
            (name.unwrap_or_else(|| "Customer".to_owned()), theme.customer())
        }
        AuthorKind::Ai => ("AI".to_owned(), theme.ai()),
        AuthorKind::System => ("--".to_owned(), theme.dim()),
        AuthorKind::Member => {
            let mine = turn.author.id.is_some() && turn.author.id == model.me().map(lotline_common::Id::uuid);
            let name = if mine { "ME".to_owned() } else { name.map_or_else(|| "Team".to_owned(), first) };
            (name, theme.member())
        }
    }
}

/// The time, and for a text of ours how far it got.
fn mark(model: &Model, turn: &Turn) -> (String, Style) {
    let clock = when::clock(turn.at, &model.zone());
    let call = if turn.kind == TurnKind::Utterance { "call, " } else { "" };
    let writer = turn.author.name.as_deref().filter(|_| turn.kind == TurnKind::Note);
    let by = writer.map_or_else(String::new, |name| format!(", {}", text::line(name)));
    match &turn.delivery {
        None => (format!("{call}{clock}{by}"), model.theme.dim()),
        Some(delivery) => {
            use lotline_common::api::message::DeliveryState as State;
            let style = match delivery.state {
                State::Failed | State::Undelivered | State::Refused | State::Unknown => model.theme.danger(),
                State::Held => model.theme.warn(),
                State::Delivered => model.theme.good(),
                _ => model.theme.dim(),
            };
            let mut say = format!("{clock} {}", text::mark(delivery, model.now, model.theme.unicode));
            if delivery.state == State::Held && delivery.hold_until.is_some_and(|until| until > model.now) {
                say = format!("{say}, {} undoes", model.keymap.key(Action::Recall));
            }
            (say, style)
        }
    }
}

fn draft_lines(model: &Model, draft: &Draft, width: usize) -> Vec<Line<'static>> {
    let room = width.saturating_sub(ASIDE);
    let speaker = if draft.author.kind == AuthorKind::Ai { "AI" } else { "draft" };
    let style = model.theme.ai().add_modifier(Modifier::BOLD);
    let mut said = Said { model, speaker: speaker.to_owned(), style, room, lines: Vec::new() };
    let why = format!("DRAFT, not sent: {}", text::reason(&draft.reason));
    said.wrapped(&why, model.theme.warn());
    for line in wrap(&plain(if model.hidden { "(hidden)" } else { &draft.text }), room) {
        said.line(&line, model.theme.dim().add_modifier(Modifier::ITALIC));
    }
    if model.may_write() {
        let (edit, discard) = (model.keymap.key(Action::EditDraft), model.keymap.key(Action::DiscardDraft));
        said.wrapped(&format!("{edit} edit and send, {discard} discard"), model.theme.accent());
    }
    said.lines.push(Line::default());
    said.lines
}

fn echo_lines(model: &Model, echo: &Echo, width: usize) -> Vec<Line<'static>> {
    let room = width.saturating_sub(ASIDE);
    let (speaker, style) = ("ME".to_owned(), model.theme.member());
    let mut said = Said { model, speaker, style, room, lines: Vec::new() };
    for line in wrap(&plain(if model.hidden { "(hidden)" } else { &echo.text }), room) {
        said.line(&line, Style::new());
    }
    let word = if echo.recall { "taking back" } else { "to the server" };
    said.append(&format!("{} {word}", when::clock(echo.at, &model.zone())), model.theme.dim());
    said.lines.push(Line::default());
    said.lines
}

fn day(model: &Model, name: &str, width: usize) -> Line<'static> {
    let rule = if model.theme.unicode { "─" } else { "-" }.repeat(12.min(width.saturating_sub(14) / 2));
    Line::styled(format!("{rule} {name} {rule}"), model.theme.dim()).centered()
}

/// Lines behind a speaker's name and a bar.
struct Said<'a> {
    model: &'a Model,
    speaker: String,
    style: Style,
    room: usize,
    lines: Vec<Line<'static>>,
}

impl Said<'_> {
    fn line(&mut self, text: &str, ink: Style) {
        let name = fit(&std::mem::take(&mut self.speaker), SPEAKER, "");
        let pad = " ".repeat((SPEAKER + 1).saturating_sub(name.width()));
        let bar = if self.model.theme.unicode { " │ " } else { " | " };
        self.lines.push(Line::from(vec![
            Span::raw(pad),
            Span::styled(name, self.style),
            Span::styled(bar, self.style.remove_modifier(Modifier::BOLD)),
            Span::styled(text.to_owned(), ink),
        ]));
    }

    /// On as many lines as it needs.
    fn wrapped(&mut self, text: &str, ink: Style) {
        for line in wrap(text, self.room) {
            self.line(&line, ink);
        }
    }

    /// Behind the last line if it fits, else on its own.
    fn append(&mut self, text: &str, ink: Style) {
        let used = self.lines.last().and_then(|line| line.spans.last()).map_or(0, Span::width);
        let text = fit(text, self.room, "");
        match self.lines.last_mut() {
            Some(line) if used + text.width() + 2 <= self.room => {
                line.spans.push(Span::styled(format!("  {text}"), ink));
            }
            _ => self.line(&text, ink),
        }
    }
}
