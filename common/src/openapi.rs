//! How the values that are plain text in JSON are described in the API's document.

use std::{any::type_name, borrow::Cow};

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type},
};

use crate::{At, Id, Page, PhoneNumber};

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn text_of(format: KnownFormat) -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(format)))
}

/// Describes a `text_enum!` by its words.
macro_rules! describe_as_words {
    ($name:ident) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::openapi::words(Self::ALL.iter().map(|word| word.as_str()))
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use describe_as_words;

pub(crate) fn words(words: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    text().enum_values(Some(words)).into()
}

impl<T> PartialSchema for Id<T> {
    fn schema() -> RefOr<Schema> {
        text_of(KnownFormat::Uuid).description(Some("A UUIDv7.")).into()
    }
}

impl<T> ToSchema for Id<T> {
    /// `LeadId` for what a lead's id is.
    fn name() -> Cow<'static, str> {
        let kind = type_name::<T>();
        Cow::Owned(format!("{}Id", kind.rsplit("::").next().unwrap_or(kind)))
    }
}

impl PartialSchema for At {
    fn schema() -> RefOr<Schema> {
        text_of(KnownFormat::DateTime).description(Some("A moment, RFC 3339, UTC.")).into()
    }
}

impl ToSchema for At {}

impl PartialSchema for PhoneNumber {
    fn schema() -> RefOr<Schema> {
        text()
            .pattern(Some(r"^(\+[1-9][0-9]{7,14}|[0-9]{3,8})$"))
            .description(Some("E.164, or a carrier's short code."))
            .examples(["+13035550101"])
            .into()
    }
}

impl ToSchema for PhoneNumber {}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let cursor = text().description(Some("Opaque; absent on the last page."));
        ObjectBuilder::new()
            .property("items", ArrayBuilder::new().items(Ref::from_schema_name(T::name())))
            .property("next_cursor", cursor)
            .required("items")
            .into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    /// `LeadPage` for a page of leads.
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Page", T::name()))
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}
