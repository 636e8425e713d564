-- The tag with fewest entries in a range, as far as that matters: the first that has no more than 16, 256, 4096.
CREATE FUNCTION factos.rarest(p_hashes bigint[], p_after bigint, p_to bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
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

-- The first event behind each probe's position that matches it, without those between the granted positions.
-- A probe looks for tags with one of some types; for one type; or, with neither, for any event.
CREATE FUNCTION factos.broken(
    p_log integer, p_granted_from bigint[], p_granted_to bigint[],
    g_request integer[], g_guard integer[], g_after bigint[],
    g_hashes text[], g_tags text[], g_type_hashes text[], g_types text[]
)
RETURNS TABLE (request integer, guard integer, "position" bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT w.request, w.guard, m.position
    FROM (
        SELECT u.request, u.guard, u.after, u.tags::text[] AS tags, u.type_hashes::bigint[] AS type_hashes, u.types::text[] AS types,
            CASE
                WHEN cardinality(u.hashes::bigint[]) > 1 THEN factos.rarest(u.hashes::bigint[], u.after, 9223372036854775807)
                ELSE (u.hashes::bigint[])[1]
            END AS hash
        FROM unnest(g_request, g_guard, g_after, g_hashes, g_tags, g_type_hashes, g_types)
            AS u (request, guard, after, hashes, tags, type_hashes, types)
        OFFSET 0
    ) AS w
    CROSS JOIN LATERAL (
        (
            SELECT t.position FROM factos.tags AS t
            WHERE w.hash IS NOT NULL AND t.hash = w.hash AND t.position > w.after
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
        )
        UNION ALL
        (
            SELECT e.position FROM factos.events AS e
            WHERE w.hash IS NULL AND w.types IS NOT NULL AND e.log = p_log AND e.type = w.types[1] AND e.position > w.after
                AND (p_granted_from IS NULL OR NOT EXISTS (
                    SELECT FROM unnest(p_granted_from, p_granted_to) AS x (first, last)
                    WHERE e.position BETWEEN x.first AND x.last
                ))
            ORDER BY e.position LIMIT 1
        )
        UNION ALL
        (
            SELECT e.position FROM factos.events AS e
            WHERE w.hash IS NULL AND w.types IS NULL AND e.log = p_log AND e.position > w.after
                AND (p_granted_from IS NULL OR NOT EXISTS (
                    SELECT FROM unnest(p_granted_from, p_granted_to) AS x (first, last)
                    WHERE e.position BETWEEN x.first AND x.last
                ))
            ORDER BY e.position LIMIT 1
        )
    ) AS m;
END $$;

-- What the log knows of appends by their ids: nothing, that it is void, or its outcome.
CREATE FUNCTION factos.receipts(p_log integer, p_appends uuid[])
RETURNS TABLE (
    append_id uuid, void boolean, first bigint, size integer, recorded_at timestamptz, revision bigint,
    key text, command text, content bytea
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT w.id, coalesce(a.void, false), e.position, coalesce(e.append_size, 0), e.recorded_at, e.revision,
        a.key, a.command, a.content
    FROM unnest(p_appends) AS w (id)
    LEFT JOIN LATERAL (
        SELECT * FROM factos.events AS v WHERE v.append_id = w.id AND v.log = p_log AND v.append_size IS NOT NULL OFFSET 0
    ) AS e ON true
    LEFT JOIN LATERAL (
        SELECT * FROM factos.appends AS k WHERE k.append_id = w.id AND k.log = p_log OFFSET 0
    ) AS a ON true
    WHERE e.position IS NOT NULL OR a.append_id IS NOT NULL;
END $$;

-- The first outcome of an idempotency key.
CREATE FUNCTION factos.receipt_of_key(p_log integer, p_key text)
RETURNS TABLE (
    append_id uuid, void boolean, first bigint, size integer, recorded_at timestamptz, revision bigint,
    key text, command text, content bytea
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT s.* FROM factos.appends AS a CROSS JOIN LATERAL factos.receipts(p_log, ARRAY[a.append_id]) AS s
    WHERE a.key = p_key AND a.log = p_log;
END $$;
