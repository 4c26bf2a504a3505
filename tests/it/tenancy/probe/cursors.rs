//! Every cursor that an organization is given.

use super::{
    furnish::Side,
    routes::{Place, Route},
};

pub(super) struct Cursor {
    /// The list that gave it, as the router has it.
    pub(super) route: String,
    /// What it was given for: empty or `name=value&`.
    pub(super) query: String,
    pub(super) text: String,
}

const QUERIES: [&str; 6] = ["", "sort=waiting&", "sort=recent&", "sort=created&", "sort=name&", "floor=ai&"];

/// One of every list and query that has more than one page of one thing.
pub(super) async fn given(side: &Side, routes: &[Route]) -> Vec<Cursor> {
    let mut cursors = Vec::new();
    for route in routes.iter().filter(|route| route.at(Place::Query).any(|field| field.name == "cursor")) {
        let path = route.filled(side.own.get(route.of()).map_or("", String::as_str));
        let before = cursors.len();
        for query in QUERIES {
            let page = side.admin().get(&format!("{path}?{query}limit=1")).await.json();
            if let Some(text) = page["next_cursor"].as_str() {
                let (route, text) = (route.path.clone(), text.to_owned());
                cursors.push(Cursor { route, query: query.to_owned(), text });
            }
        }
        assert!(cursors.len() > before, "{} gave no cursor: furnish more", route.path);
    }
    cursors
}
