-- Back to a column for each field of a campaign. Of every campaign, what schema 5 knows is kept. What it does not know is lost, with
-- all data: versions and authors, settings of workspaces, delivery rates, decisions, the variants of messages; and of campaigns, audience,
-- once, the active window, variants, delay_until, quiet hours, tags, priority, the delivery rate, and triggers by an attribute, a
-- subscription, the API or a schedule. An active campaign that had any of these is paused: it would send what was never asked for.

-- Reads Protocol buffers' wire format: varints, and what has a length.
CREATE FUNCTION proto_read_varint(message bytea, at integer, OUT number bigint, OUT after integer) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  shift integer := 0;
  byte integer;
BEGIN
  number := 0;
  after := at;
  LOOP
    byte := get_byte(message, after);
    number := number | ((byte & 127)::bigint << shift);
    after := after + 1;
    shift := shift + 7;
    EXIT WHEN byte < 128;
  END LOOP;
END
$$;
CREATE FUNCTION proto_fields(message bytea) RETURNS TABLE (field integer, number bigint, content bytea) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  at integer := 0;
  key bigint;
  size bigint;
BEGIN
  WHILE at < length(message) LOOP
    SELECT v.number, v.after INTO key, at FROM proto_read_varint(message, at) v;
    field := (key >> 3)::integer;
    number := 0;
    content := '';
    IF (key & 7) = 0 THEN
      SELECT v.number, v.after INTO number, at FROM proto_read_varint(message, at) v;
    ELSIF (key & 7) = 2 THEN
      SELECT v.number, v.after INTO size, at FROM proto_read_varint(message, at) v;
      content := substr(message, at + 1, size::integer);
      at := at + size::integer;
    ELSE
      RAISE EXCEPTION 'a field of wire type % is not known', key & 7;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;
