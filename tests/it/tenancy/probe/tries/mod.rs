//! What is tried: everything that organization one has, in every place of every route where organization two can put it.

mod beside;
mod body;
mod carrier;
mod path;
mod query;

use std::collections::BTreeMap;

use reqwest::Method;
use uuid::Uuid;

use super::{
    cursors::Cursor,
    furnish::Side,
    holdings::Holdings,
    routes::{Door, Route},
    sample,
};

/// Ids that somebody tries who has no token that is good.
const FEW: usize = 3;

/// A request as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Ask {
    /// Place among the callers of organization two.
    pub(super) caller: usize,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// What the answer must be.
#[derive(Debug)]
pub(super) enum Like {
    /// That of the same request with what nobody has.
    Absent(Ask),
    /// A refusal that names this field.
    Refused(&'static str),
    /// Whatever it is: what is unique in the whole installation is told to be taken.
    Anything,
}

#[derive(Debug)]
pub(super) struct Try {
    /// Which field, for whoever reads of a failure.
    pub(super) field: String,
    /// Of organization one, before it is encoded.
    pub(super) value: String,
    pub(super) ask: Ask,
    pub(super) like: Like,
}

/// The order in which is tried: what is stored is two's own from then on, and may be read there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Read,
    Act,
    /// What one said is said again by two.
    Repeat,
    /// What one has is written into two's own texts.
    Write,
}

/// Something of organization one, and its like that nobody has.
struct Pair {
    theirs: String,
    nobody: String,
}

/// What the tries are made of.
pub(super) struct Means<'a> {
    pub(super) routes: &'a [Route],
    pub(super) one: &'a Side,
    pub(super) two: &'a Side,
    pub(super) held: &'a Holdings,
    pub(super) cursors: &'a [Cursor],
    /// The callback tokens of a message of one's, and of one that there is not.
    pub(super) tokens: (String, String),
    /// An id that nobody has.
    pub(super) nobody: Uuid,
}

/// Every try, by stage and route.
pub(super) fn all(means: &Means<'_>) -> BTreeMap<(Stage, String), Vec<Try>> {
    let mut all: BTreeMap<(Stage, String), Vec<Try>> = BTreeMap::new();
    let mut add = |stage, name: String, tries: Vec<Try>| {
        if !tries.is_empty() {
            all.entry((stage, name)).or_default().extend(tries);
        }
    };
    for route in means.routes.iter().filter(|route| !route.streams) {
        let stage = if route.reads() { Stage::Read } else { Stage::Act };
        add(stage, route.name(), path::ids(means, route));
        add(stage, route.name(), path::spellings(means, route));
        add(stage, route.name(), query::fields(means, route));
        add(stage, route.name(), query::cursors(means, route));
        add(stage, route.name(), beside::names(means, route));
        add(stage, route.name(), body::members_that_there_are_not(means, route));
        add(stage, route.name(), body::ids(means, route));
        add(Stage::Write, route.name(), body::texts(means, route));
    }
    add(Stage::Repeat, "what one said".to_owned(), beside::repeats(means));
    add(Stage::Write, "what the carrier tells".to_owned(), carrier::forged(means));
    all
}

impl Means<'_> {
    /// Every one who may knock there, the one with the most reach first.
    fn callers(&self, route: &Route) -> std::ops::Range<usize> {
        match route.door {
            Door::Anybody | Door::Carrier => self.two.stranger()..self.two.stranger() + 1,
            Door::Person | Door::Member => 0..self.two.callers.len(),
        }
    }

    /// A request of the first of them that reaches what it is about, with `path` in its place.
    fn ask(&self, route: &Route, path: String) -> Ask {
        let body = sample::body(route, &self.two.email).map(|body| body.to_string());
        let seen = route.headers.contains("If-Match").then(|| ("if-match", "*".to_owned()));
        Ask {
            caller: self.callers(route).start,
            method: route.method.clone(),
            path,
            headers: seen.into_iter().collect(),
            body: body.unwrap_or_default(),
        }
    }

    fn pair(&self, theirs: impl ToString) -> Pair {
        Pair { theirs: theirs.to_string(), nobody: self.nobody.to_string() }
    }

    fn every_id(&self) -> Vec<Pair> {
        self.held.every_id().map(|id| self.pair(id)).collect()
    }

    /// Every id for the `first` caller, one of each kind for others who are let in, a few for those who are not.
    fn ids(&self, caller: usize, first: usize) -> Vec<Pair> {
        let mut ids = if caller == first { self.every_id() } else { self.one_of_each() };
        if caller != first && caller + 1 >= self.two.stranger() {
            ids.truncate(FEW);
        }
        ids
    }

    fn one_of_each(&self) -> Vec<Pair> {
        self.held.one_of_each().map(|id| self.pair(id)).collect()
    }

    /// What two has of the kind that stands in this path; what nobody has, if there is no such kind.
    fn own(&self, route: &Route) -> String {
        self.two.own.get(route.of()).cloned().unwrap_or_else(|| self.nobody.to_string())
    }

    /// The same of one.
    fn theirs(&self, route: &Route) -> Pair {
        self.pair(self.one.own.get(route.of()).cloned().unwrap_or_else(|| self.one.id.clone()))
    }
}

impl Pair {
    /// A request with this, and the same with what nobody has.
    fn tried(&self, field: &str, ask: impl Fn(&str) -> Ask) -> Try {
        let like = Like::Absent(ask(&self.nobody));
        Try { field: field.to_owned(), value: self.theirs.clone(), ask: ask(&self.theirs), like }
    }
}
