//! Text can be read in every palette.

use ratatui::style::Color;

use crate::theme::Theme;

fn light(color: Color) -> f64 {
    let Color::Rgb(red, green, blue) = color else { panic!("{color:?} has no fixed light") };
    let part = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
}

fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// WCAG AA, against the backgrounds terminals ship with.
#[test]
fn every_ink_has_four_and_a_half_to_one() {
    let dark = [(0, 0, 0), (0x1e, 0x1e, 0x2e), (0x28, 0x2c, 0x34), (0x00, 0x2b, 0x36), (0x30, 0x30, 0x30)];
    let bright = [(255, 255, 255), (0xfd, 0xf6, 0xe3), (0xf0, 0xf0, 0xf0), (0xef, 0xf1, 0xf5)];
    for (theme, grounds) in [(Theme::DARK, &dark[..]), (Theme::LIGHT, &bright[..])] {
        for (red, green, blue) in grounds {
            let ground = Color::Rgb(*red, *green, *blue);
            for ink in theme.inks() {
                let found = contrast(ink, ground);
                assert!(found >= 4.5, "{ink:?} on {ground:?} has {found:.2}");
            }
        }
        let (text, behind) = theme.selection.unwrap();
        assert!(contrast(text, behind) >= 7.0);
    }
}

#[test]
fn a_theme_file_changes_single_colours_and_says_what_is_wrong() {
    let theme = Theme::DARK.patched("ai = \"#ffffff\"").unwrap();
    assert_eq!((theme.ai, theme.dim), (Color::Rgb(255, 255, 255), Theme::DARK.dim));
    assert!(Theme::DARK.patched("ai = \"white\"").unwrap_err().to_string().contains("#rrggbb"));
    assert!(Theme::DARK.patched("aj = \"#ffffff\"").is_err());
    let shipped = include_str!("../../../config/theme.toml");
    assert_eq!(
        Theme::DARK
            .patched(
                &shipped
                    .replace("# ", "#")
                    .lines()
                    .filter_map(|line| line.strip_prefix('#').filter(|rest| rest.contains(" = \"")))
                    .collect::<Vec<_>>()
                    .join("\n")
            )
            .unwrap(),
        Theme::DARK
    );
}
