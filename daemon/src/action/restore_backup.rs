//! Puts a backup in the place of the database, and makes sure that nothing of the past is done twice.
//!
//! Between the backup and this moment the desk went on: what lay open then may have been done since. So no message that
//! was on its way leaves again: the carrier's list says what became of it, or a person does. A customer who waited for
//! the AI, or whose text is fetched from the carrier later, may have been answered: a person looks first. Everybody signs
//! in again, because who was shut out since would be let in. And numbers of events that were given since are not given
//! again: a reader who has seen them would take the new ones for the old.

use std::{fs, path::Path};

use lotline_common::{At, api::message::DeliveryState};

use crate::{
    backup::{self, BackupError, Part},
    db::{Address, Db, DbError, Hold, Listener, Scope, Tx},
    domain::{delivery::RESTORED, floor::Handoff, job::Job, organization::OrgKey},
    limits,
    store::{self, installation::Contents},
    tasks::Tasks,
};

/// Whether `from` could be restored, and what is in it. Touches nothing.
pub async fn check(from: &Path) -> Result<Contents, BackupError> {
    backup::check(from)?;
    let db = Db::open_copy(from, &Tasks::new()).await?;
    let contents = contents(&db).await;
    db.close().await;
    Ok(contents?)
}

/// Makes `file` the database that `from` is. The caller holds the file; `replace` is the name that the database there
/// gets. Until the last moment it is untouched.
pub async fn run(from: &Path, file: &Path, replace: Option<&Path>, now: At) -> Result<Contents, BackupError> {
    let found = check(from).await?;
    let part = Part::create_over(file)?;
    backup::copy_checked(from, &part)?;
    let address = Address::from(&format!("sqlite:{}", part.path().display()));
    let db = Db::open(address, Hold::Command, &Tasks::new(), Listener::deaf()).await?;
    let settled = settle(&db, now).await;
    db.close().await;
    settled?;
    if let Some(aside) = replace {
        put_aside(file, aside)?;
    }
    part.finish()?;
    Ok(found)
}

/// With the log, which belongs to it and goes last: killed in between, a log without its file is refused at a start, a file
/// without its log would not be.
fn put_aside(file: &Path, aside: &Path) -> Result<(), BackupError> {
    for end in ["", "-wal"] {
        let (from, to) = (backup::ending(file, end), backup::ending(aside, end));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(BackupError::file(&from)(error));
            }
            _ => {}
        }
    }
    drop(fs::remove_file(backup::ending(file, "-shm")));
    backup::sync_folder(file)
}

async fn contents(db: &Db) -> Result<Contents, DbError> {
    store::installation::contents(&mut db.read(Scope::System).await?).await
}

/// In one transaction: a restoration that is half settled would text customers.
async fn settle(db: &Db, now: At) -> Result<(), DbError> {
    db.write(Scope::System, move |tx| {
        Box::pin(async move {
            store::installation::note_restoration(tx, now).await?;
            store::session::revoke_all(tx, now, RESTORED).await?;
            store::job::release(tx, None, &[]).await?;
            for organization in store::organization::all(tx).await? {
                store::event::leave_out(tx, organization.key, limits::NUMBERS_LEFT_OUT).await?;
                ask_the_carrier(tx, organization.key, now).await?;
                ask_for_people(tx, organization.key, now).await?;
            }
            Ok(())
        })
    })
    .await
}

/// About every message that had not left for certain.
async fn ask_the_carrier(tx: &mut Tx, org: OrgKey, now: At) -> Result<(), DbError> {
    for turn in store::delivery::unsettled(tx, org).await? {
        let (mut sending, thread) = store::delivery::open(tx, org, turn).await?;
        sending.state = DeliveryState::Unknown;
        sending.reason = Some(RESTORED.into());
        sending.attempted_at.get_or_insert(sending.created_at);
        sending.looks = 0;
        store::delivery::save(tx, org, now, &sending).await?;
        let deliver = Job::DeliverMessage { turn };
        store::job::cancel(tx, org, thread.id, deliver.kind()).await?;
        store::job::enqueue(tx, org, thread.id, Job::ReconcileMessage { turn }, now, now).await?;
    }
    Ok(())
}

/// For every customer who waited for the AI.
async fn ask_for_people(tx: &mut Tx, org: OrgKey, now: At) -> Result<(), DbError> {
    for lead in store::job::waiting(tx, org, Job::ReplyWithAgent.kind()).await? {
        let mut thread = store::thread::open(tx, org, lead).await?;
        store::job::cancel(tx, org, lead, Job::ReplyWithAgent.kind()).await?;
        store::floor::hand_off(tx, &mut thread, now, Handoff::AgentFailed(RESTORED)).await?;
    }
    Ok(())
}
