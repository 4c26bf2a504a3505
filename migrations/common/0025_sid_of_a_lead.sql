-- A carrier's message id is looked for among those of the customer who sent it. It is random: a tree of all of them is
-- written at another place for every text, a tree that begins with the lead where the lead's other rows are.
-- A phone is one lead's until that is erased: then the ids are looked for by themselves, so that a repeated webhook still
-- writes nothing.
ALTER TABLE turns ADD COLUMN erased BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE turns SET erased = TRUE WHERE lead_id IN (SELECT id FROM leads WHERE erased_at IS NOT NULL);
DROP INDEX turns_by_carrier_sid;
CREATE UNIQUE INDEX turns_by_carrier_sid ON turns (lead_id, carrier_sid, organization_id) WHERE carrier_sid IS NOT NULL;
CREATE INDEX turns_erased ON turns (carrier_sid, organization_id) WHERE erased AND carrier_sid IS NOT NULL;
