-- Until when the carrier's list of texts to this number was read.
ALTER TABLE organization_phone_numbers ADD COLUMN listed_to BIGINT;
