//! The composer: one text per lead, kept when the operator goes elsewhere.

use lotline_common::LeadId;
use ratatui_textarea::{CursorMove, TextArea, WrapMode};
use uuid::Uuid;

#[derive(Debug)]
pub struct Compose {
    pub lead: Option<LeadId>,
    pub area: TextArea<'static>,
    /// The last text whose sending failed, with its id: the same text sent again is the same message, should the
    /// first have arrived after all.
    pub failed: Option<(LeadId, Uuid, String)>,
    /// The draft that is being edited; it goes when the text is sent.
    pub draft: Option<lotline_common::DraftId>,
    /// Texts sent by this console; with `salt`, which the runtime draws at random, it makes their ids.
    pub sent: u64,
    pub salt: u64,
}

impl Default for Compose {
    fn default() -> Self {
        Self { lead: None, area: area(""), failed: None, draft: None, sent: 0, salt: 0 }
    }
}

impl Compose {
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    pub fn is_blank(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    pub fn set(&mut self, text: &str) {
        self.area = area(text);
    }
}

fn area(text: &str) -> TextArea<'static> {
    let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_cursor_line_style(ratatui::style::Style::new());
    area.move_cursor(CursorMove::Bottom);
    area.move_cursor(CursorMove::End);
    area
}
