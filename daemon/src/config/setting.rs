//! How one value is written in TOML or in an environment variable, and how it is printed.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use toml::Value;
use url::Url;

/// A value of a setting. The environment gives text only, so every kind is also read from text.
pub(super) trait Setting: Sized {
    /// Completes "must be …".
    const WANTS: &'static str;

    fn read(value: &Value) -> Option<Self>;

    /// As TOML.
    fn show(&self) -> String;
}

impl Setting for bool {
    const WANTS: &'static str = "true or false";

    fn read(value: &Value) -> Option<Self> {
        value.as_bool().or_else(|| value.as_str()?.parse().ok())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for usize {
    const WANTS: &'static str = "a whole number above zero";

    fn read(value: &Value) -> Option<Self> {
        let number = match value.as_integer() {
            Some(number) => Self::try_from(number).ok(),
            None => value.as_str()?.parse().ok(),
        };
        number.filter(|number| *number > 0)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for String {
    const WANTS: &'static str = "text that is not empty";

    fn read(value: &Value) -> Option<Self> {
        value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn show(&self) -> String {
        Value::from(self.as_str()).to_string()
    }
}

impl Setting for SocketAddr {
    const WANTS: &'static str = "an address and port like 127.0.0.1:3001";

    fn read(value: &Value) -> Option<Self> {
        value.as_str()?.parse().ok()
    }

    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

impl Setting for IpAddr {
    const WANTS: &'static str = "addresses like [\"10.0.0.1\"]";

    fn read(value: &Value) -> Option<Self> {
        value.as_str()?.parse().ok()
    }

    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

impl Setting for Url {
    const WANTS: &'static str = "a URL like https://desk.example.com";

    fn read(value: &Value) -> Option<Self> {
        let url: Self = value.as_str()?.parse().ok()?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.password().is_none();
        (plain && url.has_host() && matches!(url.scheme(), "http" | "https")).then_some(url)
    }

    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

impl Setting for Duration {
    const WANTS: &'static str = "a time like 500ms, 2s, 10m, 1h or 30d";

    fn read(value: &Value) -> Option<Self> {
        let text = value.as_str()?;
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at_checked(digits)?;
        let milliseconds: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        let total = number.parse::<u64>().ok()?.checked_mul(milliseconds)?;
        Some(Self::from_millis(total))
    }

    fn show(&self) -> String {
        format!("\"{}\"", duration_text(*self))
    }
}

/// A duration as it is written in the settings: the largest unit that is exact.
pub fn duration_text(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    for (size, unit) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")] {
        if milliseconds > 0 && milliseconds.is_multiple_of(size) {
            return format!("{}{unit}", milliseconds / size);
        }
    }
    format!("{milliseconds}ms")
}

impl<T: Setting> Setting for Option<T> {
    const WANTS: &'static str = T::WANTS;

    fn read(value: &Value) -> Option<Self> {
        match value.as_str() {
            Some("off" | "") => Some(None),
            _ => T::read(value).map(Some),
        }
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "\"off\"".to_owned(), T::show)
    }
}

impl<T: Setting> Setting for Vec<T> {
    const WANTS: &'static str = T::WANTS;

    /// A list, or in the environment words with commas between.
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Array(items) => items.iter().map(T::read).collect(),
            Value::String(text) => {
                let words = text.trim_matches(['[', ']']).split(',');
                let words = words.map(|word| word.trim().trim_matches('"')).filter(|word| !word.is_empty());
                words.map(|word| T::read(&Value::from(word))).collect()
            }
            _ => None,
        }
    }

    fn show(&self) -> String {
        let items: Vec<String> = self.iter().map(T::show).collect();
        format!("[{}]", items.join(", "))
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Human,
    Json,
}

impl Setting for LogFormat {
    const WANTS: &'static str = "human or json";

    fn read(value: &Value) -> Option<Self> {
        match value.as_str()? {
            "human" => Some(Self::Human),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Human => "\"human\"".to_owned(),
            Self::Json => "\"json\"".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_they_are_printed() {
        for text in ["500ms", "2s", "90s", "10m", "1h", "30d"] {
            let duration = Duration::read(&Value::from(text)).unwrap();
            assert_eq!(duration_text(duration), text);
        }
        assert_eq!(duration_text(Duration::ZERO), "0ms");
        for wrong in ["", "2", "s", "2 s", "-2s", "2weeks", "99999999999999999999s", "1.5s"] {
            assert!(Duration::read(&Value::from(wrong)).is_none(), "{wrong}");
        }
        assert!(Duration::read(&Value::from(2)).is_none());
    }

    #[test]
    fn lists_are_read_from_toml_and_from_the_environment() {
        let want = Some(vec![Duration::from_secs(30), Duration::from_secs(90)]);
        let list: toml::Table = "x = [\"30s\", \"90s\"]".parse().unwrap();
        assert_eq!(Vec::<Duration>::read(&list["x"]), want);
        assert_eq!(Vec::<Duration>::read(&Value::from("30s, 90s")), want);
        assert_eq!(Vec::<Duration>::read(&Value::from("[\"30s\",\"90s\"]")), want);
        assert_eq!(Vec::<Duration>::read(&Value::from("30s,soon")), None);
    }
}
