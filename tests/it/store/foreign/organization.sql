-- What an organization has once. `:org` is its number, `:who` a word of its own, `@name` an id that all organizations
-- share, `#word` bytes.
INSERT INTO organizations (id, public_id, name, slug, time_zone, event_seq, audit_cut_seq, created_at)
VALUES (:org, @organization:org, ':who Motors', ':who', 'UTC', 40 + :org, :org - 2, 0);
INSERT INTO memberships (user_id, organization_id, role, created_at) VALUES (@user, :org, ':role', 0);
INSERT INTO refresh_tokens (hash, session_id, organization_id, issued_at, expires_at)
VALUES (#:who, @session:org, :org, 0, 4000000000000000);
INSERT INTO organization_phone_numbers (id, organization_id, phone_number, sms, voice_mode, created_at)
VALUES (@number, :org, '+1303555010:org', TRUE, 'ring_team', 0);
INSERT INTO carrier_accounts (id, organization_id, provider, account_sid, auth_token, auth_token_secondary, api_key_secret,
    answers_keywords, created_at)
VALUES (@carrier, :org, 'twilio', ':who', #sealed, #sealed, #sealed, FALSE, 0);
INSERT INTO agent_profiles (id, organization_id, provider, agent_id, api_key, connect, persona, disclosure, language,
    created_at)
VALUES (@profile, :org, 'elevenlabs', ':who', #sealed, 'signed_url', ':who AI', '', 'en', 0);
INSERT INTO data_keys (organization_id, generation, sealed, created_at) VALUES (:org, 1, #:who, 0);
INSERT INTO data_keys (organization_id, generation, sealed, created_at) VALUES (:org, 2, #:who, 0);
INSERT INTO erasure_keys (id, organization_id, sealed, created_at) VALUES (@erasure:half, :org, #sealed, 0);
INSERT INTO retention (organization_id, record_class, days, done_to) VALUES (:org, 'messages', 30 + :org, :org);
INSERT INTO alarms (organization_id, kind, subject, since) VALUES (:org, 'number_silent', '', 40 + :org);
INSERT INTO breakers (organization_id, vendor, failures, openings, refused, probing, until)
VALUES (:org, 'carrier', 1, 1, FALSE, FALSE, 40 + :org);
INSERT INTO idempotency_keys (id, organization_id, user_id, key, request, answer, at)
VALUES (@once, :org, @user, 'once', #:who, #sealed, 1700000000000000);
INSERT INTO paces (phone_number, organization_id, busy_until) VALUES ('+13035550102', :org, 1700000030000000 + :org);
INSERT INTO invites (id, organization_id, hash, email, role, created_at, expires_at)
VALUES (@invite, :org, #:who, ':who@example.com', 'agent', 0, 4000000000000000);
INSERT INTO api_keys (id, organization_id, hash, name, role, made_by, created_at, expires_at)
VALUES (@key, :org, #:who, ':who', 'agent', @user, 0, 4000000000000000);
INSERT INTO events (organization_id, seq, kind, lead_id, actor_kind, detail, at)
VALUES (:org, 20, 'lead.updated', @bob, 'customer', '{}', 4);
INSERT INTO events (organization_id, seq, kind, lead_id, actor_kind, detail, at)
VALUES (:org, 20 + :org, 'lead.updated', @ann, 'customer', '{}', 5);
