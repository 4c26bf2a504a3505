//! The summary as it is printed.

use std::{fmt, time::Duration};

use super::{Summary, Times};

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |name: &str, count: usize, more: String| format!("{name:<32}{count:>6}   {more}");
        let lines = [
            format!("seed {}", self.seed),
            line("texts in", self.texts, String::new()),
            line(
                "needed an answer",
                self.needing,
                format!("{} covered by {} answers", self.covered, self.answers),
            ),
            line("unanswered", self.unanswered.len(), String::new()),
            line("doubled at the carrier", self.doubled.len(), String::new()),
            line("seen by the wrong organization", self.leaks.len(), self.homes()),
            line("lost", self.lost.len(), String::new()),
            line("breaches of vendors' contracts", self.breaches.len(), String::new()),
            line("handed to a person", self.handed.values().sum(), self.reasons()),
            format!("{:<32}{}", "webhook to stream", self.to_stream),
            format!("{:<32}{}", "webhook to reply", self.to_reply),
        ];
        for line in lines {
            writeln!(f, "{}", line.trim_end())?;
        }
        let broken = self.broken();
        if broken.is_empty() {
            return f.write_str("every promise was kept");
        }
        f.write_str("BROKEN PROMISES")?;
        broken.iter().try_for_each(|case| write!(f, "\n  {case}"))
    }
}

impl Summary {
    fn homes(&self) -> String {
        let homes: Vec<String> =
            self.at_home.iter().map(|(word, times)| format!("{word} {times} times")).collect();
        format!("said at home: {}", homes.join(", "))
    }

    fn reasons(&self) -> String {
        let mut told: Vec<String> =
            self.handed.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        if self.left_to_people > 0 {
            told.push(format!("{} texts wait for a person's answer", self.left_to_people));
        }
        told.join(", ")
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |percent| self.percentile(percent).map_or_else(|| "none".to_owned(), shown);
        write!(f, "p50 {}, p99 {}", shown(50), shown(99))
    }
}

fn shown(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{:.1} ms", time.as_secs_f64() * 1e3)
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}
