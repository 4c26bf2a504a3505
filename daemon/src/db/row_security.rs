//! Row security: each table that names an organization shows and takes the rows of one organization only, the one that
//! the transaction was begun for.
//!
//! A start compares what stands in the catalog with what should, word for word, so that neither a new table nor a hand
//! at the console can be forgotten.

use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::DbError;

/// The tenant tables with what each should be and is, for the serving role `$1`. `app.org` is empty, not NULL, once a
/// transaction that set it has ended. What a search looks through is open to reading by its owner, as whom the functions
/// of a search run (`0914_search_functions.sql`), but only if another role serves.
macro_rules! tenants {
    ($select:literal) => {
        concat!(
            "WITH tenants AS (
                SELECT c.oid, c.relname::text AS name, a.attname AS key, pg_get_userbyid(c.relowner) AS owner,
                    c.relname IN ('search_leads', 'search_words') AND NOT pg_has_role($1, c.relowner, 'MEMBER')
                        AS searched,
                    format('((%I = (NULLIF(current_setting(''app.org''::text, true), ''''::text))::bigint)'
                        ' OR (current_setting(''app.scope''::text, true) = ''system''::text))', a.attname) AS own,
                    c.relrowsecurity AND c.relforcerowsecurity AS forced,
                    ARRAY(SELECT concat_ws(' ', p.polname, p.polpermissive, p.polcmd, p.polroles,
                            pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid))
                        FROM pg_policy p WHERE p.polrelid = c.oid ORDER BY p.polname) AS policies,
                    c.relowner
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
                  AND NOT a.attisdropped
                  AND a.attname = CASE c.relname WHEN 'organizations' THEN 'id' ELSE 'organization_id' END),
            open AS (
                SELECT * FROM tenants WHERE NOT (forced AND policies =
                    ARRAY[format('one_organization t * {0} %1$s %1$s', own)]
                    || CASE WHEN searched THEN ARRAY[format('owner_searches t r {%s} true', relowner)]
                        ELSE ARRAY[]::text[] END)) ",
            $select
        )
    };
}

const OPEN: &str = tenants!(
    "SELECT name FROM open UNION ALL
     SELECT c.relname::text FROM pg_class c
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('v', 'm')
       AND NOT COALESCE('security_invoker=true' = ANY (c.reloptions), FALSE)
     ORDER BY 1"
);

/// FORCE, because the owner would be exempt. Each table by itself, so that no two tables are locked at once; nodes that
/// start together take turns.
const CLOSE: &str = tenants!(
    "SELECT concat_ws('; ', 'SELECT pg_advisory_xact_lock(hashtext(''lotline row security''))',
        format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name),
        (SELECT string_agg(format('DROP POLICY IF EXISTS %I ON %I', p.polname, name), '; ')
            FROM pg_policy p WHERE p.polrelid = open.oid),
        format('DROP POLICY IF EXISTS one_organization ON %I', name),
        format('DROP POLICY IF EXISTS owner_searches ON %I', name),
        format('CREATE POLICY one_organization ON %I USING (%s) WITH CHECK (%s)', name, own, own),
        CASE WHEN searched THEN
            format('CREATE POLICY owner_searches ON %I FOR SELECT TO %I USING (true)', name, owner) END)
     FROM open ORDER BY name"
);

/// Tables and views of ours that would show one organization's rows to the role `role` of another.
pub(super) async fn open(connection: &mut PgConnection, role: &str) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar(OPEN).persistent(false).bind(role).fetch_all(connection).await?)
}

/// Makes row security of every table what it should be while `role` serves, by its owner. A view is left as it is.
pub(super) async fn close(connection: &mut PgConnection, role: &str) -> Result<(), DbError> {
    let statements: Vec<String> =
        sqlx::query_scalar(CLOSE).persistent(false).bind(role).fetch_all(&mut *connection).await?;
    for statement in statements {
        connection.execute(AssertSqlSafe(statement)).await?;
    }
    Ok(())
}
