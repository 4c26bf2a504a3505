//! The sign-in form.

use crate::widget::input::Input;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Line {
    Server,
    #[default]
    Email,
    Password,
    Code,
}

impl Line {
    pub const ALL: [Self; 4] = [Self::Server, Self::Email, Self::Password, Self::Code];
}

#[derive(Debug, Default)]
pub struct SignIn {
    pub server: Input,
    pub email: Input,
    pub password: Input,
    pub code: Input,
    pub line: Line,
    pub busy: bool,
    pub trouble: Option<String>,
}

impl SignIn {
    pub const fn input(&mut self) -> &mut Input {
        match self.line {
            Line::Server => &mut self.server,
            Line::Email => &mut self.email,
            Line::Password => &mut self.password,
            Line::Code => &mut self.code,
        }
    }

    /// Moves the cursor by `step` lines, around the ends.
    pub fn go(&mut self, step: usize) {
        let at = Line::ALL.iter().position(|line| *line == self.line).unwrap_or(0);
        self.line = Line::ALL[(at + step) % Line::ALL.len()];
    }
}
