-- Tries to prove who one is, counted over all daemons and their restarts: per account and per address. No row names
-- anybody; a row whose time has come is as good as none.
CREATE TABLE attempts (
    -- SHA-256 of the account or the address.
    key BYTEA NOT NULL PRIMARY KEY,
    -- When every try is earned back.
    full_at BIGINT NOT NULL
);
