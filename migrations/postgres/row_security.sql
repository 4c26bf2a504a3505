-- Run after every migration, by the owner: each table that names an organization shows and takes the rows of one
-- organization only, the one that the transaction was begun for. A new table cannot be forgotten.
--
-- `app.org` is empty, not NULL, once a transaction that set it has ended. `app.scope` is 'system' in the rare
-- transactions of the installation itself. FORCE, because the owner would be exempt.
DO $$
DECLARE
    tenant record;
    own CONSTANT text := '%s = NULLIF(current_setting(''app.org'', true), '''')::bigint'
        || ' OR current_setting(''app.scope'', true) = ''system''';
BEGIN
    -- Nodes that start together take turns.
    PERFORM pg_advisory_xact_lock(hashtext('lotline row security'));
    FOR tenant IN
        SELECT c.oid::regclass AS name, a.attname AS key FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
          AND a.attname = CASE c.relname WHEN 'organizations' THEN 'id' ELSE 'organization_id' END
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity
              AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'one_organization'))
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', tenant.name);
        EXECUTE format('DROP POLICY IF EXISTS one_organization ON %s', tenant.name);
        EXECUTE format('CREATE POLICY one_organization ON %s USING (' || own || ') WITH CHECK (' || own || ')',
            tenant.name, tenant.key, tenant.key);
    END LOOP;
END $$
