DROP TABLE refresh_tokens;
-- To the release before, a session ends when its access token does.
UPDATE sessions SET refresh_expires_at = token_expires_at;
ALTER TABLE sessions DROP COLUMN refreshed_from;
ALTER TABLE sessions DROP COLUMN ends_at;
ALTER TABLE sessions DROP COLUMN token_expires_at;
ALTER TABLE sessions DROP COLUMN last_seen_at;
ALTER TABLE sessions DROP COLUMN format;
ALTER INDEX sessions_refresh_expires_at_idx RENAME TO sessions_expires_at_idx;
ALTER TABLE sessions RENAME COLUMN refresh_expires_at TO expires_at;
