//! The terminal as we take it and as we give it back: on leaving, on panic, on a signal, on Ctrl-Z.

use std::{
    io::{self, Stdout, Write as _, stdout},
    time::Duration,
};

use crossterm::{
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute, queue,
    terminal::{
        BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
        LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{Terminal, backend::CrosstermBackend};

use crate::{
    model::Model,
    theme::{Mode, Theme},
    view::view,
};

/// Raw mode and the alternate screen; given back when dropped.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// # Errors
    /// Standard output is no terminal.
    pub fn take() -> io::Result<Self> {
        restore_on_panic();
        enter()?;
        Ok(Self { terminal: Terminal::new(CrosstermBackend::new(stdout()))? })
    }

    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// One frame, shown whole: the terminal holds it back until it is complete (DEC mode 2026).
    pub fn draw(&mut self, model: &Model) -> io::Result<()> {
        queue!(stdout(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| view(model, frame))?;
        execute!(stdout(), EndSynchronizedUpdate)
    }

    /// Stops the process group as the terminal itself would on Ctrl-Z, and takes the screen again on return.
    pub fn suspend(&mut self) -> io::Result<()> {
        leave();
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        enter()?;
        // A new one knows nothing of the old screen and draws everything. Clearing the old one would ask the terminal
        // where its cursor is, and the reader of the keys would swallow the answer.
        execute!(stdout(), Clear(ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableMouseCapture)
}

/// Best effort: whatever fails here, the rest must still be given back.
fn leave() {
    drop(execute!(
        stdout(),
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        crossterm::cursor::Show
    ));
    drop(disable_raw_mode());
}

fn restore_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        leave();
        before(info);
    }));
}

/// Copies by OSC 52, which works over SSH; inside tmux it is wrapped so that it reaches the outer terminal.
pub fn copy(text: &str, tmux: bool) -> io::Result<()> {
    let mut sequence = Vec::new();
    queue!(sequence, crossterm::clipboard::CopyToClipboard::to_clipboard_from(text))?;
    if tmux {
        let mut wrapped = b"\x1bPtmux;".to_vec();
        for byte in sequence {
            if byte == 0x1b {
                wrapped.push(byte);
            }
            wrapped.push(byte);
        }
        wrapped.extend(b"\x1b\\");
        sequence = wrapped;
    }
    stdout().write_all(&sequence)?;
    stdout().flush()
}

pub fn bell() -> io::Result<()> {
    stdout().write_all(b"\x07")?;
    stdout().flush()
}

/// How many colours there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// `NO_COLOR` is set: none, whatever is chosen.
    None,
    Sixteen,
    True,
}

/// How the terminal looks, asked once, before anything is drawn.
#[derive(Debug, Clone)]
pub struct Looks {
    pub light: bool,
    pub depth: Depth,
    pub ascii: bool,
    /// `theme.toml`
    pub patch: Option<String>,
}

impl Looks {
    /// Asks the terminal for its background; one that does not answer in time is dark.
    #[expect(clippy::disallowed_methods, reason = "what a terminal can do is told by its environment")]
    pub fn probe(ascii: bool, patch: Option<String>) -> Self {
        let mut options = terminal_colorsaurus::QueryOptions::default();
        options.timeout = Duration::from_millis(150);
        let mode = terminal_colorsaurus::theme_mode(options);
        let set = |name: &str| std::env::var(name).unwrap_or_default();
        let depth = match set("COLORTERM").as_str() {
            _ if !set("NO_COLOR").is_empty() => Depth::None,
            "truecolor" | "24bit" => Depth::True,
            _ => Depth::Sixteen,
        };
        Self {
            light: matches!(mode, Ok(terminal_colorsaurus::ThemeMode::Light)),
            depth,
            ascii: ascii || set("TERM") == "linux",
            patch,
        }
    }

    /// # Errors
    /// `theme.toml` is wrong; the sentence says where.
    pub fn theme(&self, mode: Mode) -> Result<Theme, String> {
        let theme = match mode {
            _ if self.depth == Depth::None => Theme::NONE,
            Mode::None => Theme::NONE,
            Mode::Ansi => Theme::ANSI,
            Mode::Auto if self.depth == Depth::Sixteen => Theme::ANSI,
            Mode::Light => Theme::LIGHT,
            Mode::Auto if self.light => Theme::LIGHT,
            Mode::Dark | Mode::Auto => Theme::DARK,
        };
        let coloured = theme != Theme::NONE && theme != Theme::ANSI;
        let theme = match &self.patch {
            Some(patch) if coloured => {
                theme.patched(patch).map_err(|error| format!("theme.toml: {error}"))?
            }
            _ => theme,
        };
        Ok(if self.ascii { theme.ascii() } else { theme })
    }
}
