-- An event of a part of a read. Part 0 is the head, of which there are the position and the event's id, and as `append_id`
-- the id of the event at the position that the log is known to have reached. Parts -1 and -2 are receipts: of
-- appends by a range, and of the key that was asked for. A receipt has the first event's position, time and revision, the
-- append's id, its size as `version` (NULL when it is void), key as `stream`, command as `type` and content as `bytes`.
CREATE TYPE factos.part_event AS (
    part integer, "position" bigint, event_id uuid, type text, version integer, tags text[], data json, bytes bytea,
    metadata json, recorded_at timestamptz, append_id uuid, stream text, revision bigint
);

-- Reads several parts and the head from one snapshot: a STABLE function has that of the statement that calls it.
--
-- The part arrays (p_) have an element a part: its kind ('all', 'stream' or 'arms'), and between which positions it lies.
-- An arm (w_) of a query looks for tags with one of some types, or for one type. Rows come part by part, numbered from 1
-- and in order.
CREATE FUNCTION factos.read(
    p_log integer, p_identity uuid,
    p_kind text[], p_after bigint[], p_to bigint[], p_limit bigint[], p_backward boolean[],
    p_stream text[], p_from bigint[], p_arm_end integer[],
    w_hash bigint[], w_hashes text[], w_tags text[], w_type_hashes text[], w_types text[],
    p_key text,                                            -- an idempotency key
    p_keyed_after bigint, p_keyed_to bigint,               -- appends with keys whose first event lies there
    p_without_events_after uuid, p_without_events_most bigint, -- appends without events, behind an id
    p_seen bigint                                          -- a position that the log is known to have reached
)
RETURNS SETOF factos.part_event
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
SET work_mem = '32MB'
AS $$
DECLARE
    v_identity uuid;
    v_head factos.part_event;
    v_first integer; -- of the part's arms
