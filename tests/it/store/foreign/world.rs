//! A furnished database of which any question can be asked any number of times: every answer is rolled back.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use futures::future::BoxFuture;
use lotlined::{
    db::{Db, DbError, EngineKind, Lens, Scope, Tx},
    domain::organization::OrgKey,
};

use super::furnish::{Ids, OURS, furnish};
use crate::support::{db::Fresh, opened::Opened};

/// A store function asked for an organization with some ids.
#[derive(Clone, Copy)]
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) ask: Ask,
    pub(super) ids: Ids,
}

pub(super) type Ask = for<'t> fn(&'t mut Tx, OrgKey, &'t Ids) -> BoxFuture<'t, Result<String, DbError>>;

/// What was answered, and every row there is afterwards: ours, then the others'.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) answer: String,
    pub(super) ours: String,
    pub(super) theirs: String,
}

pub(super) struct World {
    db: Db,
    /// Every row of an organization as text, `$1` being ours; those of the others.
    rows: [&'static str; 2],
    /// The others' rows as they are and stay.
    pub(super) others: String,
    /// Tables whose rows belong to organizations.
    pub(super) owned: BTreeSet<String>,
    _opened: Opened,
}

enum Undone {
    Asked(Outcome),
    Failed(DbError),
}

impl From<DbError> for Undone {
    fn from(error: DbError) -> Self {
        Self::Failed(error)
    }
}

impl World {
    /// Ours alone, or among the others.
    pub(super) async fn on(fresh: &Fresh, alone: bool) -> Self {
        let opened = Opened::on(fresh).await;
        let db = opened.db.clone();
        let (rows, others, owned) = db
            .write(Scope::System, move |tx| {
                Box::pin(async move {
                    furnish(tx, alone).await?;
                    let (rows, owned) = every_row(tx).await?;
                    Ok::<_, DbError>((rows, read(tx, rows[1]).await?, owned))
                })
            })
            .await
            .unwrap();
        Self { db, rows, others, owned, _opened: opened }
    }

    /// The outcome of a call whose statements pass through `lens`.
    pub(super) async fn ask(&self, scope: Scope, call: Call, lens: Lens) -> Outcome {
        let rows = self.rows;
        let undone = self.db.write(scope, move |tx| {
            Box::pin(async move {
                let answer = answer(tx, call, lens).await?;
                let (ours, theirs) = (read(tx, rows[0]).await?, read(tx, rows[1]).await?);
                Err::<(), _>(Undone::Asked(Outcome { answer, ours, theirs }))
            })
        });
        match undone.await {
            Err(Undone::Asked(outcome)) => outcome,
            Err(Undone::Failed(error)) => panic!("{}: {error}", call.name),
            Ok(()) => unreachable!("every call is undone"),
        }
    }

    /// The statements that a call runs.
    pub(super) async fn statements(&self, scope: Scope, call: Call) -> Vec<String> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = seen.clone();
        let lens = Lens::new(move |sql| {
            kept.lock().unwrap().push(sql.to_owned());
            None
        });
        let undone = self.db.write(scope, move |tx| {
            Box::pin(async move {
                answer(tx, call, lens).await?;
                Err::<(), _>(DbError::Stopped)
            })
        });
        assert!(matches!(undone.await, Err(DbError::Stopped)), "{}", call.name);
        std::mem::take(&mut seen.lock().unwrap())
    }

    pub(super) fn is_sqlite(&self) -> bool {
        self.db.kind() == EngineKind::Sqlite
    }
}

/// As a write of its own would end: what failed is undone.
async fn answer(tx: &mut Tx, call: Call, lens: Lens) -> Result<String, DbError> {
    tx.query("SAVEPOINT asked").execute().await?;
    tx.look_through(lens);
    let mut answer = (call.ask)(tx, OURS, &call.ids).await;
    if answer.is_ok() {
        answer = tx.finish().await.and(answer);
    }
    tx.look_through(Lens::default());
    if answer.is_err() {
        tx.query("ROLLBACK TO asked").execute().await?;
    }
    Ok(mask(&format!("{answer:?}")))
}

/// Two statements that read the whole database, made of the engine's own names for its tables; and those that name an
/// organization.
async fn every_row(tx: &mut Tx) -> Result<([&'static str; 2], BTreeSet<String>), DbError> {
    let (mut ours, mut theirs, mut owned) = (Vec::new(), Vec::new(), BTreeSet::new());
    for table in tx.catalog().await? {
        let columns: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let key = if table.name == "organizations" { "id" } else { "organization_id" };
        // A lease ends by the server's clock.
        let shown = columns.iter().filter(|name| **name != "lease_until");
        let shown: Vec<_> =
            shown.map(|name| tx.pick(format!("quote({name})"), format!("{name}::text"))).collect();
        let (name, shown) = (&table.name, shown.join(", "));
        let select = format!("SELECT '{name}:' || concat_ws('|', {shown}) AS r FROM {name}");
        if columns.contains(&key) {
            ours.push(format!("{select} WHERE {key} = 2"));
            theirs.push(format!("{select} WHERE {key} <> 2"));
            owned.insert(table.name);
        } else {
            ours.push(select);
        }
    }
    for (of, sign) in [(&mut ours, "="), (&mut theirs, "<>")] {
        of.push(format!(
            "SELECT 'found:' || concat_ws('|', k, text) FROM search_leads WHERE organization_id {sign} 2"
        ));
        of.push(tx.pick(
            format!("SELECT 'said:' || concat_ws('|', id, quote(sz)) FROM search_words_docsize WHERE id >> 40 {sign} 2"),
            format!("SELECT 'said:' || concat_ws('|', k, words::text) FROM search_words WHERE organization_id {sign} 2"),
        ));
    }
    owned.insert("search_leads".to_owned());
    if tx.pick(false, true) {
        owned.insert("search_words".to_owned());
    }
    Ok(([ours, theirs].map(|selects| &*format!("{} ORDER BY 1", selects.join(" UNION ALL ")).leak()), owned))
}

/// In the scope of the installation: on PostgreSQL the organization's own does not show the others' rows.
async fn read(tx: &mut Tx, rows: &'static str) -> Result<String, DbError> {
    if tx.pick(false, true) {
        tx.query("SELECT set_config('app.scope', 'system', true)").execute().await?;
    }
    let rows: Vec<(String,)> = tx.query(rows).all().await?;
    Ok(rows.into_iter().map(|(row,)| mask(&row) + "\n").collect())
}

/// An id that was made on the way is another each time. Those of the scripts are of no version.
fn mask(text: &str) -> String {
    let text = text.replace('-', "").to_lowercase();
    text.split_inclusive(|c: char| !c.is_ascii_hexdigit())
        .map(|part| {
            let digits = part.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
            if digits.len() == 32 && digits.as_bytes()[12] == b'7' {
                part.replace(digits, "id")
            } else {
                part.to_owned()
            }
        })
        .collect()
}
