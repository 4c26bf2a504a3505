//! `GET …/Messages.json` and a message's media.

use std::time::Duration;

use jiff::tz::TimeZone;
use lotline_common::{At, PhoneNumber, api::turn::Media};
use reqwest::{RequestBuilder, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};

use super::{Twilio, ahead, credentials, moment};
use crate::{
    clock::Drift,
    port::carrier::{CarrierAccount, ListError, ListedText, ReceivedText, TextPage},
};

/// The largest page there is.
const PAGE: &str = "1000";
/// A list that goes by the carrier's days is asked for one more: our clock may be ahead.
const DAY: Duration = Duration::from_hours(24);

#[derive(Deserialize)]
struct Listing {
    messages: Vec<Listed>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    sid: String,
    from: Option<String>,
    body: Option<String>,
    status: Option<String>,
    date_created: Option<String>,
    error_code: Option<i64>,
    direction: Option<String>,
    num_media: Option<String>,
}

#[derive(Deserialize)]
struct MediaListing {
    media_list: Vec<ListedMedia>,
}

#[derive(Deserialize)]
struct ListedMedia {
    content_type: String,
    /// Path of the resource; the picture itself is there without `.json`.
    uri: String,
}

impl Twilio {
    /// What left `from` for `to`.
    pub(super) async fn sent_to(
        &self,
        account: &CarrierAccount,
        from: &PhoneNumber,
        to: &PhoneNumber,
        since: At,
    ) -> Result<Vec<ListedText>, ListError> {
        // The list's own date filter goes by day and by sent date, so the times are compared here.
        let query = [("From", from.as_str()), ("To", to.as_str()), ("PageSize", PAGE)];
        let request = self.http.get(self.messages(account)).query(&query);
        let (listing, ahead): (Listing, _) = self.read(request, account).await?;
        let outgoing = listing.messages.into_iter().filter(|listed| !listed.is_inbound());
        Ok(outgoing
            .map(|listed| listed.sent(ahead))
            .filter(|text| text.created_at.is_none_or(|at| at >= since))
            .collect())
    }

    /// What phones sent to `to`, a page of it.
    pub(super) async fn received_by(
        &self,
        account: &CarrierAccount,
        to: &PhoneNumber,
        since: At,
        page: Option<String>,
    ) -> Result<TextPage<ReceivedText>, ListError> {
        let day = (since - DAY).timestamp().to_zoned_datetime(TimeZone::UTC).date().to_string();
        let query = [("To", to.as_str()), ("DateSent>", &day), ("PageSize", PAGE)];
        let (listing, ahead) = self.page(account, &query, page).await?;
        let incoming = listing.messages.into_iter().filter(Listed::is_inbound);
        let texts = incoming.filter_map(|listed| listed.received(ahead)).collect();
        let page = TextPage { texts, next: listing.next_page_uri, ahead };
        Ok(cut(page, since, |text| Some(text.created_at)))
    }

    /// What left `from`, a page of it. What waits or failed has no sent date, so no date is asked for.
    pub(super) async fn sent_from(
        &self,
        account: &CarrierAccount,
        from: &PhoneNumber,
        since: At,
        page: Option<String>,
    ) -> Result<TextPage<ListedText>, ListError> {
        let query = [("From", from.as_str()), ("PageSize", PAGE)];
        let (listing, ahead) = self.page(account, &query, page).await?;
        let outgoing = listing.messages.into_iter().filter(|listed| !listed.is_inbound());
        let texts = outgoing.map(|listed| listed.sent(ahead)).collect();
        let page = TextPage { texts, next: listing.next_page_uri, ahead };
        Ok(cut(page, since, |text| text.created_at))
    }

    /// The first page of what `query` asks for, or the one that `page` leads to.
    async fn page(
        &self,
        account: &CarrierAccount,
        query: &[(&str, &str)],
        page: Option<String>,
    ) -> Result<(Listing, Drift), ListError> {
        let request = match page {
            // It is a path of theirs, asked of the one host that we know.
            Some(path) => self.http.get(format!("{}{path}", self.base)),
            None => self.http.get(self.messages(account)).query(query),
        };
        self.read(request, account).await
    }

    pub(super) async fn media_of(
        &self,
        account: &CarrierAccount,
        sid: &str,
    ) -> Result<Vec<Media>, ListError> {
        let list =
            format!("{}/2010-04-01/Accounts/{}/Messages/{sid}/Media.json", self.base, account.account_sid);
        let (listing, _): (MediaListing, _) = self.read(self.http.get(list), account).await?;
        let media = listing.media_list.into_iter().map(|listed| Media {
            url: format!("{}{}", self.base, listed.uri.trim_end_matches(".json")),
            content_type: listed.content_type,
        });
        Ok(media.collect())
    }

    /// What is answered, and how far our clock is ahead of the one by which it is dated.
    async fn read<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        account: &CarrierAccount,
    ) -> Result<(T, Drift), ListError> {
        let unreachable = |error: reqwest::Error| ListError::Unreachable(error.without_url().to_string());
        let (user, password) = credentials(account);
        let response = request.basic_auth(user, Some(password)).send().await.map_err(unreachable)?;
        let ahead = ahead(&self.clock, response.headers());
        match response.status() {
            StatusCode::OK => Ok((response.json().await.map_err(unreachable)?, ahead)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(ListError::Credentials),
            other => Err(ListError::Unreachable(format!("status {other}"))),
        }
    }
}

/// Leaves what is older away, and the pages after it: they hold nothing newer.
fn cut<T>(mut page: TextPage<T>, since: At, created: impl Fn(&T) -> Option<At>) -> TextPage<T> {
    // Their dates are whole seconds.
    let is_new = |text: &T| created(text).is_none_or(|at| at.unix_seconds() >= since.unix_seconds());
    page.next = page.next.filter(|path| path.starts_with('/') && page.texts.iter().all(is_new));
    page.texts.retain(is_new);
    page
}

impl Listed {
    fn is_inbound(&self) -> bool {
        self.direction.as_deref() == Some("inbound")
    }

    fn created_at(&self, ahead: Drift) -> Option<At> {
        Some(moment(self.date_created.as_deref()?)? + ahead)
    }

    /// `None` of what has no sender or no date, which is no text that a webhook would have told of.
    fn received(self, ahead: Drift) -> Option<ReceivedText> {
        Some(ReceivedText {
            created_at: self.created_at(ahead)?,
            from: self.from?.parse().ok()?,
            sid: self.sid,
            body: self.body.unwrap_or_default().replace('\0', "\u{2400}"),
            has_media: self.num_media.is_some_and(|count| count != "0"),
        })
    }

    fn sent(self, ahead: Drift) -> ListedText {
        ListedText {
            // By whichever clock it is younger: ours may have been right when it left.
            created_at: self.created_at(ahead).max(self.created_at(Drift::default())),
            sid: self.sid,
            body: self.body.unwrap_or_default(),
            status: self.status.unwrap_or_default(),
            error_code: self.error_code,
        }
    }
}
