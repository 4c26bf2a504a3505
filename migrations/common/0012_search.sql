-- How far an organization's events have been read into what a search looks through. Names and words are taken from the
-- event log a moment after it, so that no text pays for the search on its way in.
CREATE TABLE search_positions (
    organization_id BIGINT NOT NULL PRIMARY KEY REFERENCES organizations (id),
    seq BIGINT NOT NULL
);
ALTER TABLE leads DROP COLUMN search_text;
