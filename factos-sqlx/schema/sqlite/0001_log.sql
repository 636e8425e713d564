-- What is known of the tables themselves: one row.
CREATE TABLE factos_meta (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL
) STRICT;

-- The logs of this database. Number 0 gives the shortest places, so the first log gets it.
CREATE TABLE factos_logs (
    number   INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    identity BLOB NOT NULL
) STRICT;

-- The events. `place` is `log << 44 | position`, so that one integer key orders all logs.
CREATE TABLE factos_events (
    place       INTEGER PRIMARY KEY,
    log         INTEGER GENERATED ALWAYS AS (place >> 44) VIRTUAL,
    position    INTEGER GENERATED ALWAYS AS (place & 17592186044415) VIRTUAL,
    event_id    BLOB NOT NULL,
    type        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    tags        TEXT NOT NULL,    -- a JSON array of text
    data        ANY NOT NULL,     -- text is JSON, a blob is another codec's
    metadata    TEXT,             -- a JSON object of text, in the order of its pairs; NULL when there are none
    recorded_at INTEGER NOT NULL, -- microseconds since 1970
    append_id   BLOB NOT NULL,
    stream      TEXT,
    revision    INTEGER
) STRICT;

-- Holds (type, place): a rowid is the last column of every index.
CREATE INDEX factos_events_type ON factos_events (type);
CREATE UNIQUE INDEX factos_events_stream ON factos_events (stream, log, revision) WHERE stream IS NOT NULL;

-- Which events carry a tag. The type stands here too, so that a probe by tag and type needs no event.
CREATE TABLE factos_tags (
    tag   TEXT NOT NULL,
    place INTEGER NOT NULL,
    type  TEXT NOT NULL,
    PRIMARY KEY (tag, place)
) STRICT, WITHOUT ROWID;

-- Which ids are taken, by events (kind 0) and appends (kind 1). Both are made at about the same time and sort by it, so
-- that one page at the tree's right edge takes all ids of an append.
-- An append: `place` is its first event's, `size` their number; 0 when it had none, NULL when it was settled as void.
CREATE TABLE factos_ids (
    id    BLOB NOT NULL,
    log   INTEGER NOT NULL,
    kind  INTEGER NOT NULL,
    place INTEGER,
    size  INTEGER,
    key   TEXT,
    PRIMARY KEY (id, log, kind)
) STRICT, WITHOUT ROWID;

-- Idempotency keys and the append that was accepted first under each.
CREATE TABLE factos_keys (
    key       TEXT NOT NULL,
    log       INTEGER NOT NULL,
    command   TEXT NOT NULL,
    content   BLOB NOT NULL,
    append_id BLOB NOT NULL,
    PRIMARY KEY (key, log)
) STRICT, WITHOUT ROWID;

-- What was stored is never changed or deleted; only tags may be added by the database's owner.
CREATE TRIGGER factos_events_keep_rows BEFORE DELETE ON factos_events
BEGIN SELECT RAISE(ABORT, 'stored events are never deleted'); END;
CREATE TRIGGER factos_events_keep_values
BEFORE UPDATE OF place, event_id, type, version, data, metadata, recorded_at, append_id, stream, revision ON factos_events
BEGIN SELECT RAISE(ABORT, 'stored events are never changed'); END;
CREATE TRIGGER factos_tags_keep_rows BEFORE DELETE ON factos_tags
BEGIN SELECT RAISE(ABORT, 'tags of stored events are never deleted'); END;
CREATE TRIGGER factos_tags_keep_values BEFORE UPDATE ON factos_tags
BEGIN SELECT RAISE(ABORT, 'tags of stored events are never changed'); END;
CREATE TRIGGER factos_ids_keep_rows BEFORE DELETE ON factos_ids
BEGIN SELECT RAISE(ABORT, 'ids of stored events are never deleted'); END;
CREATE TRIGGER factos_ids_keep_values BEFORE UPDATE ON factos_ids
BEGIN SELECT RAISE(ABORT, 'ids of stored events are never changed'); END;
