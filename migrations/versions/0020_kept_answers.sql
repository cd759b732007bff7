-- What a caller was answered under an Idempotency-Key, so that the same request again changes nothing again.
-- A row without an answer is a claim: somebody works on it, until `lease_until`. The body is sealed with a key
-- that the database does not have: an answer may show a secret, once.

CREATE TABLE access.answers (
    caller       text NOT NULL,
    key          text NOT NULL,
    request_hash bytea NOT NULL,
    claim_id     uuid NOT NULL,
    claimed_at   timestamptz NOT NULL DEFAULT now(),
    lease_until  timestamptz NOT NULL,
    status       integer CHECK (status BETWEEN 200 AND 499),
    media_type   text,
    body         bytea,
    PRIMARY KEY (caller, key)
);
CREATE INDEX ON access.answers (claimed_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON access.answers TO atlas_app;
