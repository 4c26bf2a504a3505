-- Where an outgoing message is. `attempting` is committed before the first byte leaves, so that a crash is never silent.
CREATE TABLE deliveries (
    turn_id UUID NOT NULL,
    organization_id BIGINT NOT NULL,
    lead_id UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'queued', 'attempting', 'accepted', 'sent', 'delivered',
        'undelivered', 'failed', 'unknown', 'recalled', 'refused')),
    purpose TEXT NOT NULL CHECK (purpose IN ('reply', 'conversation', 'compliance')),
    from_number TEXT NOT NULL,
    to_number TEXT NOT NULL,
    segments BIGINT NOT NULL,
    -- The fence under which an AI answer was made; a person's message has none.
    floor_fence BIGINT,
    -- One per intent of a console.
    client_id UUID,
    hold_until BIGINT,
    -- After this moment it is not sent any more without a person.
    stale_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    attempted_at BIGINT,
    -- How often the carrier's list was searched for an attempt of unknown outcome.
    looks BIGINT NOT NULL DEFAULT 0,
    carrier_sid TEXT,
    error_code BIGINT,
    reason TEXT,
    needs_operator BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (turn_id, organization_id),
    FOREIGN KEY (turn_id, organization_id) REFERENCES turns (id, organization_id),
    FOREIGN KEY (lead_id, organization_id) REFERENCES leads (id, organization_id)
);
CREATE UNIQUE INDEX deliveries_by_client_id ON deliveries (client_id, organization_id) WHERE client_id IS NOT NULL;
CREATE UNIQUE INDEX deliveries_by_carrier_sid ON deliveries (carrier_sid, organization_id) WHERE carrier_sid IS NOT NULL;
-- What is still on its way, by conversation: one is in flight at a time, an opt-out stops the rest.
CREATE INDEX deliveries_open ON deliveries (lead_id) WHERE state IN ('held', 'queued', 'attempting', 'unknown');

CREATE TABLE drafts (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL,
    lead_id UUID NOT NULL,
    author_kind TEXT NOT NULL CHECK (author_kind IN ('ai', 'member')),
    author_id UUID REFERENCES users (id),
    text TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id, organization_id),
    FOREIGN KEY (lead_id, organization_id) REFERENCES leads (id, organization_id)
);
CREATE INDEX drafts_by_lead ON drafts (lead_id);

-- The ledger of who may be contacted: append-only, kept when everything else is erased.
CREATE TABLE consents (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    lead_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('opt_out', 'opt_in')),
    channel TEXT NOT NULL CHECK (channel IN ('sms', 'voice', 'email')),
    phone TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('keyword', 'carrier', 'member', 'ai')),
    turn_id UUID,
    member_id UUID,
    note TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (id, organization_id)
);
CREATE INDEX consents_by_phone ON consents (phone, organization_id, at);
CREATE INDEX consents_by_lead ON consents (lead_id);
