//! A JSON object or array, stored as text on both engines so that no engine reads meaning into it.

use std::fmt;

use serde::{Serialize, Serializer, de::DeserializeOwned};
use sqlx::{Database, Decode, Encode, Type, encode::IsNull, error::BoxDynError};

/// Stores `T` as JSON text.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

/// Bytes in JSON, as hexadecimal digits: what `unhex` and `decode` of the engines read.
#[derive(Debug, Clone)]
pub struct Hex(pub Vec<u8>);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<D: Database, T> Type<D> for Json<T>
where
    str: Type<D>,
{
    fn type_info() -> D::TypeInfo {
        <str as Type<D>>::type_info()
    }
    fn compatible(ty: &D::TypeInfo) -> bool {
        <str as Type<D>>::compatible(ty)
    }
}

impl<'q, D: Database, T: Serialize> Encode<'q, D> for Json<T>
where
    String: Encode<'q, D>,
{
    fn encode_by_ref(&self, buf: &mut <D as Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <String as Encode<'q, D>>::encode(serde_json::to_string(&self.0)?, buf)
    }
}

impl<'r, D: Database, T: DeserializeOwned> Decode<'r, D> for Json<T>
where
    &'r str: Decode<'r, D>,
{
    fn decode(value: <D as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(serde_json::from_str(<&str as Decode<'r, D>>::decode(value)?)?))
    }
}
