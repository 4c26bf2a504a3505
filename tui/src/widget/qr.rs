//! A QR code as rows of half blocks: two modules above each other in one cell.

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code, which scanners need to find it. Four by the book; two are read as well and leave room.
const MARGIN: usize = 2;

#[derive(Clone)]
pub struct Qr {
    width: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// `None` for a text that no QR code holds.
    pub fn new(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let width = code.width();
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { width, dark })
    }

    /// Columns and lines that it takes.
    pub fn size(&self) -> (u16, u16) {
        let side = u16::try_from(self.side()).unwrap_or(u16::MAX);
        (side, side.div_ceil(2))
    }

    const fn side(&self) -> usize {
        self.width + 2 * MARGIN
    }

    /// To be drawn light on dark: a block is a light module.
    pub fn lines(&self) -> Vec<String> {
        let side = self.side();
        let row = |y: usize| (0..side).map(|x| cell(self.light(x, y), self.light(x, y + 1))).collect();
        (0..side).step_by(2).map(row).collect()
    }

    /// The margin is light, and so is what lies outside.
    fn light(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < self.width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => !self.dark[y * self.width + x],
            _ => true,
        }
    }
}

const fn cell(upper: bool, lower: bool) -> char {
    match (upper, lower) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

/// It holds the secret.
impl std::fmt::Debug for Qr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Qr").field("width", &self.width).finish_non_exhaustive()
    }
}
