//! `lotlined audit` and `lotlined who`: is the audit log whole, what does it say, who saw a customer.

use clap::{Args, Subcommand};
use lotline_common::{
    At, LeadId, PhoneNumber,
    api::audit::{AuditAction, AuditLine, AuditSubject},
};

use super::{Done, failure::Failure, organization_of, organization_with, output, output::say};
use crate::{
    action::by_system,
    app::App,
    db::{DbError, Scope},
    domain::{audit::Entry, organization::OrgKey},
    error::Error,
    seal::to_hex,
    store::{
        self,
        audit::{Chain, Filter},
        organization::OrganizationRow,
    },
};

/// Lines read at once.
const PAGE: i64 = 500;

#[derive(Subcommand)]
pub(super) enum Audit {
    /// Walk the chain of every organization, or of one; exit with 1 where it is broken.
    Verify {
        #[arg(long, value_name = "SLUG")]
        org: Option<String>,
    },
    /// Print the log of an organization, one line of JSON per entry, oldest first. That is told in the log.
    Export {
        #[arg(long, value_name = "SLUG")]
        org: Option<String>,
    },
}

/// Who opened, exported, held or erased a customer, and who read or changed an application; oldest first.
#[derive(Args)]
pub(super) struct Who {
    /// A phone number in international form, or a lead's id.
    customer: String,
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(super) async fn run(self, app: &App) -> Done {
        match self {
            Self::Verify { org } => verify(app, org.as_deref()).await,
            Self::Export { org } => export(app, org.as_deref()).await,
        }
    }
}

async fn verify(app: &App, org: Option<&str>) -> Done {
    let organizations = match org {
        Some(slug) => vec![organization_of(app, Some(slug)).await?],
        None => store::organization::all(&mut app.db.read(Scope::System).await?).await?,
    };
    let mut whole = true;
    for organization in organizations {
        let slug = &organization.public.slug;
        let mut tx = app.db.read(Scope::Org(organization.key)).await?;
        let chain = Chain::begin(&mut tx, organization.key).await?;
        match chain.walk(&mut tx).await? {
            Ok(checked) => {
                let head = to_hex(&checked.head);
                let last = checked.cut + checked.lines;
                say(format!(
                    "{slug}: {} lines are whole, from {} to {last}, {head}",
                    checked.lines,
                    checked.cut + 1
                ));
            }
            Err(found) => {
                whole = false;
                say(format!("{slug}: BROKEN: {found}"));
            }
        }
    }
    if whole { Ok(()) } else { Err(Failure::Failed(None)) }
}

async fn export(app: &App, org: Option<&str>) -> Done {
    let organization = organization_of(app, org).await?;
    let entry = Entry::new(AuditAction::AuditExported, by_system()).on(organization.public.id);
    record(app, organization.key, entry).await?;
    let mut after = 0;
    loop {
        let mut tx = app.db.read(Scope::Org(organization.key)).await?;
        let lines = store::audit::read(&mut tx, organization.key, after, PAGE).await?;
        drop(tx);
        let Some(last) = lines.last() else { return Ok(()) };
        after = last.seq;
        for line in lines {
            say(serde_json::to_string(&line).map_err(Failure::failed)?);
        }
    }
}

impl Who {
    pub(super) async fn run(self, app: &App) -> Done {
        let (organization, leads) = self.leads(app).await?;
        let org = organization.key;
        if leads.is_empty() {
            return Err(Failure::failed(format!("{} has no such customer", organization.public.name)));
        }
        let mut lines = Vec::new();
        for lead in leads {
            let entry = Entry::new(AuditAction::AuditExported, by_system()).on(AuditSubject::from(lead));
            record(app, org, entry).await?;
            lines.extend(lines_of(app, org, lead).await?);
        }
        lines.sort_by_key(|line| line.seq);
        if self.json {
            return output::json(&lines);
        }
        for line in lines {
            let AuditLine { at, action, actor, address, .. } = line;
            let who = actor.name.unwrap_or_else(|| actor.kind.to_string());
            say(format!("{at}  {action}  {who}  {}", address.unwrap_or_default()));
        }
        Ok(())
    }

    /// Whose customer, and under which ids.
    async fn leads(&self, app: &App) -> Result<(OrganizationRow, Vec<LeadId>), Failure> {
        let slug = self.org.as_deref();
        if let Ok(lead) = self.customer.parse::<LeadId>() {
            let organization = organization_of(app, slug).await?;
            let mut tx = app.db.read(Scope::Org(organization.key)).await?;
            let known = store::lead::known(&mut tx, organization.key, lead).await;
            return Ok((organization, known.map(|()| lead).into_iter().collect()));
        }
        let phone: PhoneNumber = self.customer.parse().map_err(|_neither| {
            Failure::usage("name the customer by a lead's id or a number like +13035550101")
        })?;
        let organization = organization_with(app, &phone, slug).await?;
        let leads = leads_with(app, organization.key, &phone).await?;
        Ok((organization, leads))
    }
}

/// A phone may have been somebody's who was erased, and somebody's since.
async fn leads_with(app: &App, org: OrgKey, phone: &PhoneNumber) -> Result<Vec<LeadId>, Failure> {
    let mut tx = app.db.read(Scope::Org(org)).await?;
    let mut leads = match app.keyring.erasure(&mut tx, org).await.map_err(Error::from)? {
        Some(key) => store::lead::recognised(&mut tx, org, key.hash(phone.as_str())).await?,
        None => Vec::new(),
    };
    leads.extend(store::lead::by_phone(&mut tx, org, phone).await?);
    Ok(leads)
}

async fn lines_of(app: &App, org: OrgKey, lead: LeadId) -> Result<Vec<AuditLine>, Failure> {
    let filter = Filter { lead: Some(lead), ..Filter::default() };
    let (mut lines, mut before) = (Vec::new(), None);
    let mut tx = app.db.read(Scope::Org(org)).await?;
    loop {
        let page = store::audit::page(&mut tx, org, &filter, before, PAGE).await?;
        let Some(last) = page.last() else { return Ok(lines) };
        before = Some(last.seq);
        lines.extend(page);
    }
}

async fn record(app: &App, org: OrgKey, entry: Entry) -> Result<(), DbError> {
    let now: At = app.clock.now();
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move { store::audit::append(tx, org, now, entry).await })
        })
        .await
}
