-- An event of a part of a read. Part 0 is the head, of which there is the position only.
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
    w_hash bigint[], w_hashes text[], w_tags text[], w_type_hashes text[], w_types text[]
)
RETURNS SETOF factos.part_event
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off SET work_mem = '32MB'
AS $$
DECLARE
    v_identity uuid;
    v_head factos.part_event;
    v_first integer; -- of the part's arms
BEGIN
    v_head.part := 0;
    SELECT l.identity, e.position INTO v_identity, v_head."position"
    FROM factos.logs AS l LEFT JOIN LATERAL (
        SELECT n.position FROM factos.events AS n WHERE n.log = l.number ORDER BY n.position DESC LIMIT 1
    ) AS e ON true
    WHERE l.number = p_log;
    IF v_identity IS DISTINCT FROM p_identity THEN
        RAISE 'log % is another one than when it was opened', p_log USING ERRCODE = 'FA001';
    END IF;
    v_head."position" := coalesce(v_head."position", 0);
    RETURN NEXT v_head;
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
