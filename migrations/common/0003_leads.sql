-- A lead is a customer in one organization, and the thread of everything said to and by them.
-- Keys start with the random id: an index that starts with the organization and goes on with a growing value
-- has an insertion edge inside the tree for every organization, and each insert there rewrites pages.
CREATE TABLE leads (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    name TEXT,
    status TEXT NOT NULL CHECK (status IN ('new', 'attempting', 'engaged', 'qualified', 'appointment_set',
        'appointment_confirmed', 'showed', 'sold_pending', 'delivered', 'nurture', 'lost', 'bad', 'duplicate')),
    sentiment TEXT CHECK (sentiment IN ('warm', 'neutral', 'negative', 'cold', 'frustrated', 'ghosted', 'needs_human')),
    sentiment_source TEXT CHECK (sentiment_source IN ('ai', 'member')),
    sentiment_at BIGINT,
    assigned_to UUID REFERENCES users (id),
    source TEXT,
    vehicle TEXT,
    -- JSON array of words.
    tags TEXT NOT NULL DEFAULT '[]',
    -- Name, digits of phones, e-mails and vehicle, lower-cased by the daemon: what a search looks through.
    search_text TEXT NOT NULL DEFAULT '',
    -- The own number that the customer last wrote to; answers leave from it.
    own_number TEXT,
    -- The floor: exactly one value; the fence only grows.
    floor_kind TEXT NOT NULL CHECK (floor_kind IN ('ai', 'member', 'nobody', 'paused')),
    floor_member UUID REFERENCES users (id),
    floor_fence BIGINT NOT NULL DEFAULT 1,
    floor_since BIGINT NOT NULL,
    floor_hand_back_at BIGINT,
    -- The thread.
    turn_seq BIGINT NOT NULL DEFAULT 0,
    last_turn_at BIGINT NOT NULL,
    last_customer_at BIGINT,
    last_customer_seq BIGINT NOT NULL DEFAULT 0,
    waiting_since BIGINT,
    unread BIGINT NOT NULL DEFAULT 0,
    -- When the AI last spoke: it discloses itself when this is empty or long ago.
    ai_spoke_at BIGINT,
    -- What the newest line of the consent ledger says, kept here for lists; the gate reads the ledger.
    opted_out BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (id, organization_id),
    CHECK ((floor_kind = 'member') = (floor_member IS NOT NULL))
);
-- The one index that moves with a message.
CREATE INDEX leads_recent ON leads (organization_id, last_turn_at, id);
-- Small: only those who wait for an answer are in it.
CREATE INDEX leads_waiting ON leads (organization_id, waiting_since, id) WHERE waiting_since IS NOT NULL;

CREATE TABLE lead_contacts (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    lead_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('phone', 'email')),
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organization_id, kind, value),
    FOREIGN KEY (lead_id, organization_id) REFERENCES leads (id, organization_id)
);
CREATE INDEX lead_contacts_by_lead ON lead_contacts (lead_id);

CREATE TABLE turns (
    id UUID NOT NULL,
    organization_id BIGINT NOT NULL,
    lead_id UUID NOT NULL,
    -- Dense in the lead's thread, from 1.
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('message', 'utterance', 'note', 'system')),
    channel TEXT CHECK (channel IN ('sms', 'voice', 'email')),
    author_kind TEXT NOT NULL CHECK (author_kind IN ('customer', 'ai', 'member', 'system')),
    author_id UUID REFERENCES users (id),
    text TEXT NOT NULL,
    -- JSON array of {content_type, url}; absent when nothing came along.
    media TEXT,
    -- The organization gave its word here (a time, a price, "I will"): the context keeps such turns whatever their age.
    promise BOOLEAN NOT NULL DEFAULT FALSE,
    carrier_sid TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (id, organization_id),
    UNIQUE (lead_id, seq),
    FOREIGN KEY (lead_id, organization_id) REFERENCES leads (id, organization_id)
);
-- What the carrier calls a message is taken once: a repeated webhook writes nothing.
CREATE UNIQUE INDEX turns_by_carrier_sid ON turns (carrier_sid, organization_id) WHERE carrier_sid IS NOT NULL;
CREATE INDEX turns_with_promise ON turns (lead_id, seq) WHERE promise;
