-- What a version has to do at a time: timers, and events for workers outside.
CREATE TABLE factos_projections.tasks (
    name     text COLLATE "C" NOT NULL,
    version  bigint NOT NULL,
    key      text COLLATE "C" NOT NULL,
    due      bigint NOT NULL, -- microseconds since 1970; while somebody has it, when their time is up
    token    uuid,            -- of whoever has taken it last
    attempts bigint NOT NULL,
    position bigint NOT NULL, -- of the event that it is about
    event    uuid NOT NULL,
    payload  text NOT NULL,
    PRIMARY KEY (name, version, key)
);
CREATE INDEX tasks_due ON factos_projections.tasks (name, version, due, position, key);
