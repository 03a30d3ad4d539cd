-- The keys are bytes to us: sorted as such on both databases, and found by their beginnings through the same indexes.
ALTER TABLE users ALTER COLUMN username_key TYPE TEXT COLLATE "C";
ALTER TABLE users ALTER COLUMN email_key TYPE TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN full_name_key TEXT COLLATE "C";
UPDATE users SET full_name_key = lower(full_name) WHERE full_name IS NOT NULL;
CREATE INDEX users_full_name_key_idx ON users (full_name_key);
CREATE INDEX users_created_at_idx ON users (created_at, id);
CREATE INDEX users_last_login_at_idx ON users (last_login_at, id);
CREATE INDEX users_suspended_at_idx ON users (suspended_at, id);
-- Accounts without a name or without an address come last where they are sorted by it, and then by their numbers.
CREATE INDEX users_without_username_idx ON users (id) WHERE username_key IS NULL;
CREATE INDEX users_without_email_idx ON users (id) WHERE email_key IS NULL;
CREATE INDEX user_roles_role_user_id_idx ON user_roles (role, user_id);
DROP INDEX user_roles_role_idx;
-- Parts of names are found through trigrams, of all three keys at once: what they have in common is indexed once, and none
-- has a line break in it. Where the server has not got trigrams, or will not let us, parts are looked for one account after the
-- other: slow, and told by `vestibule doctor`.
DO $$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX users_search_idx ON users
        USING gin ((coalesce(username_key, '') || E'\n' || coalesce(email_key, '') || E'\n' || coalesce(full_name_key, '')) gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    RAISE WARNING 'there are no trigrams here: %', SQLERRM;
END $$;
