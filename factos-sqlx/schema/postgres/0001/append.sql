-- The number and identity of a log, which is made when it is not there yet. Whoever comes second waits and finds it.
CREATE FUNCTION factos.open_log(p_name text, p_identity uuid, p_lock text)
RETURNS TABLE (number integer, identity uuid, lock text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Another log that is made at the same time may take the number. To lock the table would be to wait for writers.
    WHILE NOT EXISTS (SELECT FROM factos.logs AS l WHERE l.name = p_name) LOOP
        INSERT INTO factos.logs (number, name, identity, lock)
        SELECT coalesce(max(l.number) + 1, 0), p_name, p_identity, p_lock FROM factos.logs AS l
        ON CONFLICT DO NOTHING;
    END LOOP;
    RETURN QUERY SELECT l.number, l.identity, l.lock FROM factos.logs AS l WHERE l.name = p_name;
END $$;

-- What a log's writer stands on: the position, time and id of the last event.
CREATE TYPE factos.entry AS (head bigint, recorded_at timestamptz, event_id uuid);

-- Waits until nobody else writes to the log, keeps others waiting until the transaction ends, and answers the head.
-- `p_lock` is the log's, or 'none' to only look. `p_seen` is a position that the log is known to have reached, `p_there`
-- the id of the event there, or NULL if that is not known.
-- `p_synchronous` is 'on' for a commit that waits as long as the server is set to, but for its disk at least, or 'off'.
--
-- What can be an assignment is one: a statement would cost ten times as much.
CREATE FUNCTION factos.enter(
    p_log integer, p_identity uuid, p_lock text, p_seen bigint, p_there uuid, p_patience integer, p_synchronous text
)
RETURNS factos.entry LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_entry factos.entry;
    v_identity uuid;
    v_lock text;
    v_there uuid;
    v_done text;
BEGIN
    -- Only there each statement sees what was committed before it began, and so before the lock was given.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'factos needs READ COMMITTED, not %', current_setting('transaction_isolation') USING ERRCODE = 'FA003';
    END IF;
    -- A standby may be behind: what it confirms is not so.
    IF pg_is_in_recovery() THEN
        RAISE 'the log is written on the primary' USING ERRCODE = 'read_only_sql_transaction';
    END IF;
    IF p_lock <> 'none' THEN
        v_done := set_config('lock_timeout', p_patience::text, true);
        -- Among a function's own settings it would be set back before the commit.
        IF p_synchronous = 'off' OR current_setting('synchronous_commit') = 'off' THEN
            v_done := set_config('synchronous_commit', p_synchronous, true);
        END IF;
    END IF;
    IF p_lock = 'advisory' THEN
        v_done := pg_advisory_xact_lock('factos.events'::regclass::oid::integer, p_log);
    ELSIF p_lock = 'row' THEN
        PERFORM FROM factos.logs AS l WHERE l.number = p_log FOR UPDATE;
    END IF;
    -- In a statement of its own, so that its snapshot is younger than the lock.
    SELECT l.identity, l.lock, e.position, e.recorded_at, e.event_id
    INTO v_identity, v_lock, v_entry.head, v_entry.recorded_at, v_entry.event_id
    FROM factos.logs AS l LEFT JOIN LATERAL (
        SELECT n.position, n.recorded_at, n.event_id FROM factos.events AS n WHERE n.log = l.number ORDER BY n.position DESC LIMIT 1
    ) AS e ON true
    WHERE l.number = p_log;
    v_entry.head := coalesce(v_entry.head, 0);
    IF v_identity IS DISTINCT FROM p_identity THEN
        RAISE 'log % is another one than when it was opened', p_log USING ERRCODE = 'FA001';
    END IF;
    -- Whoever waits for something else does not wait for the others.
    IF p_lock NOT IN ('none', v_lock) THEN
        RAISE 'the lock of log % is %', p_log, v_lock USING ERRCODE = 'FA003';
    END IF;
    IF v_entry.head < p_seen THEN
        RAISE 'the log had reached position % and ends at % now', p_seen, v_entry.head
            USING ERRCODE = 'FA002', DETAIL = p_seen || ' ' || v_entry.head;
    END IF;
    -- A statement more, but only when others have written since: as a part of the one above it would cost each time.
    IF v_entry.head = p_seen THEN
        v_there := v_entry.event_id;
    ELSIF p_there IS NOT NULL THEN
        SELECT e.event_id INTO v_there FROM factos.events AS e WHERE e.log = p_log AND e.position = p_seen;
    END IF;
    IF v_there <> p_there THEN
        RAISE 'another event stands at position % than before', p_seen USING ERRCODE = 'FA005', DETAIL = p_seen;
    END IF;
    RETURN v_entry;
END $$;

-- Writes the events of the members that are accepted, and what belongs to them, behind the head.
--
-- Tags name their event by its number in the group; `p_offset` is the number of the group's events in front of those
-- given. `p_next` is the next revision of the stream, for a single member that names one.
CREATE FUNCTION factos.write(
    p_log integer, p_head bigint, p_recorded_at timestamptz, p_offset integer, p_next bigint, p_remembers boolean,
    r_append uuid[], r_size integer[], r_recorded_at timestamptz[], r_stream text[],
    r_key text[], r_command text[], r_content bytea[],
    v_request integer[], v_number integer[], v_id uuid[], v_type text[], v_version integer[], v_tags text[],
    v_data text[], v_bytes bytea[], v_metadata text[],
    t_event integer[], t_hash bigint[], t_type bigint[]
)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF cardinality(v_id) > 0 THEN
        INSERT INTO factos.events (log, version, position, recorded_at, event_id, append_id, append_size, type, tags, data,
            bytes, metadata, stream, revision)
        SELECT p_log, v_version[n], p_head + n, greatest(p_recorded_at, r_recorded_at[v_request[n]]), v_id[n],
            r_append[v_request[n]], CASE WHEN v_number[n] = 0 THEN r_size[v_request[n]] END, v_type[n], v_tags[n]::text[],
            v_data[n]::json, v_bytes[n], v_metadata[n]::json, r_stream[v_request[n]], p_next + v_number[n]
        FROM generate_series(1, cardinality(v_id)) AS n;
        IF cardinality(t_hash) > 0 THEN
            INSERT INTO factos.tags (hash, position, type)
            SELECT t_hash[n], p_head - p_offset + t_event[n], t_type[n] FROM generate_series(1, cardinality(t_hash)) AS n;
        END IF;
    END IF;
    IF p_remembers THEN
        -- A check has the size -1.
        INSERT INTO factos.appends (append_id, log, events, key, command, content)
        SELECT r_append[n], p_log, r_size[n], r_key[n], r_command[n], r_content[n]
        FROM generate_series(1, cardinality(r_append)) AS n
        WHERE r_size[n] = 0 OR r_size[n] > 0 AND r_key[n] IS NOT NULL;
    END IF;
END $$;

-- Writes something to the server's journal, so that the commit waits for standbys to have it, and all in front of it:
-- what is answered for the second time may be visible before that, when the first commit's wait was broken off.
CREATE FUNCTION factos.leave_a_trace() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_logical_emit_message(true, 'factos', 'something is answered again');
END $$;

-- What became of a group. Without statuses all were accepted or confirmed, one behind the other; then `head` is the
-- position in front of them and `recorded_at` the time of the event there. `event_id` is always the last event's in
-- front of those that were written.
--
-- Statuses: 0 accepted, 1 confirmed, 2 answered by its append id or key, 3 void, 4 key used for something else,
-- 5 dependence failed, 6 event id taken (`detail`: which event, from 1), 7 wrong revision (`detail`: the next one),
-- 8 guards broken.
CREATE TYPE factos.outcome AS (
    head bigint, recorded_at timestamptz,
    status integer[], detail bigint[], first bigint[], recorded timestamptz[], revision bigint[], size integer[],
    append_id uuid[], key text[], command text[], content bytea[],
    broken_request integer[], broken_guard integer[], broken_position bigint[],
    event_id uuid
);

-- Judges a group of requests and writes those that are accepted.
--
-- Like all functions that a store calls, it has its plans made without knowing values, and without looking through whole
-- tables: plans are kept for a session, and the tables may be empty when they are made.
--
-- Members are judged in their order. When all can be accepted, which is the rule, everything is asked and written at
-- once. Otherwise each one is asked and written by itself, so that it sees those in front of it.
--
-- The request's arrays (r_) have an element a member, the others (d_: dependences, g_: probes of guards, v_: events, t_:
-- tags) name the member's number, from 1. They are in the order of the members; the r_ arrays that end in _end say where
-- a member's part ends. An array may be NULL when it says nothing of any member: each one that is given is unpacked.
CREATE FUNCTION factos.append(
    p_log integer, p_identity uuid, p_lock text, p_seen bigint, p_there uuid, p_patience integer, p_synchronous text,
    p_apart boolean,     -- whether no member repeats or contradicts another one, and none names a stream
    p_remembers boolean, -- whether a member has a key, or no events
    r_append uuid[], r_size integer[], r_recorded_at timestamptz[],
    r_stream text[], r_next bigint[], r_twice integer[], r_key text[], r_command text[], r_content bytea[],
    r_dependence_end integer[], r_probe_end integer[], r_event_end integer[], r_tag_end integer[],
    d_earlier integer[],
    g_request integer[], g_guard integer[], g_after bigint[],
    g_hash bigint[], g_hashes text[], g_tags text[], g_type_hashes text[], g_types text[],
    v_request integer[], v_number integer[], v_id uuid[], v_type text[], v_version integer[], v_tags text[],
    v_data text[], v_bytes bytea[], v_metadata text[],
    t_event integer[], t_hash bigint[], t_type bigint[]
)
RETURNS factos.outcome
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
DECLARE
    v_members integer := cardinality(r_append);
    v_entry factos.entry;
    v_outcome factos.outcome;
    v_apart boolean := p_apart;
    v_done text;
    v_granted_from bigint[];
    v_granted_to bigint[];
    v_earlier integer;
    v_known record;
    v_next bigint;
    v_taken integer;
    v_broken record;
    v_dependences integer := 0; -- the ends of the parts of the member in front
    v_probes integer := 0;
    v_events integer := 0;
    v_tag_count integer := 0;
    f integer; -- where the part of a member begins and ends
    l integer;
