//! API keys that work.

use lotline_common::api::api_key::ApiKey;

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
    let Some(keys) = &team.keys else {
        return vec![heading(model, "API keys".to_owned()), waiting(model, team)];
    };
    let mut all = vec![heading(model, format!("API keys {}", keys.len()))];
    all.extend(keys.iter().map(|one| item(Row::Key(one.id), key(model, one, width))));
    let chosen = match model.chosen() {
        Some(Row::Key(id)) => team.key(id),
        _ => None,
    };
    if let Some(key) = chosen {
        all.push(note(model, ""));
        let words = more(model, key).into_iter().flat_map(|say| wrap(&say, width));
        all.extend(words.map(|say| note(model, &say)));
    }
    all
}

fn key(model: &Model, key: &ApiKey, width: usize) -> String {
    let used = match key.last_used_at {
        Some(at) => format!("used {}", when::age(model.now, at)),
        None => "never used".to_owned(),
    };
    let until = format!("until {}", when::day(model.now, key.expires_at, &model.zone()));
    let room = width.saturating_sub(2 + 8 + 11 + 20 + 3);
    let dots = ellipsis(model);
    format!(
        "{} {} {} {until}",
        pad(&text::line(&key.name), room, dots),
        pad(key.role.as_str(), 8, dots),
        pad(&used, 11, dots),
    )
}

/// What has no room in the line of the selected one.
fn more(model: &Model, key: &ApiKey) -> [String; 2] {
    let maker = model.member(key.made_by).map(|member| text::line(&member.name).into_owned());
    let scopes = match &key.scopes {
        Some(scopes) => scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", "),
        None => "everything that its role may".to_owned(),
    };
    [format!("Acts for {}", maker.unwrap_or_else(|| "somebody who left".to_owned())), format!("May {scopes}")]
}
