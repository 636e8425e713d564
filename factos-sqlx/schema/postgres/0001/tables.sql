-- The logs of this database.
CREATE TABLE factos.logs (
    number   integer PRIMARY KEY,
    name     text COLLATE "C" NOT NULL UNIQUE,
    identity uuid NOT NULL,
    lock     text NOT NULL CHECK (lock IN ('advisory', 'row')), -- what its writers wait for: see `factos.enter`
    head     bigint NOT NULL DEFAULT 0                          -- kept for `lock = 'row'` only
);

-- The events.
CREATE TABLE factos.events (
    log         integer NOT NULL,
    version     integer NOT NULL,
    position    bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    event_id    uuid NOT NULL,
    append_id   uuid NOT NULL,
    append_size integer,       -- the number of events of the append; in its first event only
    type        text COLLATE "C" NOT NULL,
    tags        text[] COLLATE "C" NOT NULL,
    data        json,          -- exactly as it was given
    bytes       bytea,         -- instead of `data`: what another codec made
    metadata    json,          -- an object of text, in the order of its pairs; NULL when there are none
    stream      text COLLATE "C",
    revision    bigint,
    PRIMARY KEY (log, position)
);
-- A plan is kept by each connection, and to a planner that knows of few events every index that has the log seems as good
-- as another. So statements that want one of these say the log as `log + 0`, or in a row that begins with its first column.
CREATE UNIQUE INDEX events_event_id ON factos.events (event_id, log);
CREATE UNIQUE INDEX events_append_id ON factos.events (append_id, log) WHERE append_size IS NOT NULL;
CREATE UNIQUE INDEX events_stream ON factos.events (stream, log, revision) WHERE stream IS NOT NULL;
CREATE INDEX events_type ON factos.events (type, log, position);

-- Which events carry a tag. Log and tag stand here as one hash, types as hashes too: whatever is found is compared with
-- the event itself before it counts.
CREATE TABLE factos.tags (
    hash     bigint NOT NULL,
    position bigint NOT NULL,
    type     bigint NOT NULL
);
CREATE INDEX tags_hash ON factos.tags (hash, position) INCLUDE (type);

-- What events do not tell of their appends: those that had an idempotency key, no events, or were settled as void.
CREATE TABLE factos.appends (
    append_id uuid NOT NULL,
    log       integer NOT NULL,
    events    integer NOT NULL, -- how many there are
    void      boolean NOT NULL DEFAULT false,
    key       text COLLATE "C",
    command   text,
    content   bytea,
    PRIMARY KEY (append_id, log)
);
CREATE UNIQUE INDEX appends_key ON factos.appends (key, log) WHERE key IS NOT NULL;
CREATE INDEX appends_without_events ON factos.appends (log, append_id) WHERE events = 0;

-- What was stored is never changed or deleted; only tags may be added by the database's owner.
CREATE FUNCTION factos.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE 'what was stored in % is never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'FA004';
END $$;
CREATE TRIGGER keep_rows BEFORE DELETE ON factos.events FOR EACH ROW EXECUTE FUNCTION factos.refuse();
CREATE TRIGGER keep_values
    BEFORE UPDATE OF log, version, position, recorded_at, event_id, append_id, append_size, type, data, bytes, metadata, stream, revision
    ON factos.events FOR EACH ROW EXECUTE FUNCTION factos.refuse();
CREATE TRIGGER keep_tags BEFORE UPDATE OF tags ON factos.events
    FOR EACH ROW WHEN (NOT new.tags @> old.tags) EXECUTE FUNCTION factos.refuse();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON factos.events FOR EACH STATEMENT EXECUTE FUNCTION factos.refuse();
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON factos.tags FOR EACH ROW EXECUTE FUNCTION factos.refuse();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON factos.tags FOR EACH STATEMENT EXECUTE FUNCTION factos.refuse();
CREATE TRIGGER keep_rows BEFORE DELETE ON factos.logs FOR EACH ROW EXECUTE FUNCTION factos.refuse();
CREATE TRIGGER keep_values BEFORE UPDATE OF number, name, identity, lock ON factos.logs
    FOR EACH ROW EXECUTE FUNCTION factos.refuse();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON factos.logs FOR EACH STATEMENT EXECUTE FUNCTION factos.refuse();
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON factos.appends FOR EACH ROW EXECUTE FUNCTION factos.refuse();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON factos.appends FOR EACH STATEMENT EXECUTE FUNCTION factos.refuse();

-- How a tag of a log is found in `factos.tags`: the first 8 bytes of SHA-256 over the log's number, in network order, and
-- the tag. A type is hashed in the same way. Programs make the same hashes by themselves; this is for people.
CREATE FUNCTION factos.tag_hash(p_log integer, p_text text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT ('x' || encode(substr(sha256(int4send(p_log) || convert_to(p_text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
$$;
