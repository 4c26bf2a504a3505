//! Questions: put, answered, carried out. Nothing here happens by one key alone.

use crossterm::event::KeyCode;
use lotline_common::{
    LeadId,
    api::{
        consent::{ConsentKind, RecordConsent},
        lead::{DraftsChoice, SetFloor},
    },
};

use super::{act::tell, compose, thread};
use crate::{
    action::Action,
    cmd::Cmd,
    key::Key,
    model::{
        Model, Settings,
        notice::Level,
        overlay::{Ask, DRAFT_CHOICES, Destination, Overlay, Question, RESOLUTIONS},
    },
    theme::Mode,
};

/// Undo times that the settings offer; 0 stands for the organization's own.
const HOLDS: [u32; 6] = [0, 3, 5, 10, 20, 30];
/// Notices that the page keys go.
const PAGE: i32 = 10;

pub(super) fn put(model: &mut Model, ask: Ask) {
    model.overlay = Some(Overlay::Question(Question::new(model.now, ask)));
}

pub(super) fn resolve(model: &mut Model, lead: LeadId) -> Vec<Cmd> {
    match model.open_thread().and_then(|thread| thread.unknown()).map(|turn| turn.id) {
        Some(turn) => {
            put(model, Ask::Resolve { lead, turn });
            Vec::new()
        }
        None => tell(model, Level::Info, "No delivery in this thread waits for your word"),
    }
}

