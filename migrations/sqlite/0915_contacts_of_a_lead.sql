-- As on PostgreSQL. The second column stands in this index anyway: it is of the table's key.
DROP INDEX lead_contacts_by_lead;
CREATE INDEX lead_contacts_by_lead ON lead_contacts (lead_id, organization_id);
