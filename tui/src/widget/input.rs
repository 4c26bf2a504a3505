//! One line of typed text with a cursor. Emacs line keys work; control characters never get in.

use crossterm::event::KeyCode;
use unicode_segmentation::UnicodeSegmentation;

use crate::key::Key;

#[derive(Clone, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// Byte offset, always on a grapheme boundary.
    cursor: usize,
}

/// What was typed may be a password.
impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").finish_non_exhaustive()
    }
}

impl Input {
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before and after the cursor.
    pub fn split(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    /// Inserts typed or pasted text; a line break becomes a space.
    pub fn insert(&mut self, text: &str) {
        let clean: String = lotline_common::plain::plain(text).replace('\n', " ");
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
    }

    /// True when the key was ours.
    pub fn handle(&mut self, key: Key) -> bool {
        if let Some(c) = key.typed() {
            self.insert(c.encode_utf8(&mut [0; 4]));
            return true;
        }
        match (key.code, key.ctrl) {
            (KeyCode::Backspace, false) | (KeyCode::Char('h'), true) => {
                self.delete(self.before(), self.cursor);
            }
            (KeyCode::Delete, _) => self.delete(self.cursor, self.after()),
            (KeyCode::Char('w') | KeyCode::Backspace, true) => self.delete(self.word(), self.cursor),
            (KeyCode::Char('u'), true) => self.delete(0, self.cursor),
            (KeyCode::Char('k'), true) => self.delete(self.cursor, self.text.len()),
            (KeyCode::Left, _) | (KeyCode::Char('b'), true) => self.cursor = self.before(),
            (KeyCode::Right, _) | (KeyCode::Char('f'), true) => self.cursor = self.after(),
            (KeyCode::Home, _) | (KeyCode::Char('a'), true) => self.cursor = 0,
            (KeyCode::End, _) | (KeyCode::Char('e'), true) => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    fn delete(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn before(&self) -> usize {
        let (left, _) = self.split();
        self.cursor - left.graphemes(true).next_back().map_or(0, str::len)
    }

    fn after(&self) -> usize {
        let (_, right) = self.split();
        self.cursor + right.graphemes(true).next().map_or(0, str::len)
    }

    fn word(&self) -> usize {
        let (left, _) = self.split();
        left.trim_end().rfind(char::is_whitespace).map_or(0, |space| space + 1)
    }
}
