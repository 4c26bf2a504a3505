-- Lines of the audit log are added, and removed only from the end that was cut off before.
CREATE TRIGGER audit_lines_are_not_changed BEFORE UPDATE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_deletion_of_audit_lines() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF OLD.seq > (SELECT audit_cut_seq FROM organizations WHERE id = OLD.organization_id) THEN
        RAISE EXCEPTION '% are append-only', TG_TABLE_NAME;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER audit_lines_are_not_deleted BEFORE DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_deletion_of_audit_lines();
