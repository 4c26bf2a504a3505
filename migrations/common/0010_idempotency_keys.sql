-- Answers to requests that carried an Idempotency-Key, kept for a day: a repeat gets the same answer and does nothing.
-- Ids grow with time, so pruning is a range.
CREATE TABLE idempotency_keys (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    key TEXT NOT NULL,
    -- SHA-256 of what was asked.
    request BYTEA NOT NULL,
    -- Sealed, since it repeats what customers said. NULL only inside the transaction that makes it.
    answer BYTEA,
    at BIGINT NOT NULL,
    PRIMARY KEY (id, organization_id),
    UNIQUE (organization_id, user_id, key)
);
