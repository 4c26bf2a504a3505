-- A customer and what hangs on them. `:n` begins the numbers of their rows, which may not meet another's.
INSERT INTO leads (id, organization_id, name, status, own_number, floor_kind, floor_since, turn_seq, last_customer_seq,
    last_customer_at, last_turn_at, waiting_since, opted_out, legal_hold, vehicle, created_at, updated_at)
VALUES (@lead, :org, :named, 'new', '+13035550101', ':floor', 0, :n + 3, :n + 1, 1, :last, :waits, FALSE, :held,
    ':who car', 0, 0);
INSERT INTO lead_contacts (organization_id, lead_id, kind, value, created_at)
VALUES (:org, @lead, 'phone', ':phone', :org);
INSERT INTO turns (id, organization_id, lead_id, seq, kind, channel, author_kind, carrier_sid, text, promise, at)
VALUES (@said, :org, @lead, :n + 1, 'message', 'sms', 'customer', 'SM@sid:said', ':words asked', FALSE, 1500000000000000);
INSERT INTO turns (id, organization_id, lead_id, seq, kind, channel, author_kind, text, promise, at)
VALUES (@turn, :org, @lead, :n + 2, 'message', 'sms', 'ai', ':words answered', TRUE, 1600000000000000);
INSERT INTO turns (id, organization_id, lead_id, seq, kind, channel, author_kind, author_id, text, promise, at)
VALUES (@reply, :org, @lead, :n + 3, 'message', 'sms', 'member', @user, ':words wrote', TRUE, 1600000000000000);
INSERT INTO deliveries (turn_id, organization_id, lead_id, state, purpose, from_number, to_number, segments, client_id,
    stale_at, carrier_sid, created_at, updated_at)
VALUES (@turn, :org, @lead, 'queued', 'reply', '+13035550102', '+17205550101', :org, @client, 4000000000000000,
    'SM@sid:sent', 0, 0);
INSERT INTO deliveries (turn_id, organization_id, lead_id, state, purpose, from_number, to_number, segments, stale_at,
    carrier_sid, attempted_at, created_at, updated_at)
VALUES (@reply, :org, @lead, ':end', 'reply', '+13035550102', '+17205550101', :org, 4000000000000000,
    'SM@sid:reply', 1600000000000000, 0, 0);
INSERT INTO drafts (id, organization_id, lead_id, author_kind, text, reason, created_at)
VALUES (@draft, :org, @lead, 'ai', ':who draft', 'recalled', :org);
INSERT INTO consents (id, organization_id, lead_id, kind, channel, phone, source, at)
VALUES (@older, :org, @lead, 'opt_in', 'sms', ':phone', 'member', 1300000000000000);
INSERT INTO consents (id, organization_id, lead_id, kind, channel, phone, source, at)
VALUES (@consent, :org, @lead, ':ledger', 'sms', ':phone', 'member', 1400000000000000 - :org);
INSERT INTO events (organization_id, seq, kind, lead_id, turn_id, actor_kind, detail, at)
VALUES (:org, :e + 1, 'lead.created', @lead, NULL, 'customer', '{}', 1);
INSERT INTO events (organization_id, seq, kind, lead_id, turn_id, actor_kind, detail, at)
VALUES (:org, :e + 2, 'turn.added', @lead, @said, 'customer', '{}', 2);
INSERT INTO events (organization_id, seq, kind, lead_id, turn_id, actor_kind, detail, at)
VALUES (:org, :e + 3, 'turn.added', @lead, @turn, 'ai', '{}', 3);
INSERT INTO jobs (id, organization_id, kind, lead_id, payload, run_at, state, fence, lease_until, created_at)
VALUES (@job, :org, 'work of :who', @lead, '{"job":"reply_with_agent"}', 0, 'leased', 1, 1, 0);
INSERT INTO jobs (id, organization_id, kind, lead_id, payload, dedupe_key, run_at, state, dead_at, last_error, created_at)
VALUES (@dead, :org, 'deliver_message', @lead, '{"job":"forget_receipts"}', ':twin', 0, 'dead', 40 + :org, 'of :who', 0);
INSERT INTO jobs (id, organization_id, kind, lead_id, payload, run_at, waits_for, created_at)
VALUES (@parked, :org, 'parked', @lead, '{"job":"forget_receipts"}', 3000000000000000 + :org, 'carrier', 0);
INSERT INTO jobs (id, organization_id, kind, lead_id, payload, dedupe_key, run_at, created_at)
VALUES (@ready, :org, 'forget_receipts', @lead, '{"job":"forget_receipts"}', ':dedupe', 0, 0);
INSERT INTO receipts (id, organization_id, source, dedupe_key, body, at)
VALUES (@said, :org, 'twilio.sms', 'SM@sid:said', ':who', 0);
INSERT INTO receipts (id, organization_id, source, dedupe_key, body, at)
VALUES (@receipt, :org, 'twilio.status', 'SM@sid:sent:queued', ':who', 0);
INSERT INTO lead_keys (lead_id, organization_id, sealed, created_at) VALUES (@lead, :org, #sealed, 0);
INSERT INTO application_fields (lead_id, organization_id, field, value, updated_by, updated_at)
VALUES (@lead, :org, 'name', #:who, @user, :used);
INSERT INTO tombstones (lead_id, organization_id, phone_hash, erased_at) VALUES (@lead, :org, #phone, 0);
