-- The tag with fewest entries in a range, as far as that matters: the first that has no more than 16, 256, 4096.
CREATE FUNCTION factos.rarest(p_hashes bigint[], p_after bigint, p_to bigint) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    v_hash bigint;
    v_most integer;
BEGIN
    FOREACH v_most IN ARRAY ARRAY[16, 256, 4096] LOOP
        FOREACH v_hash IN ARRAY p_hashes LOOP
            PERFORM FROM factos.tags AS t WHERE t.hash = v_hash AND t.position > p_after AND t.position <= p_to
            ORDER BY t.position OFFSET v_most LIMIT 1;
            IF NOT FOUND THEN
                RETURN v_hash;
            END IF;
        END LOOP;
    END LOOP;
    RETURN p_hashes[1];
END $$;

-- A guard that does not hold, and the first event that breaks it.
CREATE TYPE factos.broken_guard AS (request integer, guard integer, "position" bigint);

-- The first event behind each probe's position that matches it, without those between the granted positions.
--
-- Most probes ask for what is behind the head, where nothing is.
--
-- A probe looks for tags with one of some types; for one type; or, with neither, for any event. One tag is given as
-- `g_hash`, several as `g_hashes`.
CREATE FUNCTION factos.broken(
    p_log integer, p_head bigint, p_granted_from bigint[], p_granted_to bigint[],
    g_request integer[], g_guard integer[], g_after bigint[],
    g_hash bigint[], g_hashes text[], g_tags text[], g_type_hashes text[], g_types text[]
)
RETURNS SETOF factos.broken_guard LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT g_request[w.n], g_guard[w.n], m.position
    FROM (
        SELECT n, g_after[n] AS after, g_tags[n]::text[] AS tags, g_type_hashes[n]::bigint[] AS type_hashes, g_types[n]::text[] AS types,
            coalesce(g_hash[n], factos.rarest(g_hashes[n]::bigint[], g_after[n], 9223372036854775807)) AS hash
        FROM generate_series(1, cardinality(g_request)) AS n
        WHERE g_after[n] < p_head AND g_tags[n] IS NOT NULL
        OFFSET 0
    ) AS w
    CROSS JOIN LATERAL (
        SELECT t.position FROM factos.tags AS t
        WHERE t.hash = w.hash AND t.position > w.after
            AND (w.type_hashes IS NULL OR t.type = ANY (w.type_hashes))
            AND EXISTS (
                SELECT FROM factos.events AS e
                WHERE e.log = p_log AND e.position = t.position
                    AND e.tags @> w.tags AND (w.types IS NULL OR e.type = ANY (w.types))
                OFFSET 0
            )
            AND (p_granted_from IS NULL OR NOT EXISTS (
                SELECT FROM unnest(p_granted_from, p_granted_to) AS x (first, last)
                WHERE t.position BETWEEN x.first AND x.last
            ))
        ORDER BY t.position LIMIT 1
    ) AS m;
    IF array_position(g_tags, NULL) IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT g_request[w.n], g_guard[w.n], m.position
    FROM (
        SELECT n, g_after[n] AS after, (g_types[n]::text[])[1] AS type
        FROM generate_series(1, cardinality(g_request)) AS n
        WHERE g_after[n] < p_head AND g_tags[n] IS NULL AND g_types[n] IS NOT NULL
        OFFSET 0
    ) AS w
    CROSS JOIN LATERAL (
        SELECT e.position FROM factos.events AS e
        WHERE (e.type, e.log, e.position) > (w.type, p_log, w.after)
            AND (e.type, e.log, e.position) <= (w.type, p_log, 9223372036854775807)
            AND (p_granted_from IS NULL OR NOT EXISTS (
                SELECT FROM unnest(p_granted_from, p_granted_to) AS x (first, last)
                WHERE e.position BETWEEN x.first AND x.last
            ))
        ORDER BY e.type, e.log, e.position LIMIT 1
    ) AS m;
    RETURN QUERY
    SELECT g_request[w.n], g_guard[w.n], m.position
    FROM (
        SELECT n, g_after[n] AS after FROM generate_series(1, cardinality(g_request)) AS n
        WHERE g_after[n] < p_head AND g_tags[n] IS NULL AND g_types[n] IS NULL
        OFFSET 0
    ) AS w
    CROSS JOIN LATERAL (
        SELECT e.position FROM factos.events AS e
        WHERE e.log = p_log AND e.position > w.after
            AND (p_granted_from IS NULL OR NOT EXISTS (
                SELECT FROM unnest(p_granted_from, p_granted_to) AS x (first, last)
                WHERE e.position BETWEEN x.first AND x.last
            ))
        ORDER BY e.position LIMIT 1
    ) AS m;
END $$;

-- What the log knows of an append: that it is void, or its outcome.
CREATE TYPE factos.receipt AS (
    append_id uuid, void boolean, first bigint, size integer, recorded_at timestamptz, revision bigint,
    key text, command text, content bytea
);

-- What the log knows of appends by their ids: nothing, that it is void, or its outcome.
CREATE FUNCTION factos.receipts(p_log integer, p_appends uuid[])
RETURNS SETOF factos.receipt
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
BEGIN
    RETURN QUERY
    SELECT w.id, coalesce(a.void, false), e.position, coalesce(e.append_size, 0), e.recorded_at, e.revision,
        a.key, a.command, a.content
    FROM unnest(p_appends) AS w (id)
    LEFT JOIN LATERAL (
        SELECT * FROM factos.events AS v WHERE v.append_id = w.id AND v.log + 0 = p_log AND v.append_size IS NOT NULL OFFSET 0
    ) AS e ON true
    LEFT JOIN LATERAL (
        SELECT * FROM factos.appends AS k WHERE k.append_id = w.id AND k.log = p_log OFFSET 0
    ) AS a ON true
    WHERE e.position IS NOT NULL OR a.append_id IS NOT NULL;
END $$;

-- The first outcome of an idempotency key.
CREATE FUNCTION factos.receipt_of_key(p_log integer, p_key text)
RETURNS SETOF factos.receipt
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
BEGIN
    RETURN QUERY SELECT s.* FROM factos.appends AS a CROSS JOIN LATERAL factos.receipts(p_log, ARRAY[a.append_id]) AS s
    WHERE a.key = p_key AND a.log + 0 = p_log;
END $$;
