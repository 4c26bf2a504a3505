-- Both columns are asked for. Before a table's first statistics the planner prefers a key of two to one of which it knows nothing.
DROP INDEX lead_contacts_by_lead;
CREATE INDEX lead_contacts_by_lead ON lead_contacts (lead_id, organization_id);
