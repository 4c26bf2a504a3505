-- Customers by the hour of the last four weeks, as JSON: what is usual for a number.
ALTER TABLE organization_phone_numbers ADD COLUMN traffic TEXT;
-- Texts in a row that no webhook told of.
ALTER TABLE organization_phone_numbers ADD COLUMN unheard BIGINT NOT NULL DEFAULT 0;
