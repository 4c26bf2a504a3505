//! Questions: what will happen, to whom, and which key does it. Cancel has the focus.

use lotline_common::{
    Problem,
    api::{
        lead::{Floor, FloorKind, Lead},
        turn::AuthorKind,
    },
};
use ratatui::{
    Frame,
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{
    frame::{ellipsis, lines, popup},
    team,
};
use crate::{
    action::Action,
    model::{
        Model,
        overlay::{Ask, DRAFT_CHOICES, Destination, Question, RESOLUTIONS},
    },
    text, when,
    widget::wrap::{fit, wrap},
};

const WIDTH: u16 = 62;

/// What a question says.
pub(super) struct Words {
    pub title: String,
    pub body: Vec<String>,
    pub choices: Vec<(String, String)>,
    /// The button that does it; none when nothing can be confirmed.
    pub button: Option<&'static str>,
}

pub(super) fn draw(model: &Model, question: &Question, frame: &mut Frame<'_>) {
    let words = words(model, question);
    let room = usize::from(WIDTH.min(frame.area().width.saturating_sub(4)));
    let mut all: Vec<Line<'static>> = Vec::new();
    for paragraph in &words.body {
        all.extend(wrap(paragraph, room).into_iter().map(Line::raw));
    }
    for (index, (choice, meaning)) in words.choices.iter().enumerate() {
        let on = index == question.choice;
        let mark = if on { "(x)" } else { "( )" };
        let style = if on { model.theme.accent().add_modifier(Modifier::BOLD) } else { Style::new() };
        all.push(Line::styled(format!("  {mark} {choice}"), style));
        let meaning = wrap(meaning, room.saturating_sub(6)).into_iter().filter(|line| !line.is_empty());
        all.extend(meaning.map(|line| Line::styled(format!("      {line}"), model.theme.dim())));
    }
    all.push(Line::default());
    all.extend(buttons(model, question, &words));
    let height = u16::try_from(all.len()).unwrap_or(20);
    let inner = popup(model, frame, &words.title, WIDTH, height);
    // On a small screen the buttons must stay in sight.
    let skip = all.len().saturating_sub(usize::from(inner.height));
    lines(frame, inner, all.into_iter().skip(skip).collect());
}

fn buttons(model: &Model, question: &Question, words: &Words) -> Vec<Line<'static>> {
    let focus = model.theme.selected().add_modifier(Modifier::BOLD);
    let style = |on| if on { focus } else { Style::new() };
    let key = |action| model.keymap.key(action);
    let mut spans = vec![Span::styled("[ Cancel ]", style(!question.ready))];
    let mut hint = format!("{} cancels", key(Action::No));
    match words.button {
        Some(button) => {
            spans.push(Span::raw("   "));
            spans.push(Span::styled(format!("[ {button} ]"), style(question.ready)));
            let press = if question.ready { button } else { "Cancel" };
            hint = format!("{hint}, {} = {button}, {} = {press}", key(Action::Yes), key(Action::Press));
        }
        None => {
            spans[0] = Span::styled("[ Close ]", focus);
            hint = format!("{} or {} closes", key(Action::No), key(Action::Press));
        }
    }
    vec![Line::from(spans), Line::styled(hint, model.theme.dim())]
}

/// The button that does it, for the footer.
pub(super) fn button(model: &Model, question: &Question) -> Option<&'static str> {
    words(model, question).button
}

fn words(model: &Model, question: &Question) -> Words {
    match &question.ask {
        Ask::Floor { lead, to, .. } => floor(model, &name(model, *lead), *to),
        Ask::Resolve { lead, turn } => resolve(model, *lead, *turn),
        Ask::SendAnyway { lead, body, since } => send_anyway(model, *lead, body, *since),
        Ask::DiscardDraft { lead, draft } => {
            let thread = model.threads.get(lead);
            let draft = thread.and_then(|thread| thread.drafts.iter().find(|known| known.id == *draft));
            Words {
                title: "Discard this draft?".to_owned(),
                body: vec![
                    quote(draft.map_or("", |draft| &draft.text)),
                    "The customer never saw it.".to_owned(),
                ],
                choices: Vec::new(),
                button: Some("Discard"),
            }
        }
        Ask::OptOut { lead, note } => Words {
            title: format!("Record that {} opted out?", name(model, *lead)),
            body: vec![quote(note), "Nobody, and no AI, can text this number afterwards.".to_owned()],
            choices: Vec::new(),
            button: Some("Record"),
        },
        Ask::SignOut => Words {
            title: "Sign out?".to_owned(),
            body: vec!["This session ends on this computer. What you wrote is kept.".to_owned()],
            choices: Vec::new(),
            button: Some("Sign out"),
        },
        Ask::Call(call) => team::question::words(model, call),
        Ask::Refused { lead, problem } => refused(model, *lead, problem),
    }
}

fn name(model: &Model, lead: lotline_common::LeadId) -> String {
    if model.hidden {
        return "this customer".to_owned();
    }
    model.inbox.lead(lead).map_or_else(|| "this customer".to_owned(), |lead| text::lead_name(&lead))
}

fn quote(body: &str) -> String {
    let mut say: String = text::line(body).chars().take(240).collect();
    say = format!("\"{say}\"");
    say
}

