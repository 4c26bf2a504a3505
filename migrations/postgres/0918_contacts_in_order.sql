-- A step of this engine that runs after the common one had left the last column out.
DROP INDEX lead_contacts_by_lead;
CREATE INDEX lead_contacts_by_lead ON lead_contacts (lead_id, organization_id, created_at);
