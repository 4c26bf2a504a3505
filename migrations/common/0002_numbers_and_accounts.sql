-- An organization's own numbers decide whose a call or text is, so a number exists once in the installation.
CREATE TABLE organization_phone_numbers (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    phone_number TEXT NOT NULL UNIQUE,
    label TEXT,
    sms BOOLEAN NOT NULL,
    voice_mode TEXT NOT NULL
        CHECK (voice_mode IN ('agent_bridge', 'agent_register', 'agent_native', 'ring_team', 'voicemail')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id, organization_id)
);
CREATE INDEX organization_phone_numbers_by_organization ON organization_phone_numbers (organization_id);

-- Sealed credentials. One account is live per organization; retired ones stay as history.
CREATE TABLE carrier_accounts (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    provider TEXT NOT NULL CHECK (provider IN ('twilio')),
    account_sid TEXT NOT NULL,
    auth_token BYTEA NOT NULL,
    auth_token_secondary BYTEA,
    api_key_sid TEXT,
    api_key_secret BYTEA,
    answers_keywords BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    PRIMARY KEY (id, organization_id)
);
CREATE UNIQUE INDEX carrier_accounts_live ON carrier_accounts (organization_id) WHERE retired_at IS NULL;

CREATE TABLE agent_profiles (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    provider TEXT NOT NULL CHECK (provider IN ('elevenlabs')),
    agent_id TEXT NOT NULL,
    api_key BYTEA NOT NULL,
    connect TEXT NOT NULL CHECK (connect IN ('signed_url', 'key_header')),
    persona TEXT NOT NULL,
    disclosure TEXT NOT NULL,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    PRIMARY KEY (id, organization_id)
);
CREATE UNIQUE INDEX agent_profiles_live ON agent_profiles (organization_id) WHERE retired_at IS NULL;
