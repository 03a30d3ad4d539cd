-- What was sent with an Idempotency-Key and what became of it, so that sending it again makes nothing twice.
CREATE TABLE submissions (
    -- SHA-256 of the operation, the sender and the key
    digest TEXT NOT NULL,
    -- SHA-256 of what was sent
    body_digest TEXT NOT NULL,
    -- the number of what was made
    made_id BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT submissions_pkey PRIMARY KEY (digest)
);
CREATE INDEX submissions_created_at_idx ON submissions (created_at);
