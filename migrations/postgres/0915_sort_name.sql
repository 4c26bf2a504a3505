-- The name as its engine sorts it: engines do not agree on lower case beyond ASCII.
ALTER TABLE leads ADD COLUMN sort_name TEXT GENERATED ALWAYS AS (lower(name)) STORED;
CREATE INDEX leads_by_name ON leads (organization_id, sort_name, id) WHERE sort_name IS NOT NULL;
