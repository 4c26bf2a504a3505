//! Borders, titles and popups, with and without box drawing.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    symbols::border,
    text::{Line, Span},
    widgets::{Block, Clear, Paragraph},
};

use crate::{layout::Desk, model::Model, widget::wrap::fit};

const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

pub(super) const fn ellipsis(model: &Model) -> &'static str {
    if model.theme.unicode { "…" } else { "~" }
}

/// A pane's border and title; returns the room inside.
pub(super) fn pane(
    model: &Model,
    desk: &Desk,
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    focused: bool,
    foot: &str,
) -> Rect {
    let room = usize::from(area.width.saturating_sub(4));
    let title = fit(title, room, ellipsis(model));
    if desk.bordered {
        let mut block = bordered(model, model.theme.border(focused))
            .title(Line::styled(format!(" {title} "), model.theme.title(focused)));
        if !foot.is_empty() {
            block = block.title_bottom(Line::styled(format!(" {foot} "), model.theme.dim()).right_aligned());
        }
        frame.render_widget(block, area);
    } else if area.height > 2 {
        let mark = if focused { ">" } else { " " };
        let line = Line::styled(format!("{mark}{title}"), model.theme.title(focused));
        frame.render_widget(line, Rect { height: 1, ..area });
    }
    desk.inner(area)
}

fn bordered(model: &Model, style: Style) -> Block<'static> {
    let set = if model.theme.unicode { border::ROUNDED } else { ASCII };
    Block::bordered().border_set(set).border_style(style)
}

/// A box in the middle of the screen; returns the room inside. On a small screen it is the whole screen.
pub(super) fn popup(model: &Model, frame: &mut Frame<'_>, title: &str, width: u16, height: u16) -> Rect {
    let screen = frame.area();
    let width = (width + 4).min(screen.width);
    let height = (height + 2).min(screen.height);
    let area = Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 3,
        width,
        height,
    };
    frame.render_widget(Clear, area);
    let title = fit(title, usize::from(width.saturating_sub(6)), ellipsis(model));
    let block = bordered(model, model.theme.accent())
        .title(Line::styled(format!(" {title} "), model.theme.title(true)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// Lines from the top of an area; what does not fit is cut.
pub(super) fn lines(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'_>>) {
    frame.render_widget(Paragraph::new(lines), area);
}

/// A typed text with its cursor.
pub(super) fn typed<'a>(before: &'a str, after: &'a str) -> Vec<Span<'a>> {
    use unicode_segmentation::UnicodeSegmentation;
    let under = after.graphemes(true).next().unwrap_or(" ");
    let rest = after.get(under.len()..).unwrap_or("");
    let cursor = Style::new().add_modifier(ratatui::style::Modifier::REVERSED);
    vec![Span::raw(before), Span::styled(under, cursor), Span::raw(rest)]
}

/// What was typed into a field that nobody may read along.
pub(super) fn veil(text: &str) -> String {
    use unicode_segmentation::UnicodeSegmentation;
    "*".repeat(text.graphemes(true).count())
}
