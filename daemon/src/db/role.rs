//! Who may serve from a PostgreSQL database: a plain role, on tables that keep organizations apart.
//!
//! A superuser, or a role that bypasses row security, would see every organization's rows whatever the policies say.
//! So the owner migrates and another role serves; a plain role that owns the tables may do both.

use percent_encoding::percent_decode_str;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, postgres::PgConnectOptions};
use url::Url;

use super::{Address, DbError, migrate, row_security};

/// May this role change the tables, if there are any yet?
const OWNS: &str = "
    SELECT has_schema_privilege(current_schema(), 'CREATE') AND NOT EXISTS (
        SELECT FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace
          AND c.relname = 'organizations' AND NOT pg_has_role(c.relowner, 'USAGE'))";

/// What the serving role needs, and nothing that changes the schema. Tables of later versions come with it.
const GRANTS: &str = "SELECT format('
    GRANT CONNECT ON DATABASE %2$I TO %1$I;
    GRANT USAGE ON SCHEMA %3$I TO %1$I;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %3$I TO %1$I;
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %3$I TO %1$I;
    REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM %1$I;
    GRANT EXECUTE ON FUNCTION found_by_name, found_by_words TO %1$I;
    ALTER DEFAULT PRIVILEGES IN SCHEMA %3$I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %1$I;
    ALTER DEFAULT PRIVILEGES IN SCHEMA %3$I GRANT USAGE, SELECT ON SEQUENCES TO %1$I',
    $1, current_database(), current_schema())";

/// Refuses a role or a schema that cannot be served from; an owner brings the schema up to date first.
pub(super) async fn admit(pool: &PgPool, address: &Address) -> Result<(), DbError> {
    // Behind a pooler the next statement may meet another server, unless it is of the same transaction.
    let mut tx = pool.begin().await?;
    let role: String = one(&mut tx, "SELECT current_user::text").await?;
    plain(&mut tx, &role).await?;
    let missing = migrate::pending_postgres(&mut tx).await?;
    let owns = !address.pooler && one(&mut tx, OWNS).await?;
    tx.commit().await?;
    if owns {
        // A connection of its own: its locks and settings end with it, and no bound of a request holds for it.
        let mut connection = PgConnection::connect_with(&parse(&address.url)?).await?;
        migrate::run_postgres(&mut connection).await?;
        row_security::close(&mut connection, &role).await?;
        connection.close().await?;
    } else if !missing.is_empty() {
        return Err(DbError::Refused(format!(
            "the database is not up to date (schema steps {missing:?}) and {role} may not change it here: \
             run `lotlined migrate --admin-url postgres://OWNER@…` with the role that owns the tables"
        )));
    }
    sound(&mut *pool.begin().await?, &role).await
}

/// Brings the schema up to date as the owner at `admin_url` and prepares the role that `url` names for serving.
pub async fn prepare(admin_url: &str, url: &str) -> Result<String, DbError> {
    let (admin, serving) = (parse(admin_url)?, parse(url)?);
    if admin.get_database() != serving.get_database() {
        return Err(DbError::Refused(
            "--admin-url and database.url name two databases; give the owner's address of the same one"
                .into(),
        ));
    }
    let mut connection = PgConnection::connect_with(&admin).await?;
    migrate::run_postgres(&mut connection).await?;
    let role = serving.get_username().to_owned();
    let owner: String = one(&mut connection, "SELECT current_user::text").await?;
    if role != owner {
        create(&mut connection, &role, password(url).as_deref()).await?;
        let grants = text(&mut connection, GRANTS, &[Some(&role)]).await?;
        connection.execute(AssertSqlSafe(grants)).await?;
    }
    plain(&mut connection, &role).await?;
    row_security::close(&mut connection, &role).await?;
    sound(&mut connection, &role).await?;
    connection.close().await?;
    Ok(role)
}

fn parse(url: &str) -> Result<PgConnectOptions, DbError> {
    url.parse().map_err(|e| DbError::Refused(format!("an address is not postgres://…: {e}")))
}

/// Another command may make the same role at the same moment.
async fn create(connection: &mut PgConnection, role: &str, password: Option<&str>) -> Result<(), DbError> {
    if exists(connection, role).await? {
        return Ok(());
    }
    let sql = "SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD %L', $1, $2)";
    let created = text(connection, sql, &[Some(role), password]).await?;
    match connection.execute(AssertSqlSafe(created)).await {
        Err(error) if !exists(connection, role).await? => Err(error.into()),
        _ => Ok(()),
    }
}

async fn exists(connection: &mut PgConnection, role: &str) -> Result<bool, DbError> {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)");
    Ok(found.persistent(false).bind(role).fetch_one(connection).await?)
}

async fn plain(connection: &mut PgConnection, role: &str) -> Result<(), DbError> {
    let sql = "SELECT EXISTS (SELECT FROM pg_roles WHERE (rolsuper OR rolbypassrls) AND pg_has_role($1, oid, 'MEMBER'))";
    let above: bool = sqlx::query_scalar(sql).persistent(false).bind(role).fetch_one(connection).await?;
    if !above {
        return Ok(());
    }
    Err(DbError::Refused(format!(
        "the role {role} is a superuser or bypasses row security, or is a member of a role that does, so nothing in the database would keep organizations \
         apart: name another role in database.url, such as postgres://lotline:PASSWORD@HOST/DATABASE, and let \
         `lotlined migrate --admin-url` with the address of now make and prepare it"
    )))
}

/// Nothing may be served from a table that a new version or a hand left open.
async fn sound(connection: &mut PgConnection, role: &str) -> Result<(), DbError> {
    let holes = row_security::open(connection, role).await?;
    if holes.is_empty() {
        return Ok(());
    }
    Err(DbError::Refused(format!(
        "row security does not hold for {}: run `lotlined migrate --admin-url` with the role that owns the tables; \
         a view must be made WITH (security_invoker = true)",
        holes.join(", ")
    )))
}

async fn one<T>(connection: &mut PgConnection, sql: &'static str) -> Result<T, DbError>
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    Ok(sqlx::query_scalar(sql).persistent(false).fetch_one(connection).await?)
}

/// SQL with names and words quoted by the server.
async fn text(
    connection: &mut PgConnection,
    sql: &'static str,
    words: &[Option<&str>],
) -> Result<String, DbError> {
    let query = words.iter().fold(sqlx::query_scalar(sql), |query, word| query.bind(*word));
    Ok(query.fetch_one(connection).await?)
}

fn password(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(percent_decode_str(url.password()?).decode_utf8_lossy().into_owned())
}
