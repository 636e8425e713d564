-- Lets a role read the logs.
--
-- Each function that a role may call looks names up in the server's own schema only: a caller's search_path may lead to
-- other people's functions and operators, which would run with the caller's rights.
CREATE FUNCTION factos.allow_reading(p_role name) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA factos TO %I', p_role);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA factos TO %I', p_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION factos.read, factos.rarest, factos.receipts, factos.receipt_of_key, factos.tag_hash TO %I', p_role);
END $$;

-- Lets a role read the logs and append to them, and nothing else: it cannot write to the tables.
CREATE FUNCTION factos.allow_writing(p_role name) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM factos.allow_reading(p_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION factos.open_log, factos.append, factos.settle, factos.hold TO %I', p_role);
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA factos FROM PUBLIC;
