-- Uniqueness lies on the key columns, which the application folds: the same bytes on both databases.
-- AUTOINCREMENT: a deleted account's number is never given to another person.
CREATE TABLE users (
    id INTEGER NOT NULL CONSTRAINT users_pkey PRIMARY KEY AUTOINCREMENT,
    username TEXT,
    username_key TEXT,
    email TEXT,
    email_key TEXT,
    email_verified_at TIMESTAMP,
    full_name TEXT,
    password_hash TEXT NOT NULL,
    suspended_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    last_login_at TIMESTAMP,
    nickname TEXT,
    phone TEXT,
    dob DATE,
    metadata TEXT NOT NULL DEFAULT '{}',
    profile_updated_at TIMESTAMP NOT NULL,
    CONSTRAINT users_username_key UNIQUE (username_key),
    CONSTRAINT users_email_key UNIQUE (email_key),
    CONSTRAINT users_username_with_key CHECK ((username IS NULL) = (username_key IS NULL)),
    CONSTRAINT users_email_with_key CHECK ((email IS NULL) = (email_key IS NULL))
);
