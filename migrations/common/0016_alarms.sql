-- What is wrong with an organization's desk right now. A mended alarm has no row.
CREATE TABLE alarms (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    kind TEXT NOT NULL,
    -- What it is about, such as an own number; empty when it is about everything.
    subject TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (organization_id, kind, subject)
);
