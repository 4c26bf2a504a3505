//! Typed UUIDv7 identifiers: a lead's id cannot be passed where a turn's is expected.

use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A UUIDv7 that names a `T`. Printed hyphenated, stored natively (16 bytes).
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// A new id, growing with time.
    pub fn new() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }

    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<T> Default for Id<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self::from_uuid)
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut buffer = Uuid::encode_buffer();
        serializer.serialize_str(self.0.hyphenated().encode_lower(&mut buffer))
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}

/// What an [`Id`] can name. Never constructed.
pub mod kind {
    #[derive(Debug)]
    pub enum Organization {}
    #[derive(Debug)]
    pub enum User {}
    #[derive(Debug)]
    pub enum Session {}
    #[derive(Debug)]
    pub enum Invite {}
    #[derive(Debug)]
    pub enum ApiKey {}
    #[derive(Debug)]
    pub enum PhoneNumber {}
    #[derive(Debug)]
    pub enum CarrierAccount {}
    #[derive(Debug)]
    pub enum AgentProfile {}
    #[derive(Debug)]
    pub enum Lead {}
    #[derive(Debug)]
    pub enum Turn {}
    #[derive(Debug)]
    pub enum Draft {}
    #[derive(Debug)]
    pub enum Call {}
    #[derive(Debug)]
    pub enum Job {}
    #[derive(Debug)]
    pub enum Receipt {}
}

pub type OrganizationId = Id<kind::Organization>;
pub type UserId = Id<kind::User>;
pub type SessionId = Id<kind::Session>;
pub type InviteId = Id<kind::Invite>;
pub type ApiKeyId = Id<kind::ApiKey>;
pub type PhoneNumberId = Id<kind::PhoneNumber>;
pub type CarrierAccountId = Id<kind::CarrierAccount>;
pub type AgentProfileId = Id<kind::AgentProfile>;
pub type LeadId = Id<kind::Lead>;
pub type TurnId = Id<kind::Turn>;
pub type DraftId = Id<kind::Draft>;
pub type CallId = Id<kind::Call>;
pub type JobId = Id<kind::Job>;
pub type ReceiptId = Id<kind::Receipt>;
