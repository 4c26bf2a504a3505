//! The settings in effect, as they are shown.

use std::fmt;

use super::reader::Shown;

/// What `check-config` prints: TOML with the source of each value as a comment.
#[derive(Clone)]
pub(super) struct Effective(pub(super) Vec<Shown>);

impl fmt::Debug for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Effective")
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut open = "";
        for shown in &self.0 {
            let (section, key) = shown.key.split_once('.').unwrap_or(("", shown.key));
            if section != open {
                let gap = if open.is_empty() { "" } else { "\n" };
                writeln!(f, "{gap}[{section}]")?;
                open = section;
            }
            writeln!(f, "{key} = {}  # {}", shown.value, shown.from)?;
        }
        Ok(())
    }
}
