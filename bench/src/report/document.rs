//! The latest table in `docs/performance.md`: the last part of the page, written anew by every whole run.

use std::{fs, path::Path};

use super::Section;
use crate::Result;

/// The heading under which the table stands; nothing comes after it.
const HEADING: &str = "## The latest table\n";

/// Puts `sections` in the place of the table that stands at the end of `page`.
pub(crate) fn write(page: &Path, machine: &str, sections: &[Section]) -> Result<()> {
    let text = fs::read_to_string(page)?;
    let (kept, _old) = text.split_once(HEADING).ok_or_else(|| format!("{} has no table", page.display()))?;
    let tables: String = sections.iter().map(Section::markdown).collect();
    fs::write(page, format!("{kept}{HEADING}\n{machine}\n\n{}\n", tables.trim_end()))?;
    Ok(())
}
