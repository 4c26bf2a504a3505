-- A line of the ledger goes only after five years, and never the newest of a phone: that is what honours an opt-out.
DROP TRIGGER consents_are_not_deleted;
CREATE TRIGGER consents_are_not_deleted BEFORE DELETE ON consents
WHEN OLD.at > (unixepoch() - 157680000) * 1000000 OR NOT EXISTS (
    SELECT 1 FROM consents n WHERE n.phone = OLD.phone AND n.organization_id = OLD.organization_id
        AND n.channel = OLD.channel AND (n.at, n.id) > (OLD.at, OLD.id))
BEGIN SELECT RAISE(ABORT, 'consents are append-only'); END;
