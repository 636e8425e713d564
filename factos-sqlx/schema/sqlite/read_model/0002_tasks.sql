-- What a version has to do at a time: timers, and events for workers outside.
CREATE TABLE factos_tasks (
    name     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    key      TEXT NOT NULL,
    due      INTEGER NOT NULL, -- microseconds since 1970; while somebody has it, when their time is up
    token    BLOB,             -- of whoever has taken it last
    attempts INTEGER NOT NULL,
    position INTEGER NOT NULL, -- of the event that it is about
    event    BLOB NOT NULL,
    payload  TEXT NOT NULL,
    PRIMARY KEY (name, version, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX factos_tasks_due ON factos_tasks (name, version, due, position, key);
