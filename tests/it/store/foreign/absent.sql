-- What one organization has besides, by ids that no other has.
INSERT INTO organization_phone_numbers (id, organization_id, phone_number, sms, voice_mode, created_at)
VALUES (@number/3, :org, '+13035550140', TRUE, 'ring_team', 0);
INSERT INTO invites (id, organization_id, hash, email, role, created_at, expires_at)
VALUES (@invite/3, :org, #theirs, 'eli@example.com', 'agent', 0, 4000000000000000);
INSERT INTO api_keys (id, organization_id, hash, name, role, made_by, created_at, expires_at)
VALUES (@key/3, :org, #theirs, 'theirs', 'agent', @user, 0, 4000000000000000);
INSERT INTO idempotency_keys (id, organization_id, user_id, key, request, answer, at)
VALUES (@once/3, :org, @user, 'theirs', #theirs, #theirs, 1700000000000000);
UPDATE turns SET erased = TRUE WHERE id = @said/3;
