-- A member's own leads by last turn. It moves with a message too, but only with those of leads that somebody has.
CREATE INDEX leads_of_member ON leads (organization_id, assigned_to, last_turn_at, id) WHERE assigned_to IS NOT NULL;
-- By the column of the next step: below row security PostgreSQL compares no lower(name) by an index.
DROP INDEX leads_by_name;
-- Whether anything is held is asked every hour.
CREATE INDEX leads_held ON leads (organization_id) WHERE legal_hold;
