-- What happened, never changed: rows are added, and old ones removed when their time is over.
CREATE TABLE audit_events (
    id INTEGER NOT NULL CONSTRAINT audit_events_pkey PRIMARY KEY AUTOINCREMENT,
    at TIMESTAMP NOT NULL,
    event TEXT NOT NULL,
    -- 'success' or 'failure'
    outcome TEXT NOT NULL,
    -- no foreign keys: the trail outlives the accounts it tells of
    actor_id BIGINT,
    subject_id BIGINT,
    ip TEXT,
    request_id TEXT,
    detail TEXT
);
CREATE INDEX audit_events_at_idx ON audit_events (at);
CREATE INDEX audit_events_event_idx ON audit_events (event, id);
CREATE INDEX audit_events_actor_id_idx ON audit_events (actor_id, id);
CREATE INDEX audit_events_subject_id_idx ON audit_events (subject_id, id);
CREATE INDEX audit_events_outcome_idx ON audit_events (outcome, id);
CREATE INDEX audit_events_ip_idx ON audit_events (ip, id);
CREATE INDEX audit_events_request_id_idx ON audit_events (request_id, id);
CREATE TRIGGER audit_events_stay BEFORE UPDATE ON audit_events
BEGIN SELECT RAISE(ABORT, 'the audit trail is not changed'); END;
