-- One of a kind runs at a time per lead, whichever daemons look at the same moment: the index refuses the second.
DROP INDEX jobs_leased;
CREATE UNIQUE INDEX jobs_leased ON jobs (lead_id, kind) WHERE state = 'leased';

-- When an own number has sent what it was given so far: its pace holds across daemons.
CREATE TABLE paces (
    phone_number TEXT NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    busy_until BIGINT NOT NULL,
    PRIMARY KEY (phone_number, organization_id)
);

-- Work by the clock is done by one daemon at a time: whoever moves its row.
CREATE TABLE schedules (
    name TEXT NOT NULL PRIMARY KEY,
    due_at BIGINT NOT NULL
);
