-- Lines of the audit log are added, and removed only from the end that was cut off before.
CREATE TRIGGER audit_lines_are_not_changed BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log are append-only'); END;
CREATE TRIGGER audit_lines_are_not_deleted BEFORE DELETE ON audit_log
WHEN OLD.seq > (SELECT audit_cut_seq FROM organizations WHERE id = OLD.organization_id)
BEGIN SELECT RAISE(ABORT, 'audit_log are append-only'); END;
