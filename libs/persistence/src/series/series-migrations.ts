import type { Migration } from '../migrate.js';

/**
 * What series tables need in a schema: a register of them, and functions of the owner that let the run-time role have
 * partitions made and dropped, which are the owner's rights, on registered tables only.
 */
export const persistenceMigrations: Migration[] = [
  {
    name: 'persistence-0001-series',
    up: `
CREATE TABLE series_table (
  name text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('hypertable', 'partitions')),
  time_column text NOT NULL,
  time_type text NOT NULL CHECK (time_type IN ('timestamptz', 'date')),
  chunk_days integer,
  chunk_months integer,
  CHECK ((chunk_days IS NULL) <> (chunk_months IS NULL))
);
DO $$ BEGIN
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON series_table FROM %I', current_schema() || '_app');
END $$;

-- Bounds of the chunk that a moment falls in: days counted from Monday 2000-01-03, months from 1970-01.
CREATE FUNCTION series_chunk(chunk_days integer, chunk_months integer, moment timestamptz,
                             OUT lower timestamptz, OUT upper timestamptz)
LANGUAGE plpgsql IMMUTABLE SET timezone = 'UTC' AS $$
DECLARE
  step integer;
BEGIN
  IF chunk_days IS NOT NULL THEN
    lower := date_bin(make_interval(days => chunk_days), moment, '2000-01-03T00:00:00Z'::timestamptz);
    upper := lower + make_interval(days => chunk_days);
  ELSE
    step := floor(((extract(year FROM moment) - 1970) * 12 + extract(month FROM moment) - 1) / chunk_months)::integer;
    lower := '1970-01-01T00:00:00Z'::timestamptz + make_interval(months => step * chunk_months);
    upper := lower + make_interval(months => chunk_months);
  END IF;
END $$;

-- Makes the partitions that cover a range; answers the range that is covered now. Attaching a ready table keeps readers
-- and writers of the other partitions going.
CREATE FUNCTION series_ensure(series text, from_time timestamptz, to_time timestamptz,
                              OUT lower timestamptz, OUT upper timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET timezone = 'UTC' SET search_path FROM CURRENT AS $$
DECLARE
  definition series_table%ROWTYPE;
  bound record;
  partition text;
BEGIN
  SELECT * INTO definition FROM series_table WHERE name = series;
  IF NOT FOUND THEN RAISE EXCEPTION 'no series table %', series USING ERRCODE = 'undefined_table'; END IF;
  IF definition.kind = 'hypertable' THEN
    lower := '-infinity'; upper := 'infinity';
    RETURN;
  END IF;
  SELECT * INTO bound FROM series_chunk(definition.chunk_days, definition.chunk_months, from_time);
  lower := bound.lower;
  LOOP
    partition := format('%s_p%s', series, to_char(bound.lower, 'YYYYMMDD'));
    IF to_regclass(quote_ident(partition)) IS NULL THEN
      PERFORM pg_advisory_xact_lock(hashtext('series:' || current_schema()), hashtext(series));
      -- Asked of the table itself: the name cache does not see what was committed while we waited for the lock.
      IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = partition AND relnamespace = current_schema()::regnamespace) THEN
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING IDENTITY)', partition, series);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', series, partition,
          CASE definition.time_type WHEN 'date' THEN bound.lower::date::text ELSE bound.lower::text END,
          CASE definition.time_type WHEN 'date' THEN bound.upper::date::text ELSE bound.upper::text END);
      END IF;
    END IF;
    upper := bound.upper;
    EXIT WHEN bound.upper > to_time;
    SELECT * INTO bound FROM series_chunk(definition.chunk_days, definition.chunk_months, bound.upper);
  END LOOP;
END $$;

-- Drops what lies wholly before a moment; answers how many partitions or chunks went.
CREATE FUNCTION series_drop_before(series text, moment timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET timezone = 'UTC' SET search_path FROM CURRENT AS $$
DECLARE
  definition series_table%ROWTYPE;
  child record;
  bound record;
  dropped integer := 0;
BEGIN
  SELECT * INTO definition FROM series_table WHERE name = series;
  IF NOT FOUND THEN RAISE EXCEPTION 'no series table %', series USING ERRCODE = 'undefined_table'; END IF;
  IF definition.kind = 'hypertable' THEN
    EXECUTE format('SELECT count(*) FROM public.drop_chunks(%L::regclass, older_than => %L::timestamptz)', series, moment)
      INTO dropped;
    RETURN dropped;
  END IF;
  FOR child IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = quote_ident(series)::regclass LOOP
    SELECT * INTO bound FROM series_chunk(definition.chunk_days, definition.chunk_months,
      to_timestamp(right(child.relname, 8), 'YYYYMMDD'));
    IF bound.upper <= moment THEN
      EXECUTE format('DROP TABLE %I', child.relname);
      dropped := dropped + 1;
    END IF;
  END LOOP;
  RETURN dropped;
END $$;
REVOKE ALL ON FUNCTION series_ensure(text, timestamptz, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION series_drop_before(text, timestamptz) FROM PUBLIC;
`,
  },
  {
    name: 'persistence-0002-upkeep',
    up: `
ALTER TABLE series_table ADD COLUMN keep_days integer CHECK (keep_days > 0);

-- Makes the partitions of the coming two days, so that no writer has to at midnight.
CREATE FUNCTION series_ahead(moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET timezone = 'UTC' SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM series_ensure(name, moment, moment + interval '2 days') FROM series_table WHERE kind = 'partitions' ORDER BY name;
END $$;

-- Drops what is older than its series is kept; answers how many partitions or chunks went. Dropping locks the series: who
-- cannot have it soon gives up until the next time, and holds up no writer.
CREATE FUNCTION series_retain(moment timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET timezone = 'UTC' SET lock_timeout = '2s' SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('series-retain'), hashtext(current_schema())) THEN RETURN 0; END IF;
  RETURN (SELECT coalesce(sum(series_drop_before(name, moment - make_interval(days => keep_days))), 0)
            FROM series_table WHERE keep_days IS NOT NULL);
END $$;
REVOKE ALL ON FUNCTION series_ahead(timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION series_retain(timestamptz) FROM PUBLIC;

-- What may go is said in the register, and no longer by the run-time role.
DO $$ BEGIN
  EXECUTE format('REVOKE ALL ON FUNCTION series_drop_before(text, timestamptz) FROM PUBLIC, %I', current_schema() || '_app');
END $$;
`,
  },
];
