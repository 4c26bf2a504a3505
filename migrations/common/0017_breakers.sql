-- A vendor that failed an organization lately. Nothing wrong: no row.
CREATE TABLE breakers (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    vendor TEXT NOT NULL CHECK (vendor IN ('carrier', 'agent')),
    -- Failures in a row.
    failures BIGINT NOT NULL,
    -- Openings in a row without a success between them; 0 while closed.
    openings BIGINT NOT NULL,
    -- The vendor refuses the organization's credentials.
    refused BOOLEAN NOT NULL,
    -- One request is out to see whether the vendor is back.
    probing BOOLEAN NOT NULL,
    -- Nothing is asked of the vendor before.
    until BIGINT NOT NULL,
    PRIMARY KEY (vendor, organization_id)
);

-- How often the outcome of this message was unknown: the second time is a person's to settle.
ALTER TABLE deliveries ADD COLUMN unknowns BIGINT NOT NULL DEFAULT 0;

-- The vendor whose return a job waits for; it runs at once then.
ALTER TABLE jobs ADD COLUMN waits_for TEXT CHECK (waits_for IN ('carrier', 'agent'));
CREATE INDEX jobs_waiting ON jobs (organization_id) WHERE waits_for IS NOT NULL;
