//! What is wrong.

use super::{Client, Error};
use crate::{Page, api::alarm::Alarm};

impl Client {
    /// `GET /alarms`, the oldest first.
    pub async fn alarms(&self) -> Result<Page<Alarm>, Error> {
        self.get("/api/v1/alarms").json().await
    }
}
