-- Where the last thing said stands in its thread (markers and notes are not said; 0: nothing was). Lists show it, and looking for
-- it would go through whatever came after it.
ALTER TABLE leads ADD COLUMN said_seq BIGINT NOT NULL DEFAULT 0;
UPDATE leads SET said_seq = COALESCE((SELECT MAX(t.seq) FROM turns t WHERE t.lead_id = leads.id
    AND t.organization_id = leads.organization_id AND t.kind IN ('message', 'utterance')), 0);
-- In the order in which contacts are shown. On SQLite the key's columns follow, so a list reads this index alone.
DROP INDEX lead_contacts_by_lead;
CREATE INDEX lead_contacts_by_lead ON lead_contacts (lead_id, organization_id, created_at);
