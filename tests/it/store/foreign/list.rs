//! The list of all predicates, as `docs/tenancy.md` keeps it.

use std::{collections::BTreeSet, fs, path::Path};

use super::predicate::Mutant;

/// Before it the page is written by hand.
const HEADING: &str = "\n| Asked | Predicate | Without it |\n|---|---|---|\n";

#[derive(Default)]
pub(super) struct List(BTreeSet<String>);

impl List {
    pub(super) fn add(&mut self, call: &str, mutant: &Mutant, without: &str) {
        self.0.insert(format!(
            "| `{call}` | `{}` of `{}` | {without} |\n",
            mutant.comparison(),
            mutant.table()
        ));
    }

    /// The page says what is so. If it does not, one that does is written where tests may write.
    pub(super) fn is_kept(&self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/tenancy.md");
        let kept = fs::read_to_string(&path).unwrap();
        let (text, _) = kept.split_once(HEADING).unwrap();
        let rows: String = self.0.iter().map(String::as_str).collect();
        let page = format!("{text}{HEADING}{rows}");
        if kept != page {
            let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tenancy.md");
            fs::write(&new, page).unwrap();
            panic!("docs/tenancy.md is not what the store does; {} is", new.display());
        }
    }
}
