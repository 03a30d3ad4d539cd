-- Mails to be written and sent: a row is added in the transaction that causes it, and goes when the mail has left.
CREATE TABLE outbox (
    id INTEGER NOT NULL CONSTRAINT outbox_pkey PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    -- no foreign key: an account's last mail outlives it
    user_id BIGINT,
    -- what the mail is about, as JSON; never a secret
    payload TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    due_at TIMESTAMP NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    -- given up: the mail was refused for good, or too often
    dead_at TIMESTAMP,
    -- whoever sends it has it until then, by the database's own clock
    leased_until TIMESTAMP,
    lease_id TEXT
);
-- partial: what was given up is not looked through twice a second
CREATE INDEX outbox_due_at_idx ON outbox (due_at) WHERE dead_at IS NULL;
CREATE INDEX outbox_user_id_idx ON outbox (user_id);
