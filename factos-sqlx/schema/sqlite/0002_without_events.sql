-- The few appends that no event tells of: accepted without events, or settled as void. Whoever copies a log asks for them
-- page by page.
CREATE INDEX factos_ids_without_events ON factos_ids (log, id) WHERE kind = 1 AND place IS NULL;
