//! Work that was given up and waits for a person.

use lotline_common::api::dead_letter::DeadLetter;

use super::{Entry, heading, item, note, waiting};
use crate::{
    model::{
        Model,
        team::{Row, Team},
    },
    text,
    view::frame::ellipsis,
    when,
    widget::wrap::{pad, wrap},
};

pub(super) fn lines(model: &Model, team: &Team, width: usize) -> Vec<Entry> {
    let Some(letters) = &team.letters else {
        return vec![heading(model, "Given-up work".to_owned()), waiting(model, team)];
    };
    let mut all = vec![heading(model, format!("Given-up work {}", letters.len()))];
    if letters.is_empty() {
        all.push(note(model, "  Nothing was given up."));
    }
    all.extend(letters.iter().map(|one| item(Row::Letter(one.id), letter(model, one, width))));
    let chosen = match model.chosen() {
        Some(Row::Letter(id)) => team.letter(id),
        _ => None,
    };
    if let Some(letter) = chosen {
        all.push(note(model, ""));
        let words = more(letter).into_iter().flat_map(|say| wrap(&say, width));
        all.extend(words.map(|say| note(model, &say)));
    }
    all
}

fn letter(model: &Model, letter: &DeadLetter, width: usize) -> String {
    let who = match (&letter.lead_name, letter.lead_id) {
        (Some(_), _) if model.hidden => "a customer".to_owned(),
        (Some(name), _) => text::line(name).into_owned(),
        (None, Some(_)) => "a customer without a name".to_owned(),
        (None, None) => String::new(),
    };
    let dots = ellipsis(model);
    let room = width.saturating_sub(2 + 36 + 10 + 2);
    format!(
        "{} {} {}",
        pad(&text::line(letter.work()), 36, dots),
        pad(&who, room, dots),
        when::age(model.now, letter.since),
    )
}

/// What has no room in the line of the selected one.
fn more(letter: &DeadLetter) -> [String; 2] {
    let tries = if letter.attempts == 1 { "once".to_owned() } else { format!("{} times", letter.attempts) };
    [format!("Tried {tries}."), text::line(&letter.last_error).into_owned()]
}
