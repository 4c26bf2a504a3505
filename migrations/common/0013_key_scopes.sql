-- What a key is narrowed to, a JSON array of words; NULL: everything that its role may.
ALTER TABLE api_keys ADD COLUMN scopes TEXT;
