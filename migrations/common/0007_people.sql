-- An organization may want a second factor of everybody in it.
ALTER TABLE organizations ADD COLUMN require_totp BOOLEAN NOT NULL DEFAULT FALSE;

-- The sealed secret counts from `totp_confirmed_at` on. `totp_step` is the step of the last code that was taken: a code
-- is good once, and so is every older one.
ALTER TABLE users ADD COLUMN totp_secret BYTEA;
ALTER TABLE users ADD COLUMN totp_confirmed_at BIGINT;
ALTER TABLE users ADD COLUMN totp_step BIGINT;

-- For the day the phone is lost: each is good once.
CREATE TABLE recovery_codes (
    hash BYTEA NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    used_at BIGINT
);
CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);

-- From where a session was last renewed, for its owner to recognise.
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN user_agent TEXT;

-- The way into an organization: one person, one role, once.
CREATE TABLE invites (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    hash BYTEA NOT NULL UNIQUE,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'manager', 'agent', 'viewer')),
    -- Nobody: whoever runs the installation.
    invited_by UUID REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (id, organization_id)
);
CREATE INDEX invites_by_organization ON invites (organization_id);

-- A key acts as the member who made it, in a role that is never above theirs.
CREATE TABLE api_keys (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    hash BYTEA NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'manager', 'agent', 'viewer')),
    made_by UUID NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Written once an hour at most.
    last_used_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (id, organization_id)
);
CREATE INDEX api_keys_by_organization ON api_keys (organization_id);
