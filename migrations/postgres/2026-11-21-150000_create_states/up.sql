-- The guides to the states and union territories of India: filled at the start, edited by editors.
CREATE TABLE states (
    code TEXT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    -- state or union_territory
    kind TEXT NOT NULL,
    capital TEXT NOT NULL,
    region TEXT NOT NULL,
    -- a JSON array of names
    languages TEXT NOT NULL,
    population_2011 BIGINT NOT NULL,
    area_km2 BIGINT NOT NULL,
    formed_on DATE NOT NULL,
    summary TEXT NOT NULL,
    -- a JSON array of sentences
    highlights TEXT NOT NULL,
    -- counts the changes, for those who change a guide at the same time
    version BIGINT NOT NULL DEFAULT 1,
    updated_at TIMESTAMP NOT NULL,
    -- since when an editor's words stand here, which a new release leaves alone
    edited_at TIMESTAMP,
    CONSTRAINT states_pkey PRIMARY KEY (code),
    CONSTRAINT states_slug_key UNIQUE (slug)
);
-- The part of the inbox that was dealt with, newest first, however much is new.
CREATE INDEX contact_messages_handled_idx ON contact_messages (id) WHERE handled_at IS NOT NULL;
