//! Makes the demo's organizations and people, through the actions that the command line and the API use.

use lotline_common::api::auth::{NewOrganization, Role};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    action::{
        add_number,
        add_user::{self, Person},
        by_system, create_organization, set_agent_profile, set_carrier,
    },
    app::App,
    cli::{dealership::Dealership, failure::Failure, organization_of},
    seal,
};

/// Somebody who may sign in.
#[derive(Clone)]
pub(super) struct Operator {
    pub(super) role: Role,
    pub(super) email: String,
    pub(super) password: SecretString,
}

/// A dealership that is set up, with its people: an admin, an agent and a viewer.
pub(super) struct Place {
    pub(super) dealership: Dealership,
    pub(super) operators: Vec<Operator>,
}

impl Place {
    pub(super) fn operator(&self, role: Role) -> Result<&Operator, Failure> {
        let found = self.operators.iter().find(|operator| operator.role == role);
        found.ok_or_else(|| Failure::failed(format!("{} has no {role}", self.dealership.name)))
    }
}

/// Sets up every dealership in the database of `app`, which must not hold them yet.
pub(super) async fn build(app: &App, dealerships: Vec<Dealership>) -> Result<Vec<Place>, Failure> {
    let mut places = Vec::new();
    for dealership in dealerships {
        places.push(set_up(app, dealership).await?);
    }
    Ok(places)
}

async fn set_up(app: &App, dealership: Dealership) -> Result<Place, Failure> {
    let operators =
        [Role::Admin, Role::Agent, Role::Viewer].map(|role| operator(&dealership, role)).into_iter();
    let operators = operators.collect::<Result<Vec<_>, _>>()?;
    let place = Place { dealership, operators };
    let store = &place.dealership;
    let asked = NewOrganization {
        name: store.name.to_owned(),
        slug: Some(store.slug.to_owned()),
        time_zone: Some(store.time_zone.to_owned()),
    };
    create_organization::run(app, asked, person(store, place.operator(Role::Admin)?)).await?;
    let org = organization_of(app, Some(store.slug)).await?.key;
    for operator in place.operators.iter().filter(|operator| operator.role != Role::Admin) {
        add_user::run(app, org, person(store, operator), operator.role, by_system()).await?;
    }
    add_number::run(app, org, store.own_number()?, by_system(), None).await?;
    set_carrier::run(app, org, store.carrier()).await?;
    set_agent_profile::run(app, org, store.agent()).await?;
    Ok(place)
}

fn operator(store: &Dealership, role: Role) -> Result<Operator, Failure> {
    let random = seal::random_hex().map_err(Failure::failed)?;
    // 96 bits, and short enough to be typed.
    let password: String = random.expose_secret().chars().take(24).collect();
    let email = format!("{role}@{}.example", store.slug);
    Ok(Operator { role, email, password: password.into() })
}

fn person(store: &Dealership, operator: &Operator) -> Person {
    let name = match (operator.role, store.slug) {
        (Role::Admin, "juniper-motors") => "Ada Quill",
        (Role::Agent, "juniper-motors") => "Dana Frost",
        (Role::Admin, _) => "Ines Harrow",
        (Role::Agent, _) => "Sam Okafor-Lind",
        _ => "Front Desk",
    };
    Person { email: operator.email.clone(), name: name.to_owned(), password: Some(operator.password.clone()) }
}
