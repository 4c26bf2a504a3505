//! The audit log as an admin reads it: what was fetched so far, and what of it fits what is typed.

use lotline_common::api::audit::AuditLine;

use crate::widget::input::Input;

#[derive(Debug, Default)]
pub struct AuditLog {
    pub input: Input,
    /// Newest first.
    pub lines: Vec<AuditLine>,
    /// The selected one of those that fit.
    pub line: usize,
    /// Where older lines begin; `None` when there are none.
    pub older: Option<String>,
    pub asking: bool,
    pub trouble: Option<String>,
}

impl AuditLog {
    /// Being fetched for the first time.
    pub fn asking() -> Self {
        Self { asking: true, ..Self::default() }
    }

    /// Lines in which every typed word stands.
    pub fn shown(&self) -> Vec<&AuditLine> {
        let text = self.input.text().to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        self.lines
            .iter()
            .filter(|line| {
                let told = words_of(line).to_lowercase();
                words.iter().all(|word| told.contains(word))
            })
            .collect()
    }
}

/// Who, as far as it is known.
pub fn who(line: &AuditLine) -> String {
    line.actor.name.clone().unwrap_or_else(|| line.actor.kind.as_str().replace('_', " "))
}

/// From where, and what it was about.
pub fn about(line: &AuditLine) -> String {
    let subject = line.subject.map(|subject| format!("{} {}", subject.kind, subject.id));
    let detail = line.detail.iter().map(|(key, value)| match value.as_str() {
        Some(text) => format!("{key} {text}"),
        None => format!("{key} {value}"),
    });
    line.address.clone().into_iter().chain(detail).chain(subject).collect::<Vec<_>>().join("  ")
}

fn words_of(line: &AuditLine) -> String {
    format!("{} {} {}", line.action, who(line), about(line))
}
