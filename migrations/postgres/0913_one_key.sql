-- As on SQLite: the key of a contact is called what it is. A table without one cannot be replicated by its rows.
ALTER TABLE lead_contacts DROP CONSTRAINT lead_contacts_organization_id_kind_value_key,
    ADD PRIMARY KEY (organization_id, kind, value);
