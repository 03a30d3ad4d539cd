-- The browsers and addresses an account was used with: who comes by another is told of by mail, and who comes by one of
-- these is not kept out by a stranger's failures.
CREATE TABLE known_clients (
    user_id BIGINT NOT NULL,
    -- the address as limits count it
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    first_seen_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    CONSTRAINT known_clients_pkey PRIMARY KEY (user_id, address, user_agent),
    CONSTRAINT known_clients_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX known_clients_last_seen_at_idx ON known_clients (last_seen_at);
