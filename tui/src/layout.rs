//! Where each pane lies at each size, from 300×80 down to a corner of a screen. Geometry only.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::{
    model::{Focus, Model, link::State},
    widget::wrap::wrap,
};

/// Widths at which another pane fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Xs,
    S,
    M,
    L,
    Xl,
}

impl Class {
    pub const fn of(columns: u16) -> Self {
        match columns {
            0..60 => Self::Xs,
            60..110 => Self::S,
            110..160 => Self::M,
            160..220 => Self::L,
            _ => Self::Xl,
        }
    }
}

/// The panes of the desk; an absent one has no room or is not asked for.
#[derive(Debug, Clone, Copy)]
pub struct Desk {
    pub header: Rect,
    pub banner: Option<Rect>,
    pub list: Option<Rect>,
    pub thread: Option<Rect>,
    pub compose: Option<Rect>,
    pub details: Option<Rect>,
    pub lately: Option<Rect>,
    /// Everything between header and footer.
    pub body: Rect,
    pub footer: Rect,
    pub bordered: bool,
    /// Lines of the screen that one lead takes.
    pub per_lead: u16,
}

const NOTHING: Rect = Rect::new(0, 0, 0, 0);

impl Desk {
    pub fn of(model: &Model) -> Self {
        let area = Rect::new(0, 0, model.columns, model.rows);
        let offline = matches!(model.link.state, State::Lost { .. });
        let tall = u16::from(area.height >= 6);
        let rows = [tall, u16::from(offline && area.height >= 8), u16::MAX, tall];
        let [header, banner, body, footer] = Layout::vertical([
            Constraint::Length(rows[0]),
            Constraint::Length(rows[1]),
            Constraint::Fill(1),
            Constraint::Length(rows[3]),
        ])
        .areas(area);
        let class = Class::of(area.width);
        let mut desk = Self {
            header,
            banner: (banner.height > 0).then_some(banner),
            list: None,
            thread: None,
            compose: None,
            details: None,
            lately: None,
            body,
            footer,
            bordered: area.height >= 20,
            per_lead: if class >= Class::M && area.height >= 20 { 2 } else { 1 },
        };
        desk.columns(model, class, body);
        desk.split_compose(model);
        desk
    }

    fn columns(&mut self, model: &Model, class: Class, body: Rect) {
        let focus = model.focus;
        if model.zoomed || class == Class::Xs {
            let pane = match focus {
                Focus::List => &mut self.list,
                Focus::Details => &mut self.details,
                Focus::Thread | Focus::Compose => &mut self.thread,
            };
            *pane = Some(body);
            return;
        }
        let (list, details, lately): (u16, u16, u16) = match class {
            // A phone number fits whole.
            Class::Xs | Class::S => (26, 0, 0),
            Class::M => (34, 34, 0),
            Class::L => (44, 38, 0),
            Class::Xl => (48, 48, 44),
        };
        let list = list.saturating_add_signed(model.settings.list_shift).clamp(16, body.width / 2);
        let widths = [
            Constraint::Length(list),
            Constraint::Fill(1),
            Constraint::Length(details),
            Constraint::Length(lately),
        ];
        let [list, thread, details, lately] = Layout::horizontal(widths).areas(body);
        self.list = Some(list);
        if details.width > 0 {
            (self.thread, self.details) = (Some(thread), Some(details));
        } else if focus == Focus::Details || model.details_open {
            self.details = Some(thread);
        } else {
            self.thread = Some(thread);
        }
        self.lately = (lately.width > 0).then_some(lately);
    }

    fn split_compose(&mut self, model: &Model) {
        let Some(thread) = self.thread else { return };
        let writing = model.focus == Focus::Compose;
        if !writing && thread.height < 14 {
            return;
        }
        let room = usize::from(self.text(thread).width);
        let lines = model.compose.area.lines().iter().map(|line| wrap(line, room).len()).sum::<usize>();
        let most = usize::from(thread.height / 3).max(1);
        let text = u16::try_from(lines.clamp(1, most)).unwrap_or(1);
        let frame = if self.bordered { 2 } else { 0 };
        let [thread, compose] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(text + 1 + frame)]).areas(thread);
        (self.thread, self.compose) = (Some(thread), Some(compose));
    }

    /// What is left inside the border, or below the title line where there is none.
    pub fn inner(&self, pane: Rect) -> Rect {
        if self.bordered {
            Rect::new(pane.x + 1, pane.y + 1, pane.width.saturating_sub(2), pane.height.saturating_sub(2))
        } else {
            let title = u16::from(pane.height > 2);
            Rect::new(pane.x, pane.y + title, pane.width.saturating_sub(1), pane.height - title)
        }
    }

    /// `inner`, with a column of air on both sides inside a border.
    pub fn text(&self, pane: Rect) -> Rect {
        let inner = self.inner(pane);
        let air = u16::from(self.bordered && inner.width > 2);
        Rect { x: inner.x + air, width: inner.width - 2 * air, ..inner }
    }

    /// Leads that fit into the list.
    pub fn list_lines(&self) -> usize {
        let inner = self.list.map_or(NOTHING, |pane| self.inner(pane));
        usize::from(inner.height / self.per_lead).max(1)
    }

    /// Width and height of the thread's text.
    pub fn thread_size(&self) -> (usize, usize) {
        let inner = self.thread.map_or(NOTHING, |pane| self.inner(pane));
        (usize::from(inner.width).max(10), usize::from(inner.height).max(1))
    }
}
