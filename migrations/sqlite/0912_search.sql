-- `k` is organization_id * 2^40 + the number of an event: an organization is a range, and its newest come last.
-- What a lead is found by: name, vehicle, phones, e-mails, after a space each.
CREATE TABLE search_leads (
    k INTEGER NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    lead_id UUID NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (lead_id, organization_id),
    FOREIGN KEY (lead_id, organization_id) REFERENCES leads (id, organization_id)
);
CREATE VIRTUAL TABLE search_leads_index USING fts5(
    text, content='search_leads', content_rowid='k', columnsize=0, tokenize='trigram'
);
CREATE TRIGGER search_leads_added AFTER INSERT ON search_leads
BEGIN INSERT INTO search_leads_index (rowid, text) VALUES (new.k, new.text); END;
CREATE TRIGGER search_leads_changed AFTER UPDATE OF text ON search_leads
BEGIN
    INSERT INTO search_leads_index (search_leads_index, rowid, text) VALUES ('delete', old.k, old.text);
    INSERT INTO search_leads_index (rowid, text) VALUES (new.k, new.text);
END;
CREATE TRIGGER search_leads_removed AFTER DELETE ON search_leads
BEGIN INSERT INTO search_leads_index (search_leads_index, rowid, text) VALUES ('delete', old.k, old.text); END;

-- Words of what was said; the text itself stays in its turn, which the event names.
CREATE VIRTUAL TABLE search_words USING fts5(
    text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0'
);