CREATE FUNCTION proto_content(message bytea, wanted integer) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce((SELECT f.content FROM proto_fields(message) f WHERE f.field = wanted LIMIT 1), '')
$$;
CREATE FUNCTION proto_text(message bytea, wanted integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT convert_from(proto_content(message, wanted), 'UTF8')
$$;
CREATE FUNCTION proto_number(message bytea, wanted integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce((SELECT f.number FROM proto_fields(message) f WHERE f.field = wanted LIMIT 1), 0)
$$;
CREATE FUNCTION proto_micros(duration bytea) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT proto_number(duration, 1) * 1000000 + proto_number(duration, 2) / 1000
$$;

ALTER TABLE campaigns
  ADD COLUMN display_name text NOT NULL DEFAULT '',
  ADD COLUMN trigger_kind smallint NOT NULL DEFAULT 0,
  ADD COLUMN trigger_event_name text NOT NULL DEFAULT '',
  ADD COLUMN trigger_product_id text NOT NULL DEFAULT '',
  ADD COLUMN condition text NOT NULL DEFAULT '',
  ADD COLUMN cooldown bigint NOT NULL DEFAULT 0,
  ADD COLUMN channel text NOT NULL DEFAULT '',
  ADD COLUMN title text NOT NULL DEFAULT '',
  ADD COLUMN body text NOT NULL DEFAULT '',
  ADD COLUMN time_to_live bigint NOT NULL DEFAULT 0,
  ADD COLUMN content_type smallint NOT NULL DEFAULT 0,
  ADD COLUMN locales text[] NOT NULL DEFAULT '{}',
  ADD COLUMN localized_titles text[] NOT NULL DEFAULT '{}',
  ADD COLUMN localized_bodies text[] NOT NULL DEFAULT '{}',
  ADD COLUMN delay bigint NOT NULL DEFAULT 0,
  ADD COLUMN exception_event_names text NOT NULL DEFAULT '',
  ADD COLUMN recheck_condition smallint NOT NULL DEFAULT 0,
  ADD COLUMN trigger_segment_id text NOT NULL DEFAULT '';
COMMENT ON COLUMN campaigns.cooldown IS 'microseconds';
COMMENT ON COLUMN campaigns.time_to_live IS 'microseconds';
COMMENT ON COLUMN campaigns.content_type IS '0 text/plain, 1 text/html, 2 application/json';
COMMENT ON COLUMN campaigns.delay IS 'microseconds';
COMMENT ON COLUMN campaigns.exception_event_names IS 'one a line';

UPDATE campaigns c SET
  display_name = proto_text(definition, 2),
  trigger_kind = coalesce((SELECT f.field FROM proto_fields(t.trigger) f WHERE f.field <= 5 LIMIT 1), 0),
  trigger_event_name = proto_text(t.trigger, 1),
  trigger_product_id = proto_text(proto_content(t.trigger, 3), 1),
  trigger_segment_id = proto_text(proto_content(t.trigger, 4) || proto_content(t.trigger, 5), 1),
  condition = proto_text(definition, 5),
  cooldown = proto_micros(proto_content(definition, 6)),
  channel = proto_text(t.message, 1),
  title = proto_text(t.message, 2),
  body = proto_text(t.message, 3),
  time_to_live = proto_micros(proto_content(t.message, 4)),
  content_type = CASE proto_text(t.message, 5) WHEN 'text/html' THEN 1 WHEN 'application/json' THEN 2 ELSE 0 END,
  locales = ARRAY(SELECT proto_text(f.content, 1) FROM proto_fields(t.message) WITH ORDINALITY f(field, number, content, position)
                  WHERE f.field = 6 ORDER BY position),
  localized_titles = ARRAY(SELECT proto_text(f.content, 2)
                           FROM proto_fields(t.message) WITH ORDINALITY f(field, number, content, position)
                           WHERE f.field = 6 ORDER BY position),
  localized_bodies = ARRAY(SELECT proto_text(f.content, 3)
                           FROM proto_fields(t.message) WITH ORDINALITY f(field, number, content, position)
                           WHERE f.field = 6 ORDER BY position),
  delay = proto_micros(proto_content(definition, 11)),
  exception_event_names = coalesce((SELECT string_agg(convert_from(f.content, 'UTF8'), E'\n' ORDER BY f.position)
                                    FROM proto_fields(definition) WITH ORDINALITY f(field, number, content, position)
                                    WHERE f.field = 12), ''),
  recheck_condition = proto_number(definition, 13),
  state = CASE WHEN c.state = 2 AND
                    (EXISTS (SELECT FROM proto_fields(definition) f WHERE f.field >= 14 AND f.field <> 26) OR
                     EXISTS (SELECT FROM proto_fields(t.trigger) f WHERE f.field > 5))
               THEN 3 ELSE c.state END
FROM (SELECT workspace, campaign_id, proto_content(definition, 4) AS trigger, proto_content(definition, 7) AS message
      FROM campaigns) AS t
WHERE t.workspace = c.workspace AND t.campaign_id = c.campaign_id;

DROP FUNCTION proto_micros(bytea);
DROP FUNCTION proto_number(bytea, integer);
DROP FUNCTION proto_text(bytea, integer);
DROP FUNCTION proto_content(bytea, integer);
DROP FUNCTION proto_fields(bytea);
DROP FUNCTION proto_read_varint(bytea, integer);

ALTER TABLE campaigns
  DROP COLUMN definition, DROP COLUMN author,
  ADD CONSTRAINT campaigns_localizations CHECK (cardinality(locales) = cardinality(localized_titles) AND
                                                cardinality(locales) = cardinality(localized_bodies));
DO $$
DECLARE
  required text;
BEGIN
  -- As schema 1 made them: without a default.
  FOREACH required IN ARRAY ARRAY['display_name', 'trigger_kind', 'trigger_event_name', 'trigger_product_id', 'condition', 'cooldown',
                                  'channel', 'title', 'body', 'time_to_live'] LOOP
    EXECUTE format('ALTER TABLE campaigns ALTER COLUMN %I DROP DEFAULT', required);
  END LOOP;
END
$$;

ALTER TABLE messages DROP COLUMN variant_id;
ALTER TABLE events DROP COLUMN decisions;
DROP TABLE delivery_rates;
DROP TABLE workspace_settings;
DROP TABLE campaign_versions;
