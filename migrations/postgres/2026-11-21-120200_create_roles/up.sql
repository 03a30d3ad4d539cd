CREATE TABLE roles (
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    -- names divided by spaces, so that a signed-in person is one query away
    permissions TEXT NOT NULL DEFAULT '',
    built_in BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT roles_pkey PRIMARY KEY (name)
);
CREATE TABLE user_roles (
    user_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    CONSTRAINT user_roles_pkey PRIMARY KEY (user_id, role),
    CONSTRAINT user_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT user_roles_role_fkey FOREIGN KEY (role) REFERENCES roles (name) ON DELETE CASCADE
);
CREATE INDEX user_roles_role_idx ON user_roles (role);
INSERT INTO roles (name, description, permissions, built_in) VALUES
    ('admin', 'May do everything', 'users.read users.write roles.manage audit.read mail.manage posts.write posts.moderate comments.write comments.moderate contact.read states.write tokens.introspect', TRUE),
    ('editor', 'Looks after content', 'posts.write posts.moderate comments.write comments.moderate contact.read states.write', TRUE),
    ('member', 'Writes posts and comments of their own', 'posts.write comments.write', TRUE);
