//! The latest table in `docs/performance.md`: the last part of the page, written anew by a whole run.

use std::{fs, path::Path};

use super::Section;
use crate::Result;

/// The heading under which the table stands; nothing comes after it.
const HEADING: &str = "## The latest table\n";

/// Puts what was measured in the place of the table that stands at the end of `page`; `run` says where and how.
pub(crate) fn write(page: &Path, run: &str, sections: &[Section]) -> Result<()> {
    let tables: String = sections.iter().map(Section::markdown).collect();
    let text = anew(&fs::read_to_string(page)?, run, &tables);
    let text = text.ok_or_else(|| format!("{} has no table to write anew", page.display()))?;
    Ok(fs::write(page, text)?)
}

fn anew(text: &str, run: &str, tables: &str) -> Option<String> {
    let (kept, _old) = text.split_once(HEADING)?;
    Some(format!("{kept}{HEADING}\n{run}\n\n{}\n", tables.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run must not take what people wrote above its table, nor leave half of the old one below the new.
    #[test]
    fn the_table_alone_is_written_anew() {
        let page = format!("# Performance\n\nKept.\n\n{HEADING}\nOld.\n\n| old |\n");
        let once = anew(&page, "Now.", "| new |\n\n");
        assert_eq!(
            once.as_deref(),
            Some("# Performance\n\nKept.\n\n## The latest table\n\nNow.\n\n| new |\n")
        );
        assert_eq!(once.as_deref().and_then(|page| anew(page, "Now.", "| new |\n\n")), once);
        assert_eq!(anew("Another page.\n", "Now.", ""), None);
    }
}
