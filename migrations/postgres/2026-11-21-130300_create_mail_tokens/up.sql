-- Where there is no Redis: the newest token mailed to an account for each purpose, so that it voids the one before.
CREATE TABLE mail_tokens (
    user_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    -- SHA-256; the token itself is in the mail alone
    digest BYTEA NOT NULL,
    -- the account's token_epoch when it was made
    epoch BIGINT NOT NULL,
    -- the address it is about
    email TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    CONSTRAINT mail_tokens_pkey PRIMARY KEY (user_id, purpose),
    CONSTRAINT mail_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX mail_tokens_expires_at_idx ON mail_tokens (expires_at);
-- The ways back to an address that was changed. They outlive further changes, which may be the work of the same thief.
CREATE TABLE email_ways_back (
    digest BYTEA NOT NULL,
    user_id BIGINT NOT NULL,
    old_email TEXT NOT NULL,
    -- when it had been proven, if it had been when the change was asked for: what is taken back is what there was
    old_verified_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    CONSTRAINT email_ways_back_pkey PRIMARY KEY (digest),
    CONSTRAINT email_ways_back_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX email_ways_back_user_id_idx ON email_ways_back (user_id);
CREATE INDEX email_ways_back_expires_at_idx ON email_ways_back (expires_at);
