//! Turns a captured terminal screen into a picture: `tmux capture-pane -e -p | cargo run --example shot > screen.svg`.
//!
//! Each run of glyphs is pinned to its columns by `textLength`, so the grid holds in any viewer's monospace font.

use std::{
    fmt::Write as _,
    io::{self, Read, Write},
    num::NonZero,
};

use vt100::{Cell, Color, Parser};

/// Wider than any terminal that is captured.
const COLUMNS: NonZero<u16> = NonZero::<u16>::MIN.saturating_add(399);
const CELL: (usize, usize) = (9, 19);
const FOREGROUND: &str = "#d8dee9";
const BACKGROUND: &str = "#10151c";
/// The sixteen colours of a dark terminal.
const PALETTE: [&str; 16] = [
    "#2e3440", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9", "#6b7689",
    "#ff7b86", "#b5e890", "#ffd68a", "#82c7ff", "#e29bf5", "#7fdfe8", "#ffffff",
];

fn main() -> io::Result<()> {
    let mut captured = String::new();
    io::stdin().read_to_string(&mut captured)?;
    let lines: Vec<&str> = captured.lines().collect();
    let rows = u16::try_from(lines.len()).ok().and_then(NonZero::new).unwrap_or(NonZero::<u16>::MAX);
    let mut parser = Parser::new(rows, COLUMNS, 0);
    parser.process(lines.join("\r\n").as_bytes());
    io::stdout().write_all(svg(parser.screen()).as_bytes())
}

fn svg(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let used =
        |row| (0..columns).rev().find(|&column| screen.cell(row, column).is_some_and(Cell::has_contents));
    let width = (0..rows).filter_map(used).max().map_or(80, |last| usize::from(last) + 1);
    let (w, h) = (width * CELL.0 + 16, usize::from(rows) * CELL.1 + 16);
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" font-family=\"ui-monospace,'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"15\">\n<rect width=\"{w}\" height=\"{h}\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while usize::from(column) < width {
            column = run(&mut picture, screen, row, column, u16::try_from(width).unwrap_or(columns));
        }
    }
    picture.push_str("</svg>\n");
    picture
}

/// Draws the cells that look alike from `begin` on; where the next run begins.
fn run(picture: &mut String, screen: &vt100::Screen, row: u16, begin: u16, width: u16) -> u16 {
    let look = |column| screen.cell(row, column).map(style);
    let same = look(begin);
    let mut end = begin + 1;
    while end < width && look(end) == same {
        end += 1;
    }
    let Some((foreground, background, bold)) = same else { return end };
    let (x, y) = (usize::from(begin) * CELL.0 + 8, usize::from(row) * CELL.1 + 8);
    let length = usize::from(end - begin) * CELL.0;
    if background != BACKGROUND {
        let _written = writeln!(
            picture,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{length}\" height=\"{}\" fill=\"{background}\"/>",
            CELL.1
        );
    }
    let text: String = (begin..end)
        .filter_map(|column| screen.cell(row, column))
        .filter(|cell| !cell.is_wide_continuation())
        .map(shown)
        .collect();
    if !text.trim().is_empty() {
        let weight = if bold { " font-weight=\"bold\"" } else { "" };
        let _written = writeln!(
            picture,
            "<text x=\"{x}\" y=\"{}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"{foreground}\"{weight}>{}</text>",
            y + 14,
            escape(&text)
        );
    }
    end
}

fn shown(cell: &Cell) -> &str {
    if cell.has_contents() { cell.contents() } else { " " }
}

fn style(cell: &Cell) -> (String, String, bool) {
    let (foreground, background) = (color(cell.fgcolor(), FOREGROUND), color(cell.bgcolor(), BACKGROUND));
    if cell.inverse() { (background, foreground, cell.bold()) } else { (foreground, background, cell.bold()) }
}

fn color(color: Color, default: &str) -> String {
    match color {
        Color::Default => default.to_owned(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Idx(n @ 0..16) => PALETTE[usize::from(n)].to_owned(),
        Color::Idx(n @ 232..) => format!("#{0:02x}{0:02x}{0:02x}", 8 + (n - 232) * 10),
        Color::Idx(n) => {
            let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            let n = n - 16;
            format!("#{:02x}{:02x}{:02x}", level(n / 36), level(n / 6 % 6), level(n % 6))
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
