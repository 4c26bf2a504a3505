-- Both are looked up by their keys alone, so the key's tree holds the rows: one tree fewer to write for every text, one
-- page fewer to find for every known customer.
ALTER TABLE lead_contacts RENAME TO lead_contacts_before;
CREATE TABLE lead_contacts (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    lead_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('phone', 'email')),
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, kind, value),
    FOREIGN KEY (lead_id, organization_id) REFERENCES leads (id, organization_id)
) WITHOUT ROWID;
INSERT INTO lead_contacts SELECT organization_id, lead_id, kind, value, created_at FROM lead_contacts_before;
DROP TABLE lead_contacts_before;
CREATE INDEX lead_contacts_by_lead ON lead_contacts (lead_id);

ALTER TABLE receipts RENAME TO receipts_before;
CREATE TABLE receipts (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    source TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (id, organization_id)
) WITHOUT ROWID;
INSERT INTO receipts SELECT id, organization_id, source, dedupe_key, body, at FROM receipts_before;
DROP TABLE receipts_before;
