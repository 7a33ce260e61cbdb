-- What a database holds beside PostgreSQL itself, one line a thing: its name, then how it is. PostgreSQL's own objects
-- have numbers below 16384. Every name is qualified, and no role's or database's own name stands in a line, so that the
-- lines of the same migrations are the same everywhere.
with
service as (
    select oid, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls
    from pg_catalog.pg_roles where rolname = current_user
),
-- Whoever runs the migrations owns their history; all else must be theirs as well.
migrator as (
    select c.relowner as oid from pg_catalog.pg_class c
    where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relname = 'refinery_schema_history'
),
spaces as (
    select n.oid, n.nspowner, n.nspacl, n.nspname,
        case n.nspname when 'public' then '' else n.nspname || '.' end as prefix
    from pg_catalog.pg_namespace n
    where n.nspname !~ '^pg_(temp|toast_temp)_'
),
relations as (
    select c.oid, c.relkind, c.relowner, c.relacl, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
        c.relispartition, c.relam, s.prefix || c.relname as name,
        case c.relkind
            when 'r' then 'table ' when 'p' then 'partitioned table ' when 'v' then 'view '
            when 'm' then 'materialized view ' when 'f' then 'foreign table ' when 'S' then 'sequence '
            when 'c' then 'type ' else 'relation '
        end || s.prefix || c.relname as title
    from pg_catalog.pg_class c join spaces s on s.oid = c.relnamespace
    where c.relkind not in ('t', 'i', 'I') and c.relpersistence <> 't' and c.oid >= 16384
),
facts(name, detail) as (
    select 'schema ' || nspname, '' from spaces where oid >= 16384 and nspname <> 'public'
    union all
    select r.title, pg_catalog.concat_ws(', ',
        case r.relpersistence when 'u' then 'unlogged' end,
        case when r.relrowsecurity then 'row security' end,
        case when r.relforcerowsecurity then 'forced row security' end,
        case when r.relispartition then 'a partition' end,
        (select 'access method ' || m.amname from pg_catalog.pg_am m where m.oid = r.relam and m.amname <> 'heap'),
        case when r.relowner = (select oid from migrator) then null
            else 'owned by ' || pg_catalog.pg_get_userbyid(r.relowner) end)
    from relations r
    union all
    select 'column ' || r.name || '.' || a.attname, pg_catalog.concat_ws(' ',
        pg_catalog.format_type(a.atttypid, a.atttypmod),
        case when a.attnotnull then 'not null' end,
        (select 'collate ' || c.collname from pg_catalog.pg_collation c
            where c.oid = a.attcollation and c.collname <> 'default'),
        case a.attidentity when '' then null else 'identity ' || a.attidentity::text end,
        (select case a.attgenerated when '' then 'default ' else 'generated ' end
            || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
            from pg_catalog.pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum))
    from relations r join pg_catalog.pg_attribute a on a.attrelid = r.oid
    where a.attnum > 0 and not a.attisdropped and r.relkind <> 'S'
    union all
    select 'constraint ' || k.conname || ' on table ' || r.name, pg_catalog.pg_get_constraintdef(k.oid)
    from relations r join pg_catalog.pg_constraint k on k.conrelid = r.oid
    where k.contype <> 'n'
    union all
    -- One that is being built or dropped is not valid; whoever rebuilds indexes has those for a while.
    select 'index ' || x.relname || ' on table ' || r.name, pg_catalog.pg_get_indexdef(i.indexrelid)
    from relations r join pg_catalog.pg_index i on i.indrelid = r.oid
        join pg_catalog.pg_class x on x.oid = i.indexrelid
    where i.indisvalid
    union all
    select 'trigger ' || t.tgname || ' on table ' || c.relname, pg_catalog.concat_ws(' ',
        pg_catalog.pg_get_triggerdef(t.oid), case t.tgenabled when 'O' then null else t.tgenabled::text end)
    from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and c.relpersistence <> 't'
    union all
    select 'switched trigger of constraint ' || coalesce(k.conname, '?') || ' on table ' || c.relname,
        pg_catalog.string_agg(t.tgenabled::text, '' order by t.tgtype)
    from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
        left join pg_catalog.pg_constraint k on k.oid = t.tgconstraint
    where t.tgisinternal and t.tgenabled <> 'O'
    group by k.conname, c.relname
    union all
    select 'rule ' || w.rulename || ' on table ' || c.relname, w.ev_enabled::text || ' ' || pg_catalog.pg_get_ruledef(w.oid)
    from pg_catalog.pg_rewrite w join pg_catalog.pg_class c on c.oid = w.ev_class
    where w.oid >= 16384
    union all
    select 'policy ' || p.polname || ' on table ' || c.relname, p.polcmd::text
    from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
    union all
    select 'child ' || h.inhrelid::pg_catalog.regclass::text || ' of table ' || h.inhparent::pg_catalog.regclass::text, ''
    from pg_catalog.pg_inherits h join relations r on r.oid = h.inhrelid
    union all
    select 'function ' || s.prefix || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',
        pg_catalog.concat_ws(' ', l.lanname, p.prokind::text, p.provolatile::text,
            case when p.prosecdef then 'security definer' end,
            pg_catalog.array_to_string(p.proconfig, ' '), pg_catalog.md5(p.prosrc || coalesce(p.probin, '')))
    from pg_catalog.pg_proc p join spaces s on s.oid = p.pronamespace
        join pg_catalog.pg_language l on l.oid = p.prolang
    where p.oid >= 16384
    union all
    select 'event trigger ' || evtname, evtevent || ' ' || evtenabled::text from pg_catalog.pg_event_trigger
    union all
    select 'extension ' || extname, '' from pg_catalog.pg_extension where extname <> 'plpgsql'
    union all
    select 'foreign data wrapper ' || fdwname, '' from pg_catalog.pg_foreign_data_wrapper
    union all
    select 'foreign server ' || srvname, '' from pg_catalog.pg_foreign_server
    union all
    select 'subscription ' || subname, '' from pg_catalog.pg_subscription
    where subdbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
    union all
    select 'type ' || s.prefix || t.typname, t.typtype::text
    from pg_catalog.pg_type t join spaces s on s.oid = t.typnamespace
    where t.oid >= 16384 and t.typrelid = 0
        and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
    union all
    select 'cast from ' || pg_catalog.format_type(castsource, null) || ' to ' || pg_catalog.format_type(casttarget, null), ''
    from pg_catalog.pg_cast where oid >= 16384
    union all
    select 'operator ' || oid::pg_catalog.regoperator::text, '' from pg_catalog.pg_operator where oid >= 16384
    union all
    select 'operator class ' || opcname, '' from pg_catalog.pg_opclass where oid >= 16384
    union all
    select 'language ' || lanname, '' from pg_catalog.pg_language where oid >= 16384
    union all
    select 'access method ' || amname, '' from pg_catalog.pg_am where oid >= 16384
    union all
    select 'collation ' || collname, '' from pg_catalog.pg_collation where oid >= 16384
    union all
    select 'conversion ' || conname, '' from pg_catalog.pg_conversion where oid >= 16384
    union all
    -- Somebody else may read, for a backup or a figure; nobody else may write.
    select 'rights on ' || g.what || ' of ' || case g.grantee
            when 0 then 'everybody' when (select oid from service) then 'the service'
            else pg_catalog.pg_get_userbyid(g.grantee) end,
        pg_catalog.lower(pg_catalog.string_agg(g.privilege_type || case when g.is_grantable then '*' else '' end, ', '
            order by g.privilege_type collate "C"))
    from (
        select r.title as what, r.relowner as owner, x.* from relations r, pg_catalog.aclexplode(r.relacl) x
        union all
        select 'column ' || r.name || '.' || a.attname, r.relowner, x.* from relations r
            join pg_catalog.pg_attribute a on a.attrelid = r.oid and not a.attisdropped,
            pg_catalog.aclexplode(a.attacl) x
        union all
        select 'schema ' || s.nspname, s.nspowner, x.* from spaces s, pg_catalog.aclexplode(s.nspacl) x
        where s.nspname = 'public' or s.oid >= 16384
        union all
        select 'the database', d.datdba, x.* from pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) x
        where d.datname = pg_catalog.current_database() and x.privilege_type = 'CREATE'
    ) g
    where g.grantee <> g.owner and g.grantee <> (select oid from migrator)
        and (g.grantee in (0, (select oid from service))
            or g.privilege_type not in ('SELECT', 'USAGE', 'CONNECT', 'TEMPORARY'))
    group by g.what, g.grantee
    union all
    select 'powers of the service', pg_catalog.concat_ws(', ', case when rolsuper then 'superuser' end,
        case when rolcreatedb then 'makes databases' end, case when rolcreaterole then 'makes roles' end,
        case when rolreplication then 'replicates' end, case when rolbypassrls then 'passes row security' end)
    from service where rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls
    union all
    select 'membership of the service in ' || pg_catalog.pg_get_userbyid(m.roleid), ''
    from pg_catalog.pg_auth_members m where m.member = (select oid from service)
    union all
    select 'setting ' || pg_catalog.split_part(kept.setting, '=', 1) || ' of ' || case s.setrole
            when 0 then 'the database' else 'the service' end, pg_catalog.split_part(kept.setting, '=', 2)
    from pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) kept(setting)
    where s.setrole in (0, (select oid from service))
        and s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
        and (kept.setting = 'synchronous_commit=off' or pg_catalog.split_part(kept.setting, '=', 1) in (
            'search_path', 'session_replication_role', 'row_security', 'session_preload_libraries',
            'local_preload_libraries', 'default_transaction_read_only', 'zero_damaged_pages', 'ignore_checksum_failure',
            'ignore_system_indexes', 'allow_system_table_mods', 'transform_null_equals', 'standard_conforming_strings',
            'role', 'event_triggers'))
    union all
    select 'setting ' || v.name, pg_catalog.current_setting(v.name, true)
    from (values ('session_replication_role', 'origin'), ('zero_damaged_pages', 'off'),
        ('ignore_checksum_failure', 'off'), ('ignore_system_indexes', 'off'), ('allow_system_table_mods', 'off'),
        ('transform_null_equals', 'off')) v(name, wanted)
    where pg_catalog.current_setting(v.name, true) <> v.wanted
)
select pg_catalog.regexp_replace(name || case detail when '' then '' else ': ' || detail end, '[[:cntrl:]]+', ' ', 'g') as line
from facts
