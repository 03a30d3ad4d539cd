-- One row of facts about this installation, so that "the first" is decided by one row's lock.
CREATE TABLE installation (
    id SMALLINT NOT NULL,
    first_account_at TIMESTAMP,
    admin_claimed_at TIMESTAMP,
    secret_key_check BYTEA,
    CONSTRAINT installation_pkey PRIMARY KEY (id),
    CONSTRAINT installation_one_row CHECK (id = 1)
);
INSERT INTO installation (id) VALUES (1);
