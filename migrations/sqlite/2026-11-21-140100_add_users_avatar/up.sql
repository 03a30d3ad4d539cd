ALTER TABLE users ADD COLUMN avatar TEXT;
-- Every picture that lies in the store, noted before it is put there: what no account shows is cleared away.
CREATE TABLE media_files (
    name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT media_files_pkey PRIMARY KEY (name)
);
CREATE INDEX media_files_created_at_idx ON media_files (created_at);
CREATE INDEX users_avatar_idx ON users (avatar);
