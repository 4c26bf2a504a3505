-- Keys that seal what an organization keeps secret, themselves sealed by the installation's key file. The newest
-- generation seals; an older one is there only while its values are being sealed again. Organization 0 is the
-- installation itself.
CREATE TABLE data_keys (
    organization_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, generation)
);

-- One key per customer whose application is kept, sealed by the organization's. Destroying it is the erasure: what it
-- sealed opens nowhere any more, in old backups neither.
CREATE TABLE lead_keys (
    lead_id UUID NOT NULL,
    organization_id BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (lead_id, organization_id),
    FOREIGN KEY (lead_id, organization_id) REFERENCES leads (id, organization_id)
);

-- What a customer told of themselves for an application, each value sealed by the customer's key.
CREATE TABLE application_fields (
    lead_id UUID NOT NULL,
    organization_id BIGINT NOT NULL,
    field TEXT NOT NULL CHECK (field IN ('name', 'date_of_birth', 'marital_status', 'address', 'email',
        'housing_situation', 'house_payment', 'employment_status', 'employer', 'employment_duration', 'monthly_income',
        'stated_credit_score', 'vehicle_type', 'trade_in_vehicle', 'monthly_payment_budget')),
    value BYTEA NOT NULL,
    updated_by UUID REFERENCES users (id),
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (lead_id, organization_id, field),
    FOREIGN KEY (lead_id, organization_id) REFERENCES leads (id, organization_id)
);

-- The key of the hashes below, sealed by the organization's: a phone number is too short for a hash without one.
CREATE TABLE erasure_keys (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id, organization_id),
    UNIQUE (organization_id)
);

-- What is left of an erased customer: enough to recognise the phone when somebody asks about it, and no more.
CREATE TABLE tombstones (
    lead_id UUID NOT NULL,
    organization_id BIGINT NOT NULL,
    phone_hash BYTEA,
    erased_at BIGINT NOT NULL,
    PRIMARY KEY (lead_id, organization_id),
    FOREIGN KEY (lead_id, organization_id) REFERENCES leads (id, organization_id)
);
CREATE INDEX tombstones_by_phone ON tombstones (phone_hash, organization_id) WHERE phone_hash IS NOT NULL;

ALTER TABLE leads ADD COLUMN erased_at BIGINT;
-- While it stands nothing of the lead is pruned or erased.
ALTER TABLE leads ADD COLUMN legal_hold BOOLEAN NOT NULL DEFAULT FALSE;

-- How long an organization keeps what, where it differs from the default; and how far the pruning has come.
CREATE TABLE retention (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    record_class TEXT NOT NULL CHECK (record_class IN ('messages', 'application', 'consents', 'receipts', 'audit')),
    days BIGINT,
    done_to BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, record_class)
);
