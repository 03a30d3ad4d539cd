-- What people write stays when they go: its author becomes nobody.
CREATE TABLE posts (
    id INTEGER NOT NULL CONSTRAINT posts_pkey PRIMARY KEY AUTOINCREMENT,
    author_id BIGINT,
    title TEXT NOT NULL,
    slug TEXT NOT NULL,
    -- Markdown
    content TEXT NOT NULL,
    -- counts the changes, for those who change a post at the same time
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    -- a draft until then
    published_at TIMESTAMP,
    CONSTRAINT posts_slug_key UNIQUE (slug),
    CONSTRAINT posts_author_id_fkey FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX posts_author_id_idx ON posts (author_id, id);
CREATE INDEX posts_published_at_idx ON posts (published_at, id);
CREATE TABLE comments (
    id INTEGER NOT NULL CONSTRAINT comments_pkey PRIMARY KEY AUTOINCREMENT,
    post_id BIGINT NOT NULL,
    author_id BIGINT,
    content TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CONSTRAINT comments_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE CASCADE,
    CONSTRAINT comments_author_id_fkey FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX comments_post_id_idx ON comments (post_id, id);
CREATE INDEX comments_author_id_idx ON comments (author_id, id);
-- A message is its sender's, not the public's: it goes with the account it is tied to.
CREATE TABLE contact_messages (
    id INTEGER NOT NULL CONSTRAINT contact_messages_pkey PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    handled_at TIMESTAMP,
    CONSTRAINT contact_messages_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX contact_messages_user_id_idx ON contact_messages (user_id, id);
CREATE INDEX contact_messages_handled_at_idx ON contact_messages (handled_at, id);
