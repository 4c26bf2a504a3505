-- A line of the ledger goes only after five years, and never the newest of a phone: that is what honours an opt-out.
DROP TRIGGER consents_are_append_only ON consents;
CREATE TRIGGER consents_are_not_changed BEFORE UPDATE ON consents
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_deletion_of_consents() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF OLD.at > (EXTRACT(EPOCH FROM now())::BIGINT - 157680000) * 1000000 OR NOT EXISTS (
        SELECT 1 FROM consents n WHERE n.phone = OLD.phone AND n.organization_id = OLD.organization_id
            AND n.channel = OLD.channel AND (n.at, n.id) > (OLD.at, OLD.id))
    THEN
        RAISE EXCEPTION '% are append-only', TG_TABLE_NAME;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER consents_are_not_deleted BEFORE DELETE ON consents
    FOR EACH ROW EXECUTE FUNCTION refuse_deletion_of_consents();
