-- What is known of these tables themselves: one row.
CREATE TABLE factos_read_model (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL
) STRICT;

-- The versions of projections, and of whatever else follows a log.
CREATE TABLE factos_projections (
    name         TEXT NOT NULL,
    version      INTEGER NOT NULL,
    phase        TEXT NOT NULL CHECK (phase IN ('new', 'building', 'live', 'retired', 'forgotten')),
    tables       TEXT NOT NULL,    -- the names that readers know, with commas in between
    log          BLOB NOT NULL,    -- the log's identity
    position     INTEGER NOT NULL, -- how far it has come
    event        BLOB,             -- the id of the event that stands there
    owner        BLOB,             -- who took the lease last
    token        INTEGER NOT NULL, -- of the lease that was taken last; never lower again, so that rows stay when all else is forgotten
    leased_until INTEGER NOT NULL, -- microseconds since 1970; 0 when it was given back
    PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX factos_projections_live ON factos_projections (name) WHERE phase = 'live';

-- Events that a version could not apply.
CREATE TABLE factos_parked_events (
    name     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL,
    event    BLOB NOT NULL,
    type     TEXT NOT NULL,
    error    TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    at       INTEGER NOT NULL, -- microseconds since 1970
    retry    INTEGER NOT NULL, -- 1 when it is to be applied again
    PRIMARY KEY (name, version, position)
) STRICT, WITHOUT ROWID;
