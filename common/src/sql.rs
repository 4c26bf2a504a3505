//! How the contract's values are stored by SQLite and PostgreSQL: the same native type on both.

use sqlx::{Database, Decode, Encode, Postgres, Sqlite, Type, encode::IsNull, error::BoxDynError};
use uuid::Uuid;

use crate::{At, Id, PhoneNumber};

/// Implements storage of `$name` as `$as` for one engine.
macro_rules! store_on {
    ($engine:ty, [$($generic:ident)?] $name:ty, $as:ty, |$value:ident| $encode:expr, |$stored:ident| $decode:expr) => {
        impl<$($generic)?> Type<$engine> for $name {
            fn type_info() -> <$engine as Database>::TypeInfo {
                <$as as Type<$engine>>::type_info()
            }
            fn compatible(ty: &<$engine as Database>::TypeInfo) -> bool {
                <$as as Type<$engine>>::compatible(ty)
            }
        }
        impl<'q, $($generic)?> Encode<'q, $engine> for $name {
            fn encode_by_ref(&self, buf: &mut <$engine as Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let $value = self;
                <$as as Encode<$engine>>::encode($encode, buf)
            }
        }
        impl<'r, $($generic)?> Decode<'r, $engine> for $name {
            fn decode(value: <$engine as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let $stored = <$as as Decode<$engine>>::decode(value)?;
                Ok($decode)
            }
        }
    };
}

store_on!(Sqlite, [T] Id<T>, Uuid, |id| id.uuid(), |uuid| Id::from_uuid(uuid));
store_on!(Postgres, [T] Id<T>, Uuid, |id| id.uuid(), |uuid| Id::from_uuid(uuid));
store_on!(Sqlite, [] At, i64, |at| at.micros(), |micros| At::from_micros(micros));
store_on!(Postgres, [] At, i64, |at| at.micros(), |micros| At::from_micros(micros));
store_on!(Sqlite, [] PhoneNumber, String, |phone| phone.as_str().to_owned(), |text| text.parse()?);
store_on!(Postgres, [] PhoneNumber, String, |phone| phone.as_str().to_owned(), |text| text.parse()?);

/// Stores a `text_enum!` as its word.
macro_rules! store_as_text {
    ($name:ident) => {
        const _: () = {
            use sqlx::{
                Database, Decode, Encode, Postgres, Sqlite, Type, encode::IsNull, error::BoxDynError,
            };
    $crate::sql::store_as_text!(@on Sqlite, $name);
    $crate::sql::store_as_text!(@on Postgres, $name);
        };
    };
    (@on $engine:ident, $name:ident) => {
        impl Type<$engine> for $name {
            fn type_info() -> <$engine as Database>::TypeInfo {
                <str as Type<$engine>>::type_info()
            }
            fn compatible(ty: &<$engine as Database>::TypeInfo) -> bool {
                <str as Type<$engine>>::compatible(ty)
            }
        }
        impl<'q> Encode<'q, $engine> for $name {
            fn encode_by_ref(
                &self,
                buf: &mut <$engine as Database>::ArgumentBuffer,
            ) -> Result<IsNull, BoxDynError> {
                <&'static str as Encode<$engine>>::encode(self.as_str(), buf)
            }
        }
        impl<'r> Decode<'r, $engine> for $name {
            fn decode(value: <$engine as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(<&str as Decode<$engine>>::decode(value)?.parse()?)
            }
        }
    };
}
pub(crate) use store_as_text;
