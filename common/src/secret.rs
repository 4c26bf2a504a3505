//! Text that must not be printed: passwords, tokens, what a customer told of their income.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Shown by no `Debug` and no `Display`; only `expose` gives it away, and serialising it for its one receiver.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn into_exposed(self) -> String {
        self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// `Debug` that shows the named members only: the others are secrets, or whatever is added later.
macro_rules! shows {
    ($name:ident: $($member:ident),*) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($member), &self.$member))*.finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use shows;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::auth::LogIn;

    /// A password in a log is in every copy of that log.
    #[test]
    fn what_is_secret_is_shown_by_no_debug() {
        let typed = LogIn {
            email: "dana@example.com".into(),
            password: "correct horse".into(),
            totp: Some("123456".into()),
            organization_id: None,
        };
        let shown = format!("{:?} {:?}", typed, Secret::from("4217".to_owned()));
        assert!(shown.contains("dana@example.com"), "{shown}");
        assert!(!["correct", "123456", "4217"].iter().any(|secret| shown.contains(secret)), "{shown}");
    }
}
