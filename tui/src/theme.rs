//! Colours by intent. Every state is a word first, so each of these may be missing.
//!
//! The terminal's own background stays; the palettes are tested for 4.5:1 against the backgrounds people use.

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Serialize};

/// Which palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// What the terminal's background asks for.
    #[default]
    Auto,
    Dark,
    Light,
    /// The terminal's own sixteen colours.
    Ansi,
    /// No colour at all.
    None,
}

impl Mode {
    pub const ALL: [Self; 5] = [Self::Auto, Self::Dark, Self::Light, Self::Ansi, Self::None];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Ansi => "ansi",
            Self::None => "none",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    pub dim: Color,
    pub accent: Color,
    pub customer: Color,
    pub ai: Color,
    pub member: Color,
    pub warn: Color,
    pub danger: Color,
    pub good: Color,
    pub border: Color,
    /// `None` draws the selection reversed.
    pub selection: Option<(Color, Color)>,
    /// Box drawing, ticks and arrows may be used.
    pub unicode: bool,
}

const fn rgb(hex: u32) -> Color {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color::Rgb(red, green, blue)
}

impl Theme {
    pub const DARK: Self = Self {
        dim: rgb(0x00a3_a9b5),
        accent: rgb(0x006c_c7f5),
        customer: rgb(0x00f2_c572),
        ai: rgb(0x00c3_a6ff),
        member: rgb(0x007f_d9a2),
        warn: rgb(0x00f2_c14e),
        danger: rgb(0x00ff_9a94),
        good: rgb(0x007f_d9a2),
        border: rgb(0x0098_9eaa),
        selection: Some((rgb(0x00ff_ffff), rgb(0x0027_4a68))),
        unicode: true,
    };
    pub const LIGHT: Self = Self {
        dim: rgb(0x0054_5b66),
        accent: rgb(0x0000_5a94),
        customer: rgb(0x0080_4a00),
        ai: rgb(0x0063_39b5),
        member: rgb(0x0013_6336),
        warn: rgb(0x007a_4b00),
        danger: rgb(0x00a8_1620),
        good: rgb(0x0013_6336),
        border: rgb(0x005f_6672),
        selection: Some((rgb(0x0000_0000), rgb(0x00bf_ddf5))),
        unicode: true,
    };
    pub const ANSI: Self = Self {
        dim: Color::Reset,
        accent: Color::Cyan,
        customer: Color::Yellow,
        ai: Color::Magenta,
        member: Color::Green,
        warn: Color::Yellow,
        danger: Color::Red,
        good: Color::Green,
        border: Color::Reset,
        selection: None,
        unicode: true,
    };
    pub const NONE: Self = Self {
        dim: Color::Reset,
        accent: Color::Reset,
        customer: Color::Reset,
        ai: Color::Reset,
        member: Color::Reset,
        warn: Color::Reset,
        danger: Color::Reset,
        good: Color::Reset,
        border: Color::Reset,
        selection: None,
        unicode: true,
    };

    /// The same without box drawing and ticks.
    #[must_use]
    pub const fn ascii(mut self) -> Self {
        self.unicode = false;
        self
    }

    pub fn dim(&self) -> Style {
        Style::new().fg(self.dim)
    }

    pub fn title(&self, focused: bool) -> Style {
        if focused { self.accent().add_modifier(Modifier::BOLD) } else { Style::new() }
    }

    pub fn border(&self, focused: bool) -> Style {
        if focused { self.accent() } else { Style::new().fg(self.border) }
    }

    pub fn accent(&self) -> Style {
        Style::new().fg(self.accent)
    }

    pub fn customer(&self) -> Style {
        Style::new().fg(self.customer).add_modifier(Modifier::BOLD)
    }

    pub fn ai(&self) -> Style {
        Style::new().fg(self.ai)
    }

    pub fn member(&self) -> Style {
        Style::new().fg(self.member)
    }

    pub fn warn(&self) -> Style {
        Style::new().fg(self.warn).add_modifier(Modifier::BOLD)
    }

    pub fn danger(&self) -> Style {
        Style::new().fg(self.danger).add_modifier(Modifier::BOLD)
    }

    pub fn good(&self) -> Style {
        Style::new().fg(self.good)
    }

    pub fn selected(&self) -> Style {
        match self.selection {
            Some((text, behind)) => Style::new().fg(text).bg(behind),
            None => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// Every colour that text is drawn in on the terminal's own background.
    pub const fn inks(&self) -> [Color; 9] {
        [
            self.dim,
            self.accent,
            self.customer,
            self.ai,
            self.member,
            self.warn,
            self.danger,
            self.good,
            self.border,
        ]
    }

    /// Applies `theme.toml`: single colours as `name = "#rrggbb"`.
    ///
    /// # Errors
    /// One sentence with the position of what is wrong.
    pub fn patched(mut self, text: &str) -> Result<Self, toml::de::Error> {
        let patch: Patch = toml::from_str(text)?;
        let inks = [
            (&mut self.dim, patch.dim),
            (&mut self.accent, patch.accent),
            (&mut self.customer, patch.customer),
            (&mut self.ai, patch.ai),
            (&mut self.member, patch.member),
            (&mut self.warn, patch.warn),
            (&mut self.danger, patch.danger),
            (&mut self.good, patch.good),
            (&mut self.border, patch.border),
        ];
        for (ink, new) in inks {
            *ink = new.map_or(*ink, |Hex(color)| color);
        }
        Ok(self)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    dim: Option<Hex>,
    accent: Option<Hex>,
    customer: Option<Hex>,
    ai: Option<Hex>,
    member: Option<Hex>,
    warn: Option<Hex>,
    danger: Option<Hex>,
    good: Option<Hex>,
    border: Option<Hex>,
}

struct Hex(Color);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .map(|hex| Self(rgb(hex)))
            .ok_or_else(|| serde::de::Error::custom("a colour is written \"#rrggbb\""))
    }
}
