-- Who did or read what sensitive thing, from where: dense per organization, each line bound to the one before by `hash`.
-- What is told of a person stands here too, so the log has a clock of its own and is pruned from its old end only.
CREATE TABLE audit_log (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    seq BIGINT NOT NULL,
    action TEXT NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('member', 'api_key', 'command_line', 'system')),
    actor_id UUID,
    subject_kind TEXT CHECK (subject_kind IN ('lead', 'member', 'session', 'invite', 'api_key', 'number', 'carrier',
        'agent_profile', 'organization')),
    subject_id UUID,
    address TEXT,
    user_agent TEXT,
    -- JSON object of ids, words and numbers: no message text, no secret.
    detail TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- SHA-256 of the hash before and this line; see store/audit/chain.rs.
    hash BYTEA NOT NULL,
    PRIMARY KEY (organization_id, seq)
);
CREATE INDEX audit_log_by_subject ON audit_log (subject_id, organization_id, seq) WHERE subject_id IS NOT NULL;

-- The log's end and where it was cut: under the same lock as the number of the last event, so that whoever writes both
-- can never wait for whoever writes both.
ALTER TABLE organizations ADD COLUMN audit_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN audit_hash BYTEA;
ALTER TABLE organizations ADD COLUMN audit_cut_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN audit_cut_hash BYTEA;
