//! What a customer told of themselves for an application, kept in a vault.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

text_enum! {
    /// In the order in which they are asked for.
    pub enum ApplicationField {
        Name = "name",
        DateOfBirth = "date_of_birth",
        MaritalStatus = "marital_status",
        Address = "address",
        Email = "email",
        HousingSituation = "housing_situation",
        HousePayment = "house_payment",
        EmploymentStatus = "employment_status",
        Employer = "employer",
        EmploymentDuration = "employment_duration",
        MonthlyIncome = "monthly_income",
        StatedCreditScore = "stated_credit_score",
        VehicleType = "vehicle_type",
        TradeInVehicle = "trade_in_vehicle",
        MonthlyPaymentBudget = "monthly_payment_budget",
    }
}

/// `GET /api/v1/leads/{id}/application`: what is filled, in the clear. Every call is told in the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Application {
    pub fields: BTreeMap<ApplicationField, Secret>,
}

/// `PUT /api/v1/leads/{id}/application` → 200 [`Completeness`]: an absent field stays, a `null` empties one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetApplication {
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<ApplicationField, String>))]
    pub fields: BTreeMap<ApplicationField, Option<Secret>>,
}

/// `GET /api/v1/leads/{id}/application/completeness`: which fields are filled, without what stands in them. It is no
/// score: it says what to ask next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Completeness {
    pub filled: Vec<ApplicationField>,
    pub missing: Vec<ApplicationField>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<ApplicationField>,
}

impl Completeness {
    pub fn of(filled: &[ApplicationField]) -> Self {
        let (filled, missing): (Vec<_>, Vec<_>) =
            ApplicationField::ALL.iter().copied().partition(|field| filled.contains(field));
        let next = missing.first().copied();
        Self { filled, missing, next }
    }
}
