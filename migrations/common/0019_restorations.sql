-- When this database came out of a backup: what was said between then and this moment is not in it, so nobody may take
-- its open work for undone.
CREATE TABLE restorations (
    at BIGINT NOT NULL PRIMARY KEY
);
