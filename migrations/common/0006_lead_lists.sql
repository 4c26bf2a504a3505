-- The list by name. Moves when a lead is named, never with a message; texts from unknown phones make nameless leads.
CREATE INDEX leads_by_name ON leads (organization_id, lower(name), id) WHERE name IS NOT NULL;
