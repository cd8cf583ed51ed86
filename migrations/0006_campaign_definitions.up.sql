-- Campaigns as one serialised cadenza.v1.Campaign each, and every version of them; settings and delivery rates of workspaces; the
-- decisions of inputs, and the variants of messages.

-- Protocol buffers' wire format, as far as a campaign of schema 5 needs it (protobuf.dev/programming-guides/encoding).
CREATE FUNCTION proto_varint(number bigint) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  bytes bytea := '';
BEGIN
  WHILE number > 127 LOOP
    bytes := bytes || set_byte('\x00'::bytea, 0, ((number & 127) | 128)::integer);
    number := number >> 7;
  END LOOP;
  RETURN bytes || set_byte('\x00'::bytea, 0, number::integer);
END
$$;
CREATE FUNCTION proto_bytes(field integer, content bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT proto_varint(field * 8 + 2) || proto_varint(length(content)) || content
$$;
-- Left out if it is empty.
CREATE FUNCTION proto_text(field integer, content text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN content = '' THEN '' ELSE proto_bytes(field, convert_to(content, 'UTF8')) END
$$;
CREATE FUNCTION proto_duration(field integer, micros bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT proto_bytes(field, CASE WHEN micros >= 1000000 THEN '\x08'::bytea || proto_varint(micros / 1000000) ELSE '' END ||
                            CASE WHEN micros % 1000000 > 0 THEN '\x10'::bytea || proto_varint(micros % 1000000 * 1000) ELSE '' END)
$$;

ALTER TABLE campaigns ADD COLUMN definition bytea, ADD COLUMN author text NOT NULL DEFAULT '';
COMMENT ON COLUMN campaigns.definition IS 'a serialised cadenza.v1.Campaign, without state, etag and the times that are columns';
COMMENT ON COLUMN campaigns.author IS 'who made this revision';

-- In the order of the fields' numbers, as the program writes them.
UPDATE campaigns c SET definition =
  proto_text(1, campaign_id) ||
  proto_text(2, display_name) ||
  proto_bytes(4, CASE trigger_kind
    WHEN 1 THEN proto_bytes(1, convert_to(trigger_event_name, 'UTF8'))
    WHEN 2 THEN proto_bytes(2, '')
    WHEN 3 THEN proto_bytes(3, proto_text(1, trigger_product_id))
    WHEN 4 THEN proto_bytes(4, proto_text(1, trigger_segment_id))
    WHEN 5 THEN proto_bytes(5, proto_text(1, trigger_segment_id))
    ELSE '' END) ||
  proto_text(5, condition) ||
  CASE WHEN cooldown > 0 THEN proto_duration(6, cooldown) ELSE '' END ||
  proto_bytes(7,
    proto_text(1, channel) || proto_text(2, title) || proto_text(3, body) || proto_duration(4, time_to_live) ||
    proto_text(5, CASE content_type WHEN 1 THEN 'text/html' WHEN 2 THEN 'application/json' ELSE '' END) ||
    coalesce((SELECT string_agg(proto_bytes(6, proto_text(1, l.locale) || proto_text(2, l.title) || proto_text(3, l.body)), ''
                                ORDER BY l.position)
              FROM unnest(c.locales, c.localized_titles, c.localized_bodies) WITH ORDINALITY AS l(locale, title, body, position)),
             '')) ||
  CASE WHEN delay > 0 THEN proto_duration(11, delay) ELSE '' END ||
  coalesce((SELECT string_agg(proto_text(12, n.name), '' ORDER BY n.position)
            FROM unnest(string_to_array(c.exception_event_names, E'\n')) WITH ORDINALITY AS n(name, position)), '') ||
  CASE WHEN recheck_condition <> 0 THEN '\x6801'::bytea ELSE '' END;

DROP FUNCTION proto_duration(integer, bigint);
DROP FUNCTION proto_text(integer, text);
DROP FUNCTION proto_bytes(integer, bytea);
DROP FUNCTION proto_varint(bigint);

ALTER TABLE campaigns
  ALTER COLUMN definition SET NOT NULL,
  DROP CONSTRAINT campaigns_localizations,
  DROP COLUMN display_name, DROP COLUMN trigger_kind, DROP COLUMN trigger_event_name, DROP COLUMN trigger_product_id,
  DROP COLUMN trigger_segment_id, DROP COLUMN condition, DROP COLUMN cooldown, DROP COLUMN channel, DROP COLUMN title,
  DROP COLUMN body, DROP COLUMN time_to_live, DROP COLUMN content_type, DROP COLUMN locales, DROP COLUMN localized_titles,
  DROP COLUMN localized_bodies, DROP COLUMN delay, DROP COLUMN exception_event_names, DROP COLUMN recheck_condition;

-- Each revision that a campaign has had, written in the transaction that made it. Of campaigns that are older, the one they had here.
CREATE TABLE campaign_versions (
  workspace text COLLATE "C" NOT NULL,
  campaign_id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  state smallint NOT NULL,
  create_time bigint NOT NULL,
  update_time bigint NOT NULL,
  definition bytea NOT NULL,
  author text NOT NULL,
  PRIMARY KEY (workspace, campaign_id, revision)
);
COMMENT ON COLUMN campaign_versions.create_time IS 'of the campaign';
COMMENT ON COLUMN campaign_versions.update_time IS 'of the revision';
INSERT INTO campaign_versions (workspace, campaign_id, revision, state, create_time, update_time, definition, author)
SELECT workspace, campaign_id, revision, state, create_time, update_time, definition, author FROM campaigns;

CREATE TABLE workspace_settings (
  workspace text COLLATE "C" PRIMARY KEY,
  revision bigint NOT NULL,
  definition bytea NOT NULL
);
COMMENT ON COLUMN workspace_settings.definition IS 'a serialised cadenza.v1.WorkspaceSettings, without etag';

CREATE TABLE delivery_rates (
  workspace text COLLATE "C" NOT NULL,
  campaign_id text COLLATE "C" NOT NULL,
  next bigint NOT NULL,
  PRIMARY KEY (workspace, campaign_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
COMMENT ON COLUMN delivery_rates.campaign_id IS 'empty: the rate of the workspace';
COMMENT ON COLUMN delivery_rates.next IS 'the moment up to which it has been given out';

ALTER TABLE events ADD COLUMN decisions bytea;
COMMENT ON COLUMN events.decisions IS 'what campaigns made of the input: storage/codec/decision_codec.h; null: nothing';
ALTER TABLE messages ADD COLUMN variant_id text COLLATE "C" NOT NULL DEFAULT '';
