-- From now on a session lives by its refresh token, and its access token is replaced at each refresh. Sessions opened
-- before have none, and end as they would have.
ALTER TABLE sessions RENAME COLUMN expires_at TO refresh_expires_at;
ALTER INDEX sessions_expires_at_idx RENAME TO sessions_refresh_expires_at_idx;
-- 'opaque' or 'jwt'
ALTER TABLE sessions ADD COLUMN format TEXT;
ALTER TABLE sessions ADD COLUMN last_seen_at TIMESTAMP;
ALTER TABLE sessions ADD COLUMN token_expires_at TIMESTAMP;
-- whatever happens, no refresh goes beyond it
ALTER TABLE sessions ADD COLUMN ends_at TIMESTAMP;
-- the spent refresh token that the current pair was made from, until that pair is first used
ALTER TABLE sessions ADD COLUMN refreshed_from BYTEA;
UPDATE sessions SET format = 'opaque', last_seen_at = created_at, token_expires_at = refresh_expires_at,
    ends_at = refresh_expires_at;
ALTER TABLE sessions ALTER COLUMN format SET NOT NULL;
ALTER TABLE sessions ALTER COLUMN last_seen_at SET NOT NULL;
ALTER TABLE sessions ALTER COLUMN token_expires_at SET NOT NULL;
ALTER TABLE sessions ALTER COLUMN ends_at SET NOT NULL;
CREATE TABLE refresh_tokens (
    -- SHA-256; the token itself is nowhere
    digest BYTEA NOT NULL,
    session_id TEXT NOT NULL,
    -- a spent one is kept for as long as it would have lived, to be known again when somebody uses it a second time
    spent_at TIMESTAMP,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (digest),
    CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_spent_at_idx ON refresh_tokens (spent_at);