BEGIN
    v_entry := factos.enter(p_log, p_identity, p_lock, p_seen, p_there, p_patience, p_synchronous);
    IF 'infinity' = ANY (r_recorded_at) OR p_lock = 'none' AND cardinality(v_id) > 0 THEN
        RAISE 'times must be finite, and nothing is written without the lock' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF v_apart THEN
        -- Events under ids that are taken break a unique index below, and the group is sent again as one that is not apart.
        v_apart := NOT EXISTS (SELECT FROM factos.appends AS a WHERE a.append_id = ANY (r_append) AND a.log = p_log);
    END IF;
    IF v_apart AND 0 >= ANY (r_size) THEN
        v_apart := NOT EXISTS (
            SELECT FROM factos.events AS e
            WHERE e.append_id = ANY (r_append) AND e.log + 0 = p_log AND e.append_size IS NOT NULL
        );
    END IF;
    IF v_apart AND p_remembers THEN
        v_apart := NOT EXISTS (
            SELECT FROM unnest(r_key) AS w (key)
            WHERE EXISTS (SELECT FROM factos.appends AS a WHERE a.key = w.key AND a.log + 0 = p_log OFFSET 0)
        );
    END IF;
    IF v_apart AND cardinality(g_request) > 0 THEN
        v_apart := NOT EXISTS (
            SELECT FROM factos.broken(p_log, v_entry.head, NULL, NULL, g_request, g_guard, g_after, g_hash, g_hashes, g_tags, g_type_hashes, g_types)
        );
    END IF;

    v_outcome.head := v_entry.head;
    v_outcome.recorded_at := v_entry.recorded_at;
    v_outcome.event_id := v_entry.event_id;
    IF v_apart THEN
        IF p_lock <> 'none' THEN
            v_done := factos.write(p_log, v_entry.head, v_entry.recorded_at, 0, NULL, p_remembers,
                r_append, r_size, r_recorded_at, r_stream, r_key, r_command, r_content,
                v_request, v_number, v_id, v_type, v_version, v_tags, v_data, v_bytes, v_metadata, t_event, t_hash, t_type);
            IF p_lock = 'row' THEN
                UPDATE factos.logs AS l SET head = v_entry.head + cardinality(v_id) WHERE l.number = p_log;
            END IF;
        END IF;
        RETURN v_outcome;
    END IF;

    v_outcome.status := array_fill(0, ARRAY[v_members]);
    v_outcome.detail := array_fill(NULL::bigint, ARRAY[v_members]);
    v_outcome.first := v_outcome.detail;
    v_outcome.recorded := r_recorded_at;
    v_outcome.revision := v_outcome.detail;
    v_outcome.size := r_size;
    v_outcome.append_id := r_append;
    v_outcome.key := array_fill(NULL::text, ARRAY[v_members]);
    v_outcome.command := v_outcome.key;
    v_outcome.content := array_fill(NULL::bytea, ARRAY[v_members]);
    FOR i IN 1..v_members LOOP
        SELECT * INTO v_known FROM factos.receipts(p_log, r_append[i:i]);
        IF v_known.append_id IS NULL AND r_key[i] IS NOT NULL THEN
            SELECT * INTO v_known FROM factos.receipt_of_key(p_log, r_key[i]);
            IF v_known.command <> r_command[i] OR v_known.content <> r_content[i] THEN
                v_outcome.status[i] := 4;
            END IF;
        END IF;
        IF v_outcome.status[i] = 0 AND v_known.append_id IS NOT NULL THEN
            v_outcome.status[i] := CASE WHEN v_known.void THEN 3 ELSE 2 END;
            v_outcome.first[i] := v_known.first;
            v_outcome.recorded[i] := v_known.recorded_at;
            v_outcome.revision[i] := v_known.revision;
            v_outcome.size[i] := v_known.size;
            v_outcome.append_id[i] := v_known.append_id;
            v_outcome.key[i] := v_known.key;
            v_outcome.command[i] := v_known.command;
            v_outcome.content[i] := v_known.content;
        END IF;
        v_granted_from := NULL;
        v_granted_to := NULL;
        IF v_outcome.status[i] = 0 THEN
            FOREACH v_earlier IN ARRAY coalesce(d_earlier[v_dependences + 1:r_dependence_end[i]], '{}') LOOP
                IF v_earlier < 1 OR v_earlier >= i OR v_outcome.status[v_earlier] <> 0 THEN
                    v_outcome.status[i] := 5;
                ELSIF r_size[v_earlier] > 0 THEN
                    v_granted_from := v_granted_from || v_outcome.first[v_earlier];
                    v_granted_to := v_granted_to || v_outcome.first[v_earlier] + r_size[v_earlier] - 1;
                END IF;
            END LOOP;
        END IF;
        IF v_outcome.status[i] = 0 THEN
            SELECT w.n INTO v_taken FROM unnest(v_id[v_events + 1:r_event_end[i]]) WITH ORDINALITY AS w (id, n)
            WHERE w.n = r_twice[i] OR EXISTS (SELECT FROM factos.events AS e WHERE e.event_id = w.id AND e.log + 0 = p_log OFFSET 0)
            ORDER BY w.n LIMIT 1;
            IF FOUND THEN
                v_outcome.status[i] := 6;
                v_outcome.detail[i] := v_taken;
            END IF;
        END IF;
        v_next := NULL;
        IF v_outcome.status[i] = 0 AND r_stream[i] IS NOT NULL THEN
            SELECT e.revision + 1 INTO v_next FROM factos.events AS e WHERE e.stream = r_stream[i] AND e.log = p_log
            ORDER BY e.revision DESC LIMIT 1;
            v_next := coalesce(v_next, 0);
            v_outcome.revision[i] := v_next;
            IF r_next[i] NOT IN (-1, v_next) THEN
                v_outcome.status[i] := 7;
                v_outcome.detail[i] := v_next;
            END IF;
        END IF;
        f := v_probes + 1;
        l := r_probe_end[i];
        IF v_outcome.status[i] = 0 AND f <= l THEN
            FOR v_broken IN
                SELECT b.guard, b.position FROM factos.broken(p_log, v_entry.head, v_granted_from, v_granted_to, g_request[f:l], g_guard[f:l],
                    g_after[f:l], g_hash[f:l], g_hashes[f:l], g_tags[f:l], g_type_hashes[f:l], g_types[f:l]) AS b
            LOOP
                v_outcome.status[i] := 8;
                v_outcome.broken_request := v_outcome.broken_request || i;
                v_outcome.broken_guard := v_outcome.broken_guard || v_broken.guard;
                v_outcome.broken_position := v_outcome.broken_position || v_broken.position;
            END LOOP;
        END IF;
        f := v_events + 1;
        l := r_event_end[i];
        IF v_outcome.status[i] = 0 AND r_size[i] < 0 THEN
            v_outcome.status[i] := 1;
        ELSIF v_outcome.status[i] = 0 THEN
            v_done := factos.write(p_log, v_entry.head, v_entry.recorded_at, v_events, v_next, false,
                r_append, r_size, r_recorded_at, r_stream, NULL, NULL, NULL,
                v_request[f:l], v_number[f:l], v_id[f:l], v_type[f:l], v_version[f:l], v_tags[f:l],
                v_data[f:l], v_bytes[f:l], v_metadata[f:l],
                t_event[v_tag_count + 1:r_tag_end[i]], t_hash[v_tag_count + 1:r_tag_end[i]], t_type[v_tag_count + 1:r_tag_end[i]]);
            IF r_size[i] = 0 OR r_key[i] IS NOT NULL THEN
                INSERT INTO factos.appends (append_id, log, events, key, command, content)
                VALUES (r_append[i], p_log, r_size[i], r_key[i], r_command[i], r_content[i]);
            END IF;
            v_outcome.first[i] := v_entry.head + 1;
            IF f <= l THEN
                v_entry.recorded_at := greatest(v_entry.recorded_at, r_recorded_at[i]);
                v_entry.head := v_entry.head + l - f + 1;
            END IF;
            v_outcome.recorded[i] := v_entry.recorded_at;
        END IF;
        v_dependences := r_dependence_end[i];
        v_probes := r_probe_end[i];
        v_events := r_event_end[i];
        v_tag_count := r_tag_end[i];
    END LOOP;
    IF 2 = ANY (v_outcome.status) THEN
        PERFORM factos.leave_a_trace();
    END IF;
    v_outcome.head := v_entry.head;
    v_outcome.recorded_at := v_entry.recorded_at;
    IF p_lock = 'row' THEN
        UPDATE factos.logs AS l SET head = v_entry.head WHERE l.number = p_log;
    END IF;
    RETURN v_outcome;
END $$;

-- What became of an append, for good: one that is not there is void from now on.
CREATE FUNCTION factos.settle(
    p_log integer, p_identity uuid, p_lock text, p_seen bigint, p_there uuid, p_patience integer, p_synchronous text,
    p_append uuid
)
RETURNS SETOF factos.receipt
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
BEGIN
    PERFORM factos.enter(p_log, p_identity, p_lock, p_seen, p_there, p_patience, p_synchronous);
    IF NOT EXISTS (SELECT FROM factos.receipts(p_log, ARRAY[p_append])) THEN
        INSERT INTO factos.appends (append_id, log, events, void) VALUES (p_append, p_log, 0, true);
    ELSE
        PERFORM factos.leave_a_trace();
    END IF;
    RETURN QUERY SELECT * FROM factos.receipts(p_log, ARRAY[p_append]);
END $$;

-- Keeps others from appending until the transaction ends, for whoever reads and decides in between.
CREATE FUNCTION factos.hold(
    p_log integer, p_identity uuid, p_lock text, p_seen bigint, p_there uuid, p_patience integer, p_synchronous text
)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
BEGIN
    PERFORM factos.enter(p_log, p_identity, p_lock, p_seen, p_there, p_patience, p_synchronous);
END $$;