BEGIN
    v_head.part := 0;
    SELECT l.identity, e.position, e.event_id INTO v_identity, v_head."position", v_head.event_id
    FROM factos.logs AS l LEFT JOIN LATERAL (
        SELECT n.position, n.event_id FROM factos.events AS n WHERE n.log = l.number ORDER BY n.position DESC LIMIT 1
    ) AS e ON true
    WHERE l.number = p_log;
    IF v_identity IS DISTINCT FROM p_identity THEN
        RAISE 'log % is another one than when it was opened', p_log USING ERRCODE = 'FA001';
    END IF;
    v_head."position" := coalesce(v_head."position", 0);
    IF v_head."position" = p_seen THEN
        v_head.append_id := v_head.event_id;
    ELSIF p_seen > 0 THEN
        SELECT e.event_id INTO v_head.append_id FROM factos.events AS e WHERE e.log = p_log AND e.position = p_seen;
    END IF;
    RETURN NEXT v_head;
    IF p_key IS NOT NULL THEN
        RETURN QUERY
        SELECT -2, s.first, NULL::uuid, s.command, CASE WHEN NOT s.void THEN s.size END, NULL::text[], NULL::json, s.content,
            NULL::json, s.recorded_at, s.append_id, s.key, s.revision
        FROM factos.receipt_of_key(p_log, p_key) AS s;
    END IF;
    IF p_keyed_to IS NOT NULL THEN
        RETURN QUERY
        SELECT -1, s.first, NULL::uuid, s.command, CASE WHEN NOT s.void THEN s.size END, NULL::text[], NULL::json, s.content,
            NULL::json, s.recorded_at, s.append_id, s.key, s.revision
        FROM (
            SELECT e.position, e.append_id FROM factos.events AS e
            WHERE e.log = p_log AND e.position > p_keyed_after AND e.position <= p_keyed_to AND e.append_size IS NOT NULL
            OFFSET 0
        ) AS e
        CROSS JOIN LATERAL (
            SELECT FROM factos.appends AS a WHERE a.append_id = e.append_id AND a.log = p_log AND a.key IS NOT NULL OFFSET 0
        ) AS a
        CROSS JOIN LATERAL factos.receipts(p_log, ARRAY[e.append_id]) AS s
        ORDER BY e.position;
    END IF;
    IF p_without_events_most IS NOT NULL THEN
        RETURN QUERY
        SELECT -1, s.first, NULL::uuid, s.command, CASE WHEN NOT s.void THEN s.size END, NULL::text[], NULL::json, s.content,
            NULL::json, s.recorded_at, s.append_id, s.key, s.revision
        FROM (
            SELECT a.append_id FROM factos.appends AS a
            WHERE a.log = p_log AND a.events = 0
                AND a.append_id >= coalesce(p_without_events_after, '00000000-0000-0000-0000-000000000000')
                AND a.append_id IS DISTINCT FROM p_without_events_after
            ORDER BY a.append_id LIMIT p_without_events_most
        ) AS a
        CROSS JOIN LATERAL factos.receipts(p_log, ARRAY[a.append_id]) AS s
        ORDER BY a.append_id;
    END IF;
    FOR i IN 1..cardinality(p_kind) LOOP
        v_first := coalesce(p_arm_end[i - 1], 0) + 1;
        IF p_kind[i] = 'all' AND NOT p_backward[i] THEN
            RETURN QUERY
            SELECT i, e.position, e.event_id, e.type, e.version, e.tags, e.data, e.bytes, e.metadata,
                e.recorded_at, e.append_id, e.stream, e.revision FROM factos.events AS e
            WHERE e.log = p_log AND e.position > p_after[i] AND e.position <= p_to[i]
            ORDER BY e.position LIMIT p_limit[i];
        ELSIF p_kind[i] = 'all' THEN
            RETURN QUERY
            SELECT i, e.position, e.event_id, e.type, e.version, e.tags, e.data, e.bytes, e.metadata,
                e.recorded_at, e.append_id, e.stream, e.revision FROM factos.events AS e
            WHERE e.log = p_log AND e.position > p_after[i] AND e.position <= p_to[i]
            ORDER BY e.position DESC LIMIT p_limit[i];
        ELSIF p_kind[i] = 'stream' AND NOT p_backward[i] THEN
            RETURN QUERY
            SELECT i, e.position, e.event_id, e.type, e.version, e.tags, e.data, e.bytes, e.metadata,
                e.recorded_at, e.append_id, e.stream, e.revision FROM factos.events AS e
            WHERE e.stream = p_stream[i] AND e.log = p_log AND e.revision >= p_from[i]
                AND e.position > p_after[i] AND e.position <= p_to[i]
            ORDER BY e.revision LIMIT p_limit[i];
        ELSIF p_kind[i] = 'stream' THEN
            -- Whoever reads page by page ends right before an event of the stream, which says its revision here.
            RETURN QUERY
            SELECT i, e.position, e.event_id, e.type, e.version, e.tags, e.data, e.bytes, e.metadata,
                e.recorded_at, e.append_id, e.stream, e.revision FROM factos.events AS e
            WHERE e.stream = p_stream[i] AND e.log = p_log AND e.revision >= p_from[i]
                AND e.revision < coalesce((
                    SELECT n.revision FROM factos.events AS n
                    WHERE n.log = p_log AND n.position = p_to[i] + 1 AND n.stream = p_stream[i]
                ), 9223372036854775807)
                AND e.position > p_after[i] AND e.position <= p_to[i]
            ORDER BY e.revision DESC LIMIT p_limit[i];
        ELSIF NOT p_backward[i] THEN
            RETURN QUERY
            SELECT DISTINCT ON (e.position) i, e.position, e.event_id, e.type, e.version, e.tags, e.data, e.bytes, e.metadata,
                e.recorded_at, e.append_id, e.stream, e.revision
            FROM (
                SELECT w_tags[n]::text[] AS tags, w_type_hashes[n]::bigint[] AS type_hashes, w_types[n]::text[] AS types,
                    coalesce(w_hash[n], factos.rarest(w_hashes[n]::bigint[], p_after[i], p_to[i])) AS hash
                FROM generate_series(v_first, p_arm_end[i]) AS n
                OFFSET 0
            ) AS w
            CROSS JOIN LATERAL (
                (
                    SELECT m.* FROM factos.tags AS t
                    CROSS JOIN LATERAL (
                        SELECT * FROM factos.events AS n
                        WHERE n.log = p_log AND n.position = t.position
                            AND n.tags @> w.tags AND (w.types IS NULL OR n.type = ANY (w.types))
                        OFFSET 0
                    ) AS m
                    WHERE w.hash IS NOT NULL AND t.hash = w.hash AND t.position > p_after[i] AND t.position <= p_to[i]
                        AND (w.type_hashes IS NULL OR t.type = ANY (w.type_hashes))
                    ORDER BY t.position LIMIT p_limit[i]
                )
                UNION ALL
                (
                    SELECT n.* FROM factos.events AS n
                    WHERE w.hash IS NULL AND (n.type, n.log, n.position) > (w.types[1], p_log, p_after[i])
                        AND (n.type, n.log, n.position) <= (w.types[1], p_log, p_to[i])
                    ORDER BY n.type, n.log, n.position LIMIT p_limit[i]
                )
            ) AS e
            ORDER BY e.position LIMIT p_limit[i];
        ELSE
            RETURN QUERY
            SELECT DISTINCT ON (e.position) i, e.position, e.event_id, e.type, e.version, e.tags, e.data, e.bytes, e.metadata,
                e.recorded_at, e.append_id, e.stream, e.revision
            FROM (
                SELECT w_tags[n]::text[] AS tags, w_type_hashes[n]::bigint[] AS type_hashes, w_types[n]::text[] AS types,
                    coalesce(w_hash[n], factos.rarest(w_hashes[n]::bigint[], p_after[i], p_to[i])) AS hash
                FROM generate_series(v_first, p_arm_end[i]) AS n
                OFFSET 0
            ) AS w
            CROSS JOIN LATERAL (
                (
                    SELECT m.* FROM factos.tags AS t
                    CROSS JOIN LATERAL (
                        SELECT * FROM factos.events AS n
                        WHERE n.log = p_log AND n.position = t.position
                            AND n.tags @> w.tags AND (w.types IS NULL OR n.type = ANY (w.types))
                        OFFSET 0
                    ) AS m
                    WHERE w.hash IS NOT NULL AND t.hash = w.hash AND t.position > p_after[i] AND t.position <= p_to[i]
                        AND (w.type_hashes IS NULL OR t.type = ANY (w.type_hashes))
                    ORDER BY t.position DESC LIMIT p_limit[i]
                )
                UNION ALL
                (
                    SELECT n.* FROM factos.events AS n
                    WHERE w.hash IS NULL AND (n.type, n.log, n.position) > (w.types[1], p_log, p_after[i])
                        AND (n.type, n.log, n.position) <= (w.types[1], p_log, p_to[i])
                    ORDER BY n.type DESC, n.log DESC, n.position DESC LIMIT p_limit[i]
                )
            ) AS e
            ORDER BY e.position DESC LIMIT p_limit[i];
        END IF;
    END LOOP;
END $$;
