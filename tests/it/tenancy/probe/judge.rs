//! What is judged: no byte of one's reaches two, nothing of one's changes, and what is one's is answered as what nobody
//! has.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt::Write,
};

use futures::{StreamExt, stream};
use lotlined::app::App;

use super::{
    furnish::Side,
    holdings,
    tries::{Ask, Like, Try},
};

/// Requests under way at once.
const AT_ONCE: usize = 12;
/// Failures of one route that are told in full.
const TOLD: usize = 3;
/// Tries that are made once more to find the one that changed something.
const AGAIN: usize = 100;

pub(super) struct Judge<'a> {
    pub(super) app: &'a App,
    pub(super) one: &'a Side,
    pub(super) two: &'a Side,
    /// What tells that a byte is one's.
    pub(super) marks: BTreeSet<String>,
    /// Every row of one's.
    pub(super) rows: BTreeSet<String>,
    pub(super) probes: usize,
    /// What was found.
    pub(super) odd: Vec<String>,
}

/// An answer, its headers before its body; without what every answer has of its own.
#[derive(Debug, PartialEq, Eq)]
struct Heard {
    status: u16,
    text: String,
}

impl Judge<'_> {
    /// Tries all of it and notes what is odd.
    pub(super) async fn hear(&mut self, name: &str, tries: &[Try]) {
        let asked = tries.iter().flat_map(|it| match &it.like {
            Like::Absent(absent) => vec![&it.ask, absent],
            Like::Refused(_) | Like::Anything => vec![&it.ask],
        });
        let heard = self.ask(asked.collect()).await;
        self.probes += tries.iter().map(|it| &it.ask).collect::<HashSet<_>>().len();
        let told = self.told(heard.values());
        let odd: Vec<String> = tries.iter().filter_map(|it| self.odd(it, &heard, &told)).collect();
        if !odd.is_empty() {
            let first = odd.iter().take(TOLD).cloned().collect::<Vec<_>>().join("\n");
            self.odd.push(format!("{name}: {} of {} are odd\n{first}", odd.len(), tries.len()));
        }
        let now = holdings::of(self.app, self.one.org).await.rows;
        if now != self.rows {
            self.odd.push(format!("{name}: {}", self.changed(tries, &now).await));
            self.rows = holdings::of(self.app, self.one.org).await.rows;
        }
    }

    /// The marks in each text; most answers are the same few.
    fn told<'h>(&self, heard: impl Iterator<Item = &'h Heard>) -> HashMap<&'h str, Vec<&String>> {
        let mut told: HashMap<&str, Vec<&String>> = HashMap::new();
        for Heard { text, .. } in heard {
            told.entry(text)
                .or_insert_with(|| self.marks.iter().filter(|mark| text.contains(*mark)).collect());
        }
        told
    }

    /// What is wrong with the answer.
    fn odd(
        &self,
        it: &Try,
        heard: &HashMap<&Ask, Heard>,
        told: &HashMap<&str, Vec<&String>>,
    ) -> Option<String> {
        let answer = &heard[&it.ask];
        let carried =
            |mark: &str| [&it.value, &it.ask.path, &it.ask.body].iter().any(|part| part.contains(mark));
        let leak = told[answer.text.as_str()].iter().find(|mark| !carried(mark));
        let wrong = match &it.like {
            _ if answer.status >= 500 => Some("failed".to_owned()),
            _ if leak.is_some() => leak.map(|mark| format!("tells of {mark}")),
            Like::Absent(absent) => {
                let absent = &heard[absent];
                // What was done to two's own is told with its own ids and times.
                let own = it.ask.method != reqwest::Method::GET && answer.status < 300;
                let same = if own { answer.status == absent.status } else { answer == absent };
                (!same).then(|| format!("differs from what nobody has: {absent:?}"))
            }
            Like::Refused(field) => {
                let named = answer.text.contains(&format!("\"field\":\"{field}\""));
                (answer.status != 400 || !named).then(|| "is not refused by name".to_owned())
            }
            Like::Anything => None,
        };
        let who = &self.two.callers[it.ask.caller].0;
        wrong.map(|wrong| {
            format!("{} = {:?} by {who}: {:?}\n  {answer:?}\n  {wrong}", it.field, it.value, it.ask)
        })
    }

    /// Which rows changed, and by which of the tries if that can be seen once more.
    async fn changed(&self, tries: &[Try], now: &BTreeSet<String>) -> String {
        let rows =
            |rows: Vec<&String>| rows.into_iter().take(TOLD).cloned().collect::<Vec<_>>().join("\n    ");
        let mut said = format!(
            "rows of the other organization changed, before:\n    {}\n  and after:\n    {}",
            rows(self.rows.difference(now).collect()),
            rows(now.difference(&self.rows).collect())
        );
        let mut before = now.clone();
        for it in tries.iter().take(AGAIN) {
            self.ask(vec![&it.ask]).await;
            let after = holdings::of(self.app, self.one.org).await.rows;
            if after != before {
                write!(said, "\n  again by {:?}", it.ask).unwrap();
                break;
            }
            before = after;
        }
        said
    }

    /// Asks each of them once, the first alone: what a first reading leaves behind is there for all the others.
    async fn ask<'r>(&self, asks: Vec<&'r Ask>) -> HashMap<&'r Ask, Heard> {
        let mut once = HashSet::new();
        let mut asks = asks.into_iter().filter(|ask| once.insert(*ask)).collect::<Vec<_>>().into_iter();
        let mut heard = HashMap::new();
        if let Some(first) = asks.next() {
            heard.insert(first, self.answer(first).await);
        }
        let rest = stream::iter(asks.map(async |ask| (ask, self.answer(ask).await)));
        heard.extend(rest.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await);
        heard
    }

    async fn answer(&self, ask: &Ask) -> Heard {
        let (_, caller) = &self.two.callers[ask.caller];
        let mut request = caller.request(ask.method.clone(), &ask.path);
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        if !ask.body.is_empty() {
            let json = ask.body.starts_with('{');
            let kind = if json { "application/json" } else { "application/x-www-form-urlencoded" };
            request = request.header("content-type", kind).body(ask.body.clone());
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let mut text = String::new();
        for (name, value) in response.headers() {
            if !["x-request-id", "date"].contains(&name.as_str()) {
                writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
            }
        }
        text.push_str(&response.text().await.unwrap());
        // Sealed anew each time.
        if let Some(at) = text.find("\"next_cursor\":") {
            text.truncate(at);
        }
        Heard { status, text }
    }
}
