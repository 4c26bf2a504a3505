//! `GET …/Messages.json`: filters and pages of the message list, newest first.

use axum::{
    Extension, Json,
    extract::{Path, RawQuery, State},
    http::Uri,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{Form, Struck, error::TwilioError, message::Message};
use crate::{App, fault::FaultKind};

const DEFAULT_SIZE: usize = 50;
const MAX_SIZE: usize = 1000;

/// What was asked for. `DateSent` compares whole UTC days; messages not yet sent never match it.
#[derive(Debug, Default)]
struct Filter {
    to: Option<String>,
    from: Option<String>,
    sent_on: Option<Date>,
    sent_before: Option<Date>,
    sent_after: Option<Date>,
}

impl Filter {
    fn parse(form: &Form) -> Result<Self, TwilioError> {
        let date = |name: &str| {
            let Some(text) = form.get(name).filter(|text| !text.is_empty()) else {
                return Ok(None);
            };
            match parse_day(text) {
                Some(day) => Ok(Some(day)),
                None => Err(TwilioError::bad_request(20001, format!("Invalid value for {name}: {text}"))),
            }
        };
        Ok(Self {
            to: form.get("To").map(str::to_owned),
            from: form.get("From").map(str::to_owned),
            sent_on: date("DateSent")?,
            sent_before: date("DateSent<")?,
            sent_after: date("DateSent>")?,
        })
    }

    fn admits(&self, message: &Message) -> bool {
        self.to.as_ref().is_none_or(|to| *to == message.to)
            && self.from.as_ref().is_none_or(|from| *from == message.from)
            && self.admits_day(message.sent)
    }

    fn admits_day(&self, sent: Option<Timestamp>) -> bool {
        let any = self.sent_on.is_none() && self.sent_before.is_none() && self.sent_after.is_none();
        let Some(sent) = sent else { return any };
        let day = sent.to_zoned_datetime(TimeZone::UTC).date();
        self.sent_on.is_none_or(|on| day == on)
            && self.sent_before.is_none_or(|before| day <= before)
            && self.sent_after.is_none_or(|after| day >= after)
    }
}

/// A day, or the day of a moment.
fn parse_day(text: &str) -> Option<Date> {
    text.parse::<Date>()
        .ok()
        .or_else(|| text.parse::<Timestamp>().ok().map(|at| at.to_zoned_datetime(TimeZone::UTC).date()))
}

/// Where a page begins.
struct Place<'a> {
    size: usize,
    page: usize,
    /// Sid of the last message of the page before: messages that come meanwhile shift nothing.
    after: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn parse(form: &'a Form) -> Result<Self, TwilioError> {
        let figure = |name: &str, default: usize| match form.get(name) {
            None => Ok(default),
            Some(text) => match text.parse::<usize>() {
                Ok(figure) => Ok(figure),
                Err(_) => Err(TwilioError::bad_request(20001, format!("Invalid {name}: {text}"))),
            },
        };
        let size = figure("PageSize", DEFAULT_SIZE)?;
        if size == 0 || size > MAX_SIZE {
            return Err(TwilioError::bad_request(
                20006,
                format!("Page size must be between 1 and {MAX_SIZE}"),
            ));
        }
        let after = form.get("PageToken").and_then(|token| token.strip_prefix("PA"));
        Ok(Self { size, page: figure("Page", 0)?, after })
    }

    fn cut<'m>(&self, messages: impl Iterator<Item = &'m Message>) -> (Vec<&'m Message>, bool) {
        let mut begun = self.after.is_none();
        let skipped = if begun { self.page.saturating_mul(self.size) } else { 0 };
        let mut rest = messages
            .filter(|message| {
                let was = begun;
                begun = begun || self.after == Some(message.sid.as_str());
                was
            })
            .skip(skipped);
        let page: Vec<_> = rest.by_ref().take(self.size).collect();
        let more = rest.next().is_some();
        (page, more)
    }
}

pub(super) async fn list(
    State(app): State<App>,
    Path(account): Path<String>,
    uri: Uri,
    struck: Option<Extension<Struck>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, TwilioError> {
    let lags = struck.is_some_and(|Extension(Struck(kind))| kind == FaultKind::ListWithoutInbound);
    let form = Form::parse(query.as_deref().unwrap_or_default().as_bytes());
    let (filter, place) = (Filter::parse(&form)?, Place::parse(&form)?);
    let answer = app.carrier.with_account(&account, |it| {
        let (page, more) = place
            .cut(it.log.newest().filter(|message| filter.admits(message) && !(lags && message.is_inbound())));
        envelope(uri.path(), &form, &place, &page, more)
    });
    answer.map(Json).ok_or_else(|| TwilioError::not_found(uri.path()))
}

fn envelope(path: &str, form: &Form, place: &Place<'_>, page: &[&Message], more: bool) -> Value {
    let link = |number: usize, token: Option<String>| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(
            form.pairs().filter(|(name, _)| !matches!(*name, "Page" | "PageSize" | "PageToken")),
        );
        query.append_pair("PageSize", &place.size.to_string()).append_pair("Page", &number.to_string());
        if let Some(token) = token {
            query.append_pair("PageToken", &token);
        }
        format!("{path}?{}", query.finish())
    };
    let next = page.last().filter(|_| more).map(|last| link(place.page + 1, Some(format!("PA{}", last.sid))));
    let start = place.page.saturating_mul(place.size);
    json!({
        "end": start + page.len().saturating_sub(1),
        "first_page_uri": link(0, None),
        "messages": page.iter().map(|message| message.resource()).collect::<Vec<_>>(),
        "next_page_uri": next,
        "page": place.page,
        "page_size": place.size,
        "previous_page_uri": place.page.checked_sub(1).map(|before| link(before, None)),
        "start": start,
        "uri": link(place.page, None),
    })
}
