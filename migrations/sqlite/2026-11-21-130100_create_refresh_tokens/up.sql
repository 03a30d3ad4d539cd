-- From now on a session lives by its refresh token, and its access token is replaced at each refresh. Sessions opened
-- before have none, and end as they would have. SQLite adds no column that must be filled, so the table is made anew.
CREATE TABLE sessions_renewed (
    id TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    -- SHA-256 of the access token, or of the id within a signed one; the token itself is nowhere
    token_digest BLOB NOT NULL,
    created_at TIMESTAMP NOT NULL,
    refresh_expires_at TIMESTAMP NOT NULL,
    ip TEXT,
    user_agent TEXT,
    -- 'opaque' or 'jwt'
    format TEXT NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    token_expires_at TIMESTAMP NOT NULL,
    -- whatever happens, no refresh goes beyond it
    ends_at TIMESTAMP NOT NULL,
    -- the spent refresh token that the current pair was made from, until that pair is first used
    refreshed_from BLOB,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_token_digest_key UNIQUE (token_digest),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO sessions_renewed
SELECT id, user_id, token_digest, created_at, expires_at, ip, user_agent, 'opaque', created_at, expires_at, expires_at, NULL
FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_renewed RENAME TO sessions;
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_refresh_expires_at_idx ON sessions (refresh_expires_at);
CREATE TABLE refresh_tokens (
    -- SHA-256; the token itself is nowhere
    digest BLOB NOT NULL,
    session_id TEXT NOT NULL,
    -- a spent one is kept for as long as it would have lived, to be known again when somebody uses it a second time
    spent_at TIMESTAMP,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (digest),
    CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_spent_at_idx ON refresh_tokens (spent_at);