pub(super) fn discard_draft(model: &mut Model, lead: LeadId) -> Vec<Cmd> {
    match model.open_thread().and_then(|thread| thread.drafts.last()).map(|draft| draft.id) {
        Some(draft) => {
            put(model, Ask::DiscardDraft { lead, draft });
            Vec::new()
        }
        None => tell(model, Level::Info, "There is no draft in this thread"),
    }
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Cmd> {
    if action == Action::No {
        return cancel(model);
    }
    let ai_drafts = model.open_thread().map_or(0, crate::model::thread::Thread::ai_drafts);
    match &mut model.overlay {
        Some(Overlay::Question(question)) => {
            let choices = question.choices(ai_drafts);
            match action {
                Action::Yes => return confirm(model),
                Action::Press if question.ready => return confirm(model),
                Action::Press => return cancel(model),
                Action::ChoiceAfter if choices > 0 => question.choice = (question.choice + 1) % choices,
                Action::ChoiceBefore if choices > 0 => {
                    question.choice = (question.choice + choices - 1) % choices;
                }
                Action::NextField | Action::PreviousField | Action::ChoiceAfter | Action::ChoiceBefore => {
                    question.ready = !question.ready;
                }
                _ => {}
            }
            Vec::new()
        }
        Some(Overlay::Notices { .. } | Overlay::Wrong { .. }) => {
            match action {
                Action::ChoiceAfter | Action::NextField => leaf(model, 1),
                Action::ChoiceBefore | Action::PreviousField => leaf(model, -1),
                Action::NextPage => leaf(model, PAGE),
                Action::PreviousPage => leaf(model, -PAGE),
                _ => model.overlay = None,
            }
            Vec::new()
        }
        Some(Overlay::Settings { .. }) => settings(model, action),
        _ => Vec::new(),
    }
}

/// Scrolls the notices or the alarms, as far as there are any.
pub(super) fn leaf(model: &mut Model, lines: i32) {
    let (top, count) = match &mut model.overlay {
        Some(Overlay::Notices { top }) => (top, model.notices.all.len()),
        Some(Overlay::Wrong { top }) => (top, model.wrong.len()),
        _ => return,
    };
    *top = top.saturating_add_signed(isize::try_from(lines).unwrap_or(0)).min(count.saturating_sub(1));
}

/// Keys of a question that have no name of their own: nothing but closing what asks nothing.
pub(super) fn other_key(model: &mut Model, key: Key) -> Vec<Cmd> {
    let informs = matches!(
        model.overlay,
        Some(Overlay::Notices { .. } | Overlay::Wrong { .. } | Overlay::Settings { .. })
    );
    if informs && key.code == KeyCode::Char('q') {
        model.overlay = None;
    }
    Vec::new()
}

fn cancel(model: &mut Model) -> Vec<Cmd> {
    if let Some(Overlay::Question(Question { ask: Ask::SendAnyway { lead, body, .. }, .. })) =
        model.overlay.take()
    {
        // The text may have left the composer already, when the daemon was the one to ask.
        if model.compose.lead != Some(lead) || model.compose.text().trim() != body {
            compose::give_back(model, lead, &body);
        }
        if let Some(thread) = model.threads.get_mut(&lead) {
            (thread.unseen, thread.newest_at) = (0, None);
        }
    }
    Vec::new()
}

fn confirm(model: &mut Model) -> Vec<Cmd> {
    let Some(Overlay::Question(question)) = model.overlay.take() else {
        return Vec::new();
    };
    let choice = question.choice;
    match question.ask {
        Ask::Floor { lead, fence, to } => vec![set_floor(lead, fence, to, choice)],
        Ask::Resolve { lead, turn } => {
            let resolution = RESOLUTIONS[choice.min(RESOLUTIONS.len() - 1)].0;
            vec![Cmd::Resolve { id: lead, turn, resolution }]
        }
        Ask::SendAnyway { lead, body, .. } => compose::post(model, lead, body),
        Ask::DiscardDraft { lead, draft } => vec![Cmd::DeleteDraft { id: lead, draft }],
        Ask::OptOut { lead, note } => {
            vec![Cmd::RecordConsent { id: lead, body: RecordConsent { kind: ConsentKind::OptOut, note } }]
        }
        Ask::SignOut => {
            compose::stash(model);
            vec![Cmd::SaveState, Cmd::SignOut]
        }
        Ask::Call(call) => vec![Cmd::Team(*call)],
        Ask::Refused { .. } => thread::fetch(model),
    }
}

fn set_floor(id: LeadId, fence: i64, to: Destination, choice: usize) -> Cmd {
    let drafts = match to {
        Destination::Me => DRAFT_CHOICES[choice.min(DRAFT_CHOICES.len() - 1)].0,
        Destination::Ai => DraftsChoice::Discard,
        Destination::Paused => DraftsChoice::Keep,
    };
    let body = SetFloor { to: to.word().to_owned(), if_fence: Some(fence), drafts, hand_back_after: None };
    Cmd::SetFloor { id, body }
}

fn settings(model: &mut Model, action: Action) -> Vec<Cmd> {
    let Some(Overlay::Settings { line }) = &mut model.overlay else {
        return Vec::new();
    };
    let step = match action {
        Action::NextField | Action::PreviousField => {
            *line = 1 - (*line).min(1);
            return Vec::new();
        }
        Action::ChoiceAfter => 1,
        Action::ChoiceBefore => usize::MAX,
        _ => {
            model.overlay = None;
            return vec![Cmd::SaveState];
        }
    };
    let line = *line;
    model.settings = changed(model.settings, line, step);
    if line == 0 { vec![Cmd::ApplyTheme(model.settings), Cmd::SaveState] } else { vec![Cmd::SaveState] }
}

fn changed(mut settings: Settings, line: usize, step: usize) -> Settings {
    let go = |at: usize, count: usize| (at + count).wrapping_add(step) % count;
    if line == 0 {
        let at = Mode::ALL.iter().position(|mode| *mode == settings.theme).unwrap_or(0);
        settings.theme = Mode::ALL[go(at, Mode::ALL.len())];
    } else {
        let at = HOLDS.iter().position(|hold| *hold == settings.hold.unwrap_or(0)).unwrap_or(0);
        settings.hold = Some(HOLDS[go(at, HOLDS.len())]).filter(|hold| *hold > 0);
    }
    settings
}
