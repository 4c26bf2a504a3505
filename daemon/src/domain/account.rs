//! What people may be called and which passwords they may have. Pure rules.

/// Longest name of a person, an organization or an agent's persona, in characters.
pub const LONGEST_NAME: usize = 100;
const SHORTEST_PASSWORD: usize = 12;
/// Hashing takes time by length; nobody types more.
const LONGEST_PASSWORD: usize = 256;
const LONGEST_EMAIL: usize = 254;
const LONGEST_SLUG: usize = 60;

/// The address in the one form that is stored and compared; `None` when it is not one.
pub fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.rsplit_once('@')?;
    let well_formed = !local.is_empty()
        && domain.split('.').count() > 1
        && domain.split('.').all(|label| !label.is_empty())
        && text.len() <= LONGEST_EMAIL
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '<' || c == '>');
    well_formed.then_some(text)
}

/// A name fit to show, trimmed; `None` when it is empty, too long or holds characters that steer a terminal.
pub fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= LONGEST_NAME;
    let shows = lotline_common::plain::plain(text) == text && !text.contains('\n');
    (fits && shows).then(|| text.to_owned())
}

/// States, the District and territories, as the post writes them.
const STATES: &str = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY \
     NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU VI AS MP";

/// A state in its two capital letters; `None` when there is no such state.
pub fn state(text: &str) -> Option<String> {
    let wanted = text.trim().to_ascii_uppercase();
    STATES.split_whitespace().find(|state| *state == wanted).map(str::to_owned)
}

/// Why a password is refused, for the person who chose it.
pub fn password_problem(password: &str, email: &str) -> Option<&'static str> {
    let length = password.chars().count();
    let lowered = password.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    if length < SHORTEST_PASSWORD {
        Some("must have 12 characters or more")
    } else if password.len() > LONGEST_PASSWORD {
        Some("must have 256 bytes or less")
    } else if lowered.trim() == email || (local.len() >= 6 && lowered.trim() == local) {
        Some("must not be the e-mail address")
    } else if password.chars().all(|c| password.starts_with(c)) {
        Some("must not be one character repeated")
    } else {
        None
    }
}

/// A slug as given; `None` unless it is lower-case letters and digits with single hyphens between.
pub fn slug(text: &str) -> Option<String> {
    let well_formed = (2..=LONGEST_SLUG).contains(&text.len())
        && text.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
    well_formed.then(|| text.to_owned())
}

/// The slug that a name makes; `None` when too little of it is left.
pub fn slug_of(name: &str) -> Option<String> {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.replace(['\'', '’'], "").to_ascii_lowercase())
        .filter(|word| !word.is_empty());
    let mut made = String::new();
    for word in words {
        let gap = usize::from(!made.is_empty());
        if made.len() + gap + word.len() > LONGEST_SLUG {
            break;
        }
        made.extend((gap > 0).then_some('-'));
        made.push_str(&word);
    }
    slug(&made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_one_address_however_it_is_typed() {
        assert_eq!(email(" Dana@Example.COM ").as_deref(), Some("dana@example.com"));
        for wrong in [
            "",
            "dana",
            "@example.com",
            "dana@",
            "dana@example",
            "dana@.com",
            "a b@example.com",
            "a@b\u{7}.com",
            "<a@b.com>",
        ] {
            assert_eq!(email(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn weak_passwords_are_refused_with_the_reason() {
        let problem = |password| password_problem(password, "dana.example@example.com");
        assert_eq!(problem("correct horse battery"), None);
        assert_eq!(problem("hunter2"), Some("must have 12 characters or more"));
        assert_eq!(problem("Dana.Example@Example.com"), Some("must not be the e-mail address"));
        assert_eq!(problem("Dana.Example"), Some("must not be the e-mail address"));
        assert_eq!(problem("aaaaaaaaaaaaaa"), Some("must not be one character repeated"));
        assert!(password_problem(&"long pass ".repeat(30), "dana@example.com").is_some());
        assert_eq!(problem("пароль-длинный"), None);
    }

    #[test]
    fn a_slug_is_made_of_the_name() {
        assert_eq!(slug_of("Dana's Fine Cars, Inc.").as_deref(), Some("danas-fine-cars-inc"));
        assert_eq!(slug_of("  Élan  Motors ").as_deref(), Some("lan-motors"));
        assert_eq!(slug_of("???"), None);
        assert!(slug_of(&"motors ".repeat(40)).unwrap().len() <= 60);
        for wrong in ["", "a", "-a", "a--b", "Abc", "a b", "a_b", "é2"] {
            assert_eq!(slug(wrong), None, "{wrong}");
        }
    }

    /// The rules of the wrong state would be applied to every call.
    #[test]
    fn a_state_is_one_that_exists() {
        assert_eq!(state(" co ").as_deref(), Some("CO"));
        for wrong in ["", "C", "XX", "CO AZ", "Colorado"] {
            assert_eq!(state(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_cannot_steer_a_terminal() {
        assert_eq!(name(" Dana Example ").as_deref(), Some("Dana Example"));
        for wrong in ["", "  ", "a\u{1b}[31m", "a\nb", "a\u{202e}b"] {
            assert_eq!(name(wrong), None, "{wrong:?}");
        }
    }
}
