-- Who belongs to the installation and not to one organization: a person with a session in each.
INSERT INTO users (id, email, name, password_hash, created_at) VALUES (@user, 'dana@example.com', 'Dana Example', '', 0);
INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES (@session1, @user, 0, 4000000000000000);
INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES (@session2, @user, 0, 4000000000000000);
INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES (@session3, @user, 0, 4000000000000000);
