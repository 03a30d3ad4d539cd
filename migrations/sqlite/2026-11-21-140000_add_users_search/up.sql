ALTER TABLE users ADD COLUMN full_name_key TEXT;
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
-- Parts of names are found through trigrams, which SQLite's full-text search keeps beside the table.
CREATE VIRTUAL TABLE users_search USING fts5 (
    username_key, email_key, full_name_key,
    content = 'users', content_rowid = 'id', tokenize = 'trigram case_sensitive 1', detail = 'full'
);
INSERT INTO users_search (users_search) VALUES ('rebuild');
CREATE TRIGGER users_search_insert AFTER INSERT ON users BEGIN
    INSERT INTO users_search (rowid, username_key, email_key, full_name_key)
    VALUES (new.id, new.username_key, new.email_key, new.full_name_key);
END;
CREATE TRIGGER users_search_delete AFTER DELETE ON users BEGIN
    INSERT INTO users_search (users_search, rowid, username_key, email_key, full_name_key)
    VALUES ('delete', old.id, old.username_key, old.email_key, old.full_name_key);
END;
CREATE TRIGGER users_search_update AFTER UPDATE OF username_key, email_key, full_name_key ON users
WHEN old.username_key IS NOT new.username_key OR old.email_key IS NOT new.email_key OR old.full_name_key IS NOT new.full_name_key
BEGIN
    INSERT INTO users_search (users_search, rowid, username_key, email_key, full_name_key)
    VALUES ('delete', old.id, old.username_key, old.email_key, old.full_name_key);
    INSERT INTO users_search (rowid, username_key, email_key, full_name_key)
    VALUES (new.id, new.username_key, new.email_key, new.full_name_key);
END;
