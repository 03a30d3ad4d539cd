-- The keys that sign tokens. The newest that is not retired signs; the others still verify until they are removed.
CREATE TABLE signing_keys (
    -- RFC 7638 thumbprint of the public half
    kid TEXT NOT NULL,
    public_key BLOB NOT NULL,
    -- sealed under SECRET_KEY
    sealed_seed BLOB NOT NULL,
    created_at TIMESTAMP NOT NULL,
    retired_at TIMESTAMP,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (kid)
);
