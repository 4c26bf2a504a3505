-- Both are trusted extensions: the owner of a database may create them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- `k` is organization_id * 2^40 + the number of an event, as on SQLite.
-- What a lead is found by: name, vehicle, phones, e-mails, after a space each, lower-cased.
CREATE TABLE search_leads (
    k BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    lead_id UUID NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (lead_id, organization_id),
    FOREIGN KEY (lead_id, organization_id) REFERENCES leads (id, organization_id)
);
CREATE INDEX search_leads_index ON search_leads USING gin (organization_id, text gin_trgm_ops);

-- Words of what was said; the text itself stays in its turn, which the event names.
CREATE TABLE search_words (
    k BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    words TSVECTOR NOT NULL
);
CREATE INDEX search_words_index ON search_words USING gin (organization_id, words);
