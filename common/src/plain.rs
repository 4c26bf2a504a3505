//! Text from outside, made safe to show: no control sequence of a customer's reaches a terminal or a log.

use std::borrow::Cow;

/// Replaces every character that could steer a terminal or hide text by a visible one.
///
/// C0 (but `\n`), DEL, C1 become Unicode control pictures or `�`; bidirectional overrides, zero-width characters and
/// other invisible formatting become `·`. Everything else passes unchanged, without a copy when nothing is wrong.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| visible(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").chars().map(visible).collect())
}

fn visible(c: char) -> char {
    match c {
        '\n' => '\n',
        '\t' => ' ',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' => '\u{fffd}',
        // Joiners inside emoji are needed to draw them, so U+200D stays; the other invisible ones do not.
        '\u{200b}'
        | '\u{200c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{061c}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => '·',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::plain;

    #[test]
    fn escapes_and_overrides_become_visible() {
        assert_eq!(plain("\u{1b}]52;c;AA\u{7}"), "␛]52;c;AA␇");
        assert_eq!(plain("ok\u{202e}ko\u{200b}!"), "ok·ko·!");
        assert_eq!(plain("one\r\ntwo\tthree"), "one\ntwo three");
        assert_eq!(plain("\u{9b}31m"), "\u{fffd}31m");
        assert!(matches!(plain("¿Qué tal? 👩‍🔧"), std::borrow::Cow::Borrowed(_)));
    }

    proptest! {
        /// An operator's terminal would obey whatever control byte slipped through here.
        #[test]
        fn nothing_that_steers_a_terminal_survives(text in ".*") {
            prop_assert!(plain(&text).chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
}
