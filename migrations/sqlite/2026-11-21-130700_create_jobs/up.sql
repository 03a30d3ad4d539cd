-- What runs in the background, once among all nodes: whoever holds the lease does it.
CREATE TABLE jobs (
    name TEXT NOT NULL,
    -- by the database's own clock
    leased_until TIMESTAMP,
    lease_id TEXT,
    started_at TIMESTAMP,
    succeeded_at TIMESTAMP,
    last_error TEXT,
    CONSTRAINT jobs_pkey PRIMARY KEY (name)
);
