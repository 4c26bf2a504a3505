//! Tenants are apart: whatever is asked for one organization, nothing of the others is told and nothing is changed,
//! even where their rows have the very same ids. Which statement owes that to which predicate, [`mutant`] shows.

mod calls;
mod complete;
mod furnish;
mod list;
mod mutant;
mod predicate;
mod reading;
mod world;
mod writing;

use lotlined::db::{Lens, Scope};

use self::{
    calls::calls,
    furnish::{OURS, THEIRS},
    world::World,
};
use crate::support::db::Fresh;

both_engines!(the_others_are_as_if_they_were_not_there, a_scope_holds_its_own_organization_only);

/// Whoever can tell them apart from nobody can find out another dealer's customers one by one; whoever can change them
/// does worse.
async fn the_others_are_as_if_they_were_not_there(fresh: &Fresh) {
    let spare = fresh.another().await;
    let (alone, among) = (World::on(&spare, true).await, World::on(fresh, false).await);
    for call in calls() {
        let told = among.ask(Scope::System, call, Lens::default()).await;
        let expected = alone.ask(Scope::System, call, Lens::default()).await;
        assert_eq!(told.answer, expected.answer, "{}", call.name);
        assert_eq!(told.ours, expected.ours, "{}", call.name);
        assert_eq!(told.theirs, among.others, "{}", call.name);
    }
    spare.remove().await;
}

/// A defect in one action must not reach another organization's rows: the transaction itself refuses.
async fn a_scope_holds_its_own_organization_only(fresh: &Fresh) {
    let world = World::on(fresh, false).await;
    for call in calls() {
        let told = world.ask(Scope::Org(THEIRS), call, Lens::default()).await;
        assert!(told.answer.contains("err(notfound)"), "{} for {OURS:?}: {}", call.name, told.answer);
    }
}
