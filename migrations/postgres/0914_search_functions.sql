-- Row security hides rows before anything that might tell of them is asked, and LIKE and @@ might: below it neither index
-- of a search is used, and every search reads the whole organization. These two run as the owner of the tables, whom a
-- policy of its own lets read both (`owner_searches`, where the serving role is not the owner), and keep organizations
-- apart themselves, by the same condition. Dynamic, so that each search is planned for its own words.
CREATE FUNCTION found_by_name(org BIGINT, patterns TEXT, most BIGINT) RETURNS SETOF UUID
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 400 AS $$
BEGIN
    IF org = NULLIF(current_setting('app.org', true), '')::bigint OR current_setting('app.scope', true) = 'system' THEN
        RETURN QUERY EXECUTE format(
            'SELECT lead_id FROM search_leads WHERE organization_id = %1$s AND k BETWEEN %2$s AND %2$s + 1099511627775 %3$s
             ORDER BY k DESC LIMIT %4$s',
            org, org * 1099511627776,
            (SELECT string_agg(format('AND text LIKE %L', pattern), ' ') FROM jsonb_array_elements_text(patterns::jsonb) AS pattern),
            most);
    END IF;
END $$;

CREATE FUNCTION found_by_words(org BIGINT, said TEXT, most BIGINT) RETURNS SETOF BIGINT
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 400 AS $$
BEGIN
    IF org = NULLIF(current_setting('app.org', true), '')::bigint OR current_setting('app.scope', true) = 'system' THEN
        RETURN QUERY EXECUTE format(
            'SELECT k FROM search_words WHERE organization_id = %1$s AND k BETWEEN %2$s AND %2$s + 1099511627775
                 AND words @@ %3$L::tsquery
             ORDER BY k DESC LIMIT %4$s',
            org, org * 1099511627776, plainto_tsquery('simple', regexp_replace(said, '[^[:alnum:]]+', ' ', 'g')), most);
    END IF;
END $$;

-- Whoever calls them must not slip tables of their own under them.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION found_by_name SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('ALTER FUNCTION found_by_words SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION found_by_name, found_by_words FROM PUBLIC;
