-- The versions of projections, and of whatever else follows a log.
CREATE TABLE factos_projections.versions (
    name         text COLLATE "C" NOT NULL,
    version      bigint NOT NULL,
    phase        text NOT NULL CHECK (phase IN ('new', 'building', 'live', 'retired', 'forgotten')),
    tables       text[] NOT NULL,      -- the names that readers know
    schema       text,                 -- where its tables are, once they are made
    log          uuid NOT NULL,        -- the log's identity
    position     bigint NOT NULL,      -- how far it has come
    event        uuid,                 -- the id of the event that stands there
    owner        uuid,                 -- who took the lease last
    token        bigint NOT NULL,      -- of the lease that was taken last; never lower again, so that rows stay when all else is forgotten
    leased_until timestamptz NOT NULL, -- `-infinity` when it was given back
    PRIMARY KEY (name, version)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX versions_live ON factos_projections.versions (name) WHERE phase = 'live';

-- Events that a version could not apply.
CREATE TABLE factos_projections.parked (
    name     text COLLATE "C" NOT NULL,
    version  bigint NOT NULL,
    position bigint NOT NULL,
    event    uuid NOT NULL,
    type     text NOT NULL,
    error    text NOT NULL,
    attempts bigint NOT NULL,
    at       timestamptz NOT NULL,
    retry    boolean NOT NULL, -- whether it is to be applied again
    PRIMARY KEY (name, version, position)
);

-- Lets a view show another table. It stays the same view, with what it is granted and what depends on it, where the table
-- only has columns more; otherwise it is made anew, with the same grants.
CREATE FUNCTION factos_projections.show(p_schema text, p_view text, p_table text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_grants text[];
    v_grant  text;
BEGIN
    EXECUTE format('CREATE OR REPLACE VIEW %1$I.%2$I AS SELECT * FROM %1$I.%3$I', p_schema, p_view, p_table);
EXCEPTION WHEN invalid_table_definition THEN
    SELECT array_agg(format('GRANT %s ON %I.%I TO %s%s', g.privilege_type, p_schema, p_view,
               CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
               CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END))
        INTO v_grants
        FROM pg_class c, aclexplode(c.relacl) g
        WHERE c.oid = format('%I.%I', p_schema, p_view)::regclass AND g.grantee <> c.relowner;
    EXECUTE format('DROP VIEW %I.%I', p_schema, p_view);
    EXECUTE format('CREATE VIEW %1$I.%2$I AS SELECT * FROM %1$I.%3$I', p_schema, p_view, p_table);
    FOREACH v_grant IN ARRAY coalesce(v_grants, '{}') LOOP
        EXECUTE v_grant;
    END LOOP;
END $$;
