-- One row a source that was taken over, or is being: how far that is.
CREATE TABLE imports (
    source TEXT NOT NULL,
    -- where the run stands: a step and the last key taken in it
    step TEXT NOT NULL,
    last_key TEXT,
    -- what the run counted until there
    tally TEXT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    CONSTRAINT imports_pkey PRIMARY KEY (source)
);
-- What every row of a source became. No foreign key: whoever was deleted here is not brought back by the next run.
CREATE TABLE imported_rows (
    source TEXT COLLATE "C" NOT NULL,
    -- 'user', 'token', 'avatar', 'post', 'comment', 'contact_message' or 'role'
    kind TEXT COLLATE "C" NOT NULL,
    source_key TEXT COLLATE "C" NOT NULL,
    target_id BIGINT NOT NULL,
    -- of the source's values, so that the next run sees what changed there
    digest BYTEA NOT NULL,
    -- of what was kept of it here, so that the next run sees whether it changed here
    kept_digest BYTEA,
    imported_at TIMESTAMP NOT NULL,
    CONSTRAINT imported_rows_pkey PRIMARY KEY (source, kind, source_key)
);
-- where an account came from, for its owner to see
CREATE INDEX imported_rows_kind_target_id_idx ON imported_rows (kind, target_id);
