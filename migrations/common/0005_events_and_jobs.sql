-- What happened, numbered densely per organization. No message text: it is joined when an event is shown.
CREATE TABLE events (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    lead_id UUID,
    turn_id UUID,
    actor_kind TEXT CHECK (actor_kind IN ('customer', 'ai', 'member', 'system')),
    actor_id UUID,
    -- JSON object of ids, words and numbers.
    detail TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, seq)
);

-- Work to do later, written with the facts that caused it. Done jobs are deleted, dead ones stay to be looked at.
CREATE TABLE jobs (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    kind TEXT NOT NULL,
    lead_id UUID,
    payload TEXT NOT NULL,
    dedupe_key TEXT,
    priority BIGINT NOT NULL DEFAULT 0,
    run_at BIGINT NOT NULL,
    state TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'leased', 'dead')),
    -- Counted when a run begins, so that a job that kills the process is given up in the end.
    attempts BIGINT NOT NULL DEFAULT 0,
    lease_owner UUID,
    lease_until BIGINT,
    -- Grows with every lease: a worker that lost its lease finishes nothing.
    fence BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id, organization_id)
);
CREATE INDEX jobs_ready ON jobs (run_at) WHERE state = 'ready';
CREATE INDEX jobs_leased ON jobs (lead_id, kind) WHERE state = 'leased';
CREATE UNIQUE INDEX jobs_deduped ON jobs (dedupe_key, organization_id) WHERE state = 'ready' AND dedupe_key IS NOT NULL;

-- Raw bodies of webhooks, kept for thirty days: the answer to "we never got it". Ids grow with time, so pruning is a range.
CREATE TABLE receipts (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    source TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (id, organization_id)
);
