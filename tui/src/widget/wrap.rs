//! Cutting text to columns by what it really occupies: emoji, CJK and combining marks included.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Lines of at most `width` columns, broken at spaces where possible. Never empty.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_word_bounds() {
            let wide = word.width();
            if used + wide <= width {
                line.push_str(word);
                used += wide;
            } else if word.trim().is_empty() {
                // A space at the edge is where the line ends.
                lines.push(std::mem::take(&mut line));
                used = 0;
            } else {
                if wide <= width && used > 0 {
                    let carried = carry(&mut line);
                    lines.push(std::mem::replace(&mut line, carried));
                    used = line.width();
                }
                for grapheme in word.graphemes(true) {
                    let wide = grapheme.width();
                    if used + wide > width {
                        lines.push(std::mem::take(&mut line));
                        used = 0;
                    }
                    line.push_str(grapheme);
                    used += wide;
                }
            }
        }
        lines.push(line);
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// What must go along to the next line, so that `rate?` or `6.1%` is not cut at its punctuation.
fn carry(line: &mut String) -> String {
    match line.rfind(' ') {
        Some(space) if space + 1 < line.len() && space > line.len() / 2 => {
            let carried = line[space + 1..].to_owned();
            line.truncate(space);
            carried
        }
        _ => String::new(),
    }
}

/// The beginning of a text in at most `width` columns, ending in an ellipsis when something is cut.
pub fn fit(text: &str, width: usize, ellipsis: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(ellipsis.width());
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        if used + grapheme.width() > room {
            break;
        }
        used += grapheme.width();
        out.push_str(grapheme);
    }
    if width >= ellipsis.width() {
        out.push_str(ellipsis);
    }
    out
}

/// `fit`, filled up with spaces to exactly `width` columns.
pub fn pad(text: &str, width: usize, ellipsis: &str) -> String {
    let mut out = fit(text, width, ellipsis);
    let missing = width.saturating_sub(out.width());
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    use super::{fit, pad, wrap};

    #[test]
    fn words_and_their_punctuation_stay_together() {
        assert_eq!(wrap("Can you do the rate? I got 6.1%", 18), ["Can you do the", "rate? I got 6.1%"]);
        assert_eq!(wrap("one\n\ntwo", 10), ["one", "", "two"]);
        assert_eq!(wrap("日本語のテキスト", 6), ["日本語", "のテキ", "スト"]);
        assert_eq!(fit("Ava Okafor", 6, "…"), "Ava O…");
        assert_eq!(pad("é👩‍🔧", 5, "…"), "é👩‍🔧  ");
    }

    proptest! {
        /// A line that is too wide would overwrite the next pane; a lost letter would change what a customer said.
        #[test]
        fn no_line_is_too_wide_and_no_letter_is_lost(text in "[a-zé ,.?日👍\n-]{0,200}", width in 2_usize..60) {
            let lines = wrap(&text, width);
            for line in &lines {
                prop_assert!(line.width() <= width, "{line:?}");
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
