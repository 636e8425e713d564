-- The number and identity of a log, which is made when it is not there yet. Whoever comes second waits and finds it.
CREATE FUNCTION factos.open_log(p_name text, p_identity uuid, p_lock text)
RETURNS TABLE (number integer, identity uuid, lock text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM factos.logs AS l WHERE l.name = p_name) THEN
        LOCK TABLE factos.logs IN EXCLUSIVE MODE;
        INSERT INTO factos.logs (number, name, identity, lock)
        SELECT coalesce(max(l.number) + 1, 0), p_name, p_identity, p_lock FROM factos.logs AS l
        ON CONFLICT (name) DO NOTHING;
    END IF;
    RETURN QUERY SELECT l.number, l.identity, l.lock FROM factos.logs AS l WHERE l.name = p_name;
END $$;

-- Waits until nobody else writes to the log, keeps others waiting until the transaction ends, and answers the head.
-- `p_lock` is the log's, or 'none' to only look. `p_seen` is a position that the log is known to have reached.
-- `p_synchronous` is 'on' for a commit that waits as long as the server is set to, but for its disk at least, or 'off'.
CREATE FUNCTION factos.enter(
    p_log integer, p_identity uuid, p_lock text, p_seen bigint, p_patience integer, p_synchronous text,
    OUT head bigint, OUT recorded_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
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
        PERFORM set_config('lock_timeout', p_patience::text, true);
        -- Among a function's own settings it would be set back before the commit.
        PERFORM set_config('synchronous_commit', p_synchronous, true)
        WHERE p_synchronous = 'off' OR current_setting('synchronous_commit') = 'off';
    END IF;
    IF p_lock = 'advisory' THEN
        PERFORM pg_advisory_xact_lock('factos.events'::regclass::oid::integer, p_log);
    ELSIF p_lock = 'row' THEN
        PERFORM FROM factos.logs AS l WHERE l.number = p_log FOR UPDATE;
    END IF;
    -- In a statement of its own, so that its snapshot is younger than the lock.
    SELECT e.position, e.recorded_at INTO enter.head, enter.recorded_at
    FROM factos.events AS e WHERE e.log = p_log ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    IF NOT EXISTS (SELECT FROM factos.logs AS l WHERE l.number = p_log AND l.identity = p_identity) THEN
        RAISE 'log % is another one than when it was opened', p_log USING ERRCODE = 'FA001';
    END IF;
    IF head < p_seen THEN
        RAISE 'the log had reached position % and ends at % now', p_seen, head USING ERRCODE = 'FA002', DETAIL = p_seen || ' ' || head;
    END IF;
END $$;

-- Writes events and what belongs to them. A request's first position is given, or -1 when it is not accepted.
CREATE FUNCTION factos.write(
    p_log integer, p_first bigint[], p_recorded_at timestamptz[], p_revision bigint[],
    r_append uuid[], r_size integer[], r_stream text[], r_key text[], r_command text[], r_content bytea[],
    v_request integer[], v_number integer[], v_id uuid[], v_type text[], v_version integer[], v_tags text[],
    v_data text[], v_bytes bytea[], v_metadata text[],
    t_request integer[], t_number integer[], t_hash bigint[], t_type bigint[]
)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF cardinality(v_request) > 0 THEN
        INSERT INTO factos.events (log, version, position, recorded_at, event_id, append_id, append_size, type, tags, data,
            bytes, metadata, stream, revision)
        SELECT p_log, v.version, p_first[v.request] + v.number, p_recorded_at[v.request], v.id, r_append[v.request],
            CASE WHEN v.number = 0 THEN r_size[v.request] END, v.type, v.tags::text[], v.data::json,
            v.bytes, v.metadata::json, r_stream[v.request], p_revision[v.request] + v.number
        FROM unnest(v_request, v_number, v_id, v_type, v_version, v_tags, v_data, v_bytes, v_metadata)
            AS v (request, number, id, type, version, tags, data, bytes, metadata)
        WHERE p_first[v.request] > 0;
        INSERT INTO factos.tags (hash, position, type)
        SELECT t.hash, p_first[t.request] + t.number, t.type
        FROM unnest(t_request, t_number, t_hash, t_type) AS t (request, number, hash, type)
        WHERE p_first[t.request] > 0;
    END IF;
    -- A check has the size -1.
    INSERT INTO factos.appends (append_id, log, key, command, content)
    SELECT r.append, p_log, r.key, r.command, r.content
    FROM unnest(p_first, r_append, r_size, r_key, r_command, r_content) AS r (first, append, size, key, command, content)
    WHERE r.first > 0 AND r.size >= 0 AND (r.size = 0 OR r.key IS NOT NULL);
END $$;

-- Judges a group of requests and writes those that are accepted.
--
-- Members are judged in their order. When all can be accepted, which is the rule, everything is asked and written at
-- once. Otherwise each one is asked and written by itself, so that it sees those in front of it.
--
-- The request's arrays (r_) have an element a member, the others (d_: dependences, g_: probes of guards, v_: events, t_:
-- tags) name the member's number, from 1. They are in the order of the members; the r_ arrays that end in _end say where
-- a member's part ends.
--
-- Statuses: 0 accepted, 1 confirmed, 2 answered by its append id or key, 3 void, 4 key used for something else,
-- 5 dependence failed, 6 event id taken (`detail`: which event, from 1), 7 wrong revision (`detail`: the next one),
-- 8 guards broken. Without statuses all were accepted or confirmed.
CREATE FUNCTION factos.append(
    p_log integer, p_identity uuid, p_lock text, p_seen bigint, p_patience integer, p_synchronous text,
    p_apart boolean, -- whether no member repeats or contradicts another one, and none names a stream
    r_append uuid[], r_size integer[], r_offset integer[], r_recorded_at timestamptz[],
    r_stream text[], r_next bigint[], r_twice integer[], r_key text[], r_command text[], r_content bytea[],
    r_dependence_end integer[], r_probe_end integer[], r_event_end integer[], r_tag_end integer[],
    d_earlier integer[],
    g_request integer[], g_guard integer[], g_after bigint[],
    g_hashes text[], g_tags text[], g_type_hashes text[], g_types text[],
    v_request integer[], v_number integer[], v_id uuid[], v_type text[], v_version integer[], v_tags text[],
    v_data text[], v_bytes bytea[], v_metadata text[],
    t_request integer[], t_number integer[], t_hash bigint[], t_type bigint[],
    OUT head bigint, OUT recorded_at timestamptz,
    OUT status integer[], OUT detail bigint[], OUT first bigint[], OUT recorded timestamptz[], OUT revision bigint[],
    OUT size integer[], OUT append_id uuid[], OUT key text[], OUT command text[], OUT content bytea[],
    OUT broken_request integer[], OUT broken_guard integer[], OUT broken_position bigint[]
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
DECLARE
    v_members integer := cardinality(r_append);
    v_last timestamptz;
    v_granted_from bigint[];
    v_granted_to bigint[];
    v_earlier integer;
    v_known record;
    v_next bigint;
    v_taken integer;
    v_broken record;
    v_probes integer := 0; -- the ends of the parts of the member in front
    v_events integer := 0;
    v_tag_count integer := 0;
    v_dependences integer := 0;
BEGIN
    SELECT s.head, s.recorded_at INTO append.head, append.recorded_at
    FROM factos.enter(p_log, p_identity, p_lock, p_seen, p_patience, p_synchronous) AS s;
    v_last := recorded_at;

    IF p_apart
        AND NOT EXISTS (SELECT FROM factos.receipts(p_log, r_append))
        AND (cardinality(r_key) = 0 OR NOT EXISTS (
            SELECT FROM unnest(r_key) AS w (key)
            WHERE EXISTS (SELECT FROM factos.appends AS a WHERE a.key = w.key AND a.log = p_log OFFSET 0)
        ))
        AND (cardinality(v_id) = 0 OR NOT EXISTS (
            SELECT FROM unnest(v_id) AS w (id)
            WHERE EXISTS (SELECT FROM factos.events AS e WHERE e.event_id = w.id AND e.log = p_log OFFSET 0)
        ))
        AND (cardinality(g_request) = 0 OR NOT EXISTS (
            SELECT FROM factos.broken(p_log, NULL, NULL, g_request, g_guard, g_after, g_hashes, g_tags, g_type_hashes, g_types)
        ))
    THEN
        SELECT array_agg(append.head + 1 + w.offs ORDER BY w.n), array_agg(greatest(v_last, w.at) ORDER BY w.n)
        INTO first, recorded
        FROM unnest(r_offset, r_recorded_at) WITH ORDINALITY AS w (offs, at, n);
        IF p_lock <> 'none' THEN
            PERFORM factos.write(p_log, first, recorded, NULL, r_append, r_size, r_stream, r_key, r_command, r_content,
                v_request, v_number, v_id, v_type, v_version, v_tags, v_data, v_bytes, v_metadata,
                t_request, t_number, t_hash, t_type);
            head := head + cardinality(v_id);
        END IF;
        IF p_lock = 'row' THEN
            UPDATE factos.logs AS l SET head = append.head WHERE l.number = p_log;
        END IF;
        RETURN;
    END IF;

    status := array_fill(0, ARRAY[v_members]);
    detail := array_fill(NULL::bigint, ARRAY[v_members]);
    first := array_fill(-1::bigint, ARRAY[v_members]);
    recorded := r_recorded_at;
    revision := array_fill(NULL::bigint, ARRAY[v_members]);
    size := r_size;
    append_id := r_append;
    key := array_fill(NULL::text, ARRAY[v_members]);
    command := key;
    content := array_fill(NULL::bytea, ARRAY[v_members]);
    FOR i IN 1..v_members LOOP
        SELECT * INTO v_known FROM factos.receipts(p_log, r_append[i:i]);
        IF v_known.append_id IS NULL AND r_key[i] IS NOT NULL THEN
            SELECT * INTO v_known FROM factos.receipt_of_key(p_log, r_key[i]);
            IF v_known.command <> r_command[i] OR v_known.content <> r_content[i] THEN
                status[i] := 4;
            END IF;
        END IF;
        v_granted_from := NULL;
        v_granted_to := NULL;
        IF status[i] = 0 AND v_known.append_id IS NOT NULL THEN
            status[i] := CASE WHEN v_known.void THEN 3 ELSE 2 END;
            first[i] := v_known.first;
            recorded[i] := v_known.recorded_at;
            revision[i] := v_known.revision;
            size[i] := v_known.size;
            append_id[i] := v_known.append_id;
            key[i] := v_known.key;
            command[i] := v_known.command;
            content[i] := v_known.content;
        END IF;
        IF status[i] = 0 THEN
            FOREACH v_earlier IN ARRAY d_earlier[v_dependences + 1:r_dependence_end[i]] LOOP
                IF v_earlier < 1 OR v_earlier >= i OR status[v_earlier] <> 0 THEN
                    status[i] := 5;
                ELSIF r_size[v_earlier] > 0 THEN
                    v_granted_from := v_granted_from || first[v_earlier];
                    v_granted_to := v_granted_to || first[v_earlier] + r_size[v_earlier] - 1;
                END IF;
            END LOOP;
        END IF;
        IF status[i] = 0 THEN
            SELECT w.n INTO v_taken FROM unnest(v_id[v_events + 1:r_event_end[i]]) WITH ORDINALITY AS w (id, n)
            WHERE w.n = r_twice[i] OR EXISTS (SELECT FROM factos.events AS e WHERE e.event_id = w.id AND e.log = p_log OFFSET 0)
            ORDER BY w.n LIMIT 1;
            IF FOUND THEN
                status[i] := 6;
                detail[i] := v_taken;
            END IF;
        END IF;
        IF status[i] = 0 AND r_stream[i] IS NOT NULL THEN
            SELECT e.revision INTO v_next FROM factos.events AS e WHERE e.stream = r_stream[i] AND e.log = p_log
            ORDER BY e.revision DESC LIMIT 1;
            v_next := coalesce(v_next + 1, 0);
            IF r_next[i] NOT IN (-1, v_next) THEN
                status[i] := 7;
                detail[i] := v_next;
            ELSE
                revision[i] := v_next;
            END IF;
        END IF;
        IF status[i] = 0 THEN
            FOR v_broken IN
                SELECT b.guard, b.position FROM factos.broken(p_log, v_granted_from, v_granted_to,
                    g_request[v_probes + 1:r_probe_end[i]], g_guard[v_probes + 1:r_probe_end[i]],
                    g_after[v_probes + 1:r_probe_end[i]], g_hashes[v_probes + 1:r_probe_end[i]],
                    g_tags[v_probes + 1:r_probe_end[i]], g_type_hashes[v_probes + 1:r_probe_end[i]],
                    g_types[v_probes + 1:r_probe_end[i]]) AS b
            LOOP
                status[i] := 8;
                broken_request := broken_request || i;
                broken_guard := broken_guard || v_broken.guard;
                broken_position := broken_position || v_broken.position;
            END LOOP;
        END IF;
        IF status[i] = 0 THEN
            status[i] := CASE WHEN r_size[i] < 0 THEN 1 ELSE 0 END;
        END IF;
        IF status[i] = 0 THEN
            IF r_size[i] > 0 THEN
                v_last := greatest(v_last, r_recorded_at[i]);
            END IF;
            first[i] := head + 1;
            recorded[i] := v_last;
            -- With the others' first positions hidden, only this member is written.
            PERFORM factos.write(p_log, array_fill(-1::bigint, ARRAY[i - 1]) || first[i], recorded, revision,
                r_append[1:i], r_size[1:i], r_stream, r_key[1:i], r_command[1:i], r_content[1:i],
                v_request[v_events + 1:r_event_end[i]], v_number[v_events + 1:r_event_end[i]],
                v_id[v_events + 1:r_event_end[i]], v_type[v_events + 1:r_event_end[i]],
                v_version[v_events + 1:r_event_end[i]], v_tags[v_events + 1:r_event_end[i]],
                v_data[v_events + 1:r_event_end[i]], v_bytes[v_events + 1:r_event_end[i]],
                v_metadata[v_events + 1:r_event_end[i]],
                t_request[v_tag_count + 1:r_tag_end[i]], t_number[v_tag_count + 1:r_tag_end[i]],
                t_hash[v_tag_count + 1:r_tag_end[i]], t_type[v_tag_count + 1:r_tag_end[i]]);
            head := head + greatest(r_size[i], 0);
        END IF;
        v_dependences := r_dependence_end[i];
        v_probes := r_probe_end[i];
        v_events := r_event_end[i];
        v_tag_count := r_tag_end[i];
    END LOOP;
    IF p_lock = 'row' THEN
        UPDATE factos.logs AS l SET head = append.head WHERE l.number = p_log;
    END IF;
END $$;

-- What became of an append, for good: one that is not there is void from now on.
CREATE FUNCTION factos.settle(
    p_log integer, p_identity uuid, p_lock text, p_seen bigint, p_patience integer, p_synchronous text, p_append uuid
)
RETURNS TABLE (
    append_id uuid, void boolean, first bigint, size integer, recorded_at timestamptz, revision bigint,
    key text, command text, content bytea
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM factos.enter(p_log, p_identity, p_lock, p_seen, p_patience, p_synchronous);
    IF NOT EXISTS (SELECT FROM factos.receipts(p_log, ARRAY[p_append])) THEN
        INSERT INTO factos.appends (append_id, log, void) VALUES (p_append, p_log, true);
    END IF;
    RETURN QUERY SELECT * FROM factos.receipts(p_log, ARRAY[p_append]);
END $$;

-- Keeps others from appending until the transaction ends, for whoever reads and decides in between.
CREATE FUNCTION factos.hold(
    p_log integer, p_identity uuid, p_lock text, p_seen bigint, p_patience integer, p_synchronous text
)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM factos.enter(p_log, p_identity, p_lock, p_seen, p_patience, p_synchronous);
END $$;