/// What it means that I take the floor, for whoever has it now.
fn taking(lead: Option<&Lead>) -> String {
    let now = match lead.map(|lead| &lead.floor) {
        Some(Floor { kind: FloorKind::Nobody, .. }) => {
            "The customer waits for a person: that is you then.".to_owned()
        }
        Some(Floor { kind: FloorKind::Paused, .. }) => "The pause ends and you have the floor.".to_owned(),
        Some(Floor { kind: FloorKind::Member, member: Some(member), .. }) => {
            format!("{} has the floor and loses it to you.", text::line(&member.name))
        }
        _ => "The AI stops writing to this customer now.".to_owned(),
    };
    format!("{now} The customer notices nothing until you send.")
}

fn floor(model: &Model, name: &str, to: Destination) -> Words {
    let drafts = model.open_thread().map_or(0, crate::model::thread::Thread::ai_drafts);
    let (title, body, button) = match to {
        Destination::Me => (format!("Take over {name}?"), taking(model.open().as_ref()), "Take over"),
        Destination::Ai => (
            format!("Hand {name} back to the AI?"),
            "The AI may answer this customer from now on, at once if the customer waits.".to_owned(),
            "Hand back",
        ),
        Destination::Paused => (
            format!("Pause {name}?"),
            "Nobody answers this customer, not even the AI, until somebody takes the floor.".to_owned(),
            "Pause",
        ),
    };
    let mut words = Words { title, body: vec![body], choices: Vec::new(), button: Some(button) };
    if to == Destination::Me && drafts > 0 {
        let plural = if drafts == 1 { "draft" } else { "drafts" };
        words.body.push(format!("The AI has {drafts} {plural} waiting:"));
        words.choices = DRAFT_CHOICES.iter().map(|(_, say)| ((*say).to_owned(), String::new())).collect();
    }
    words
}

fn resolve(model: &Model, lead: lotline_common::LeadId, turn: lotline_common::TurnId) -> Words {
    let said = model.threads.get(&lead).and_then(|thread| thread.turn(turn)).map_or("", |turn| &turn.text);
    let said = if model.hidden { "(hidden)" } else { said };
    let choices =
        RESOLUTIONS.iter().map(|(_, say, meaning)| ((*say).to_owned(), (*meaning).to_owned())).collect();
    Words {
        title: format!("What became of the text to {}?", name(model, lead)),
        body: vec![quote(said), "The carrier never said whether it took it. Look there first.".to_owned()],
        choices,
        button: Some("Settle"),
    }
}

fn send_anyway(model: &Model, lead: lotline_common::LeadId, body: &str, since: i64) -> Words {
    let mut say = vec!["Since you last looked:".to_owned()];
    let me = model.me().map(lotline_common::Id::uuid);
    let thread = model.threads.get(&lead);
    let turns = thread.map_or(&[][..], |thread| thread.turns());
    let newer = turns.iter().rev().take_while(|turn| turn.seq > since);
    let came: Vec<_> = newer.filter(|turn| turn.author.id.is_none() || turn.author.id != me).collect();
    for turn in came.iter().take(3).rev() {
        let who = match turn.author.kind {
            AuthorKind::Customer => "Customer",
            AuthorKind::Ai => "AI",
            AuthorKind::Member => "A colleague",
            AuthorKind::System => "--",
        };
        let said = if model.hidden { "(hidden)".to_owned() } else { quote(&turn.text) };
        say.push(format!("{who}, {}: {said}", when::clock(turn.at, &model.zone())));
    }
    if came.is_empty() {
        let reading = thread.is_some_and(|thread| thread.asked);
        say.push(if reading { "(being read)" } else { "nobody else said anything" }.to_owned());
    }
    say.push(format!("Your text: {}", quote(body)));
    Words {
        title: format!("The thread with {} went on meanwhile", name(model, lead)),
        body: say,
        choices: Vec::new(),
        button: Some("Send anyway"),
    }
}

fn refused(model: &Model, lead: lotline_common::LeadId, problem: &Problem) -> Words {
    let mut body = vec![text::line(&problem.title).into_owned()];
    for reason in &problem.reasons {
        body.push(format!("- {} ({})", text::line(&reason.text), text::line(&reason.source)));
    }
    if let Some(at) = problem.next_allowed_at {
        let zone = model.zone();
        body.push(format!("Allowed again {}, {}.", when::day(model.now, at, &zone), when::clock(at, &zone)));
    }
    body.push("Your text is back in the composer.".to_owned());
    Words { title: format!("Not sent to {}", name(model, lead)), body, choices: Vec::new(), button: None }
}

/// The settings: little to choose, and what each means.
pub(super) fn settings(model: &Model, line: usize, frame: &mut Frame<'_>) {
    let hold = model
        .settings
        .hold
        .map_or_else(|| "as the organization sets it".to_owned(), |hold| format!("{hold} s"));
    let rows = [("Colours", model.settings.theme.word().to_owned()), ("Undo time", hold)];
    let inner = popup(model, frame, "Settings", 50, 5);
    let mut all = Vec::new();
    for (index, (label, value)) in rows.iter().enumerate() {
        let style = if index == line { model.theme.selected() } else { Style::new() };
        let say = format!(" {label:<10} < {value} >");
        all.push(Line::styled(fit(&say, usize::from(inner.width), ellipsis(model)), style));
    }
    let key = |action| model.keymap.key(action);
    all.push(Line::default());
    let hint = format!("{} changes, {} next line", key(Action::ChoiceAfter), key(Action::NextField));
    all.push(Line::styled(hint, model.theme.dim()));
    all.push(Line::styled(format!("{} closes", key(Action::No)), model.theme.dim()));
    lines(frame, inner, all);
}
