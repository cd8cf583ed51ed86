-- What the server stores in bytes, taken apart in SQL. Written from the documents alone: protobuf.dev/programming-guides/encoding,
-- proto/cadenza/v1/*.proto, and server/rules/decision_log.h for events.decisions. Whatever these do not say is an error.
CREATE SCHEMA recount;

-- The base-128 varint that begins at `at` (from 0); `at` is then what follows it.
CREATE FUNCTION recount.varint(bytes bytea, INOUT at integer, OUT number bigint) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  part integer;
  shift integer := 0;
BEGIN
  number := 0;
  LOOP
    part := get_byte(bytes, at);
    at := at + 1;
    number := number | ((part & 127)::bigint << shift);
    EXIT WHEN part < 128;
    shift := shift + 7;
  END LOOP;
END
$$;

CREATE FUNCTION recount.unzigzag(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT ((number >> 1) & 9223372036854775807) # (-(number & 1))
$$;

-- The fields of a message in their order: `number` of a varint, `content` of anything else.
CREATE FUNCTION recount.fields(message bytea) RETURNS TABLE (field integer, number bigint, content bytea)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  at integer := 0;
  tag bigint;
  size bigint;
BEGIN
  WHILE at < length(message) LOOP
    SELECT v.at, v.number INTO at, tag FROM recount.varint(message, at) v;
    field := tag >> 3;
    number := NULL;
    content := NULL;
    IF tag & 7 = 0 THEN
      SELECT v.at, v.number INTO at, number FROM recount.varint(message, at) v;
    ELSE
      IF tag & 7 = 2 THEN
        SELECT v.at, v.number INTO at, size FROM recount.varint(message, at) v;
      ELSE
        size := CASE tag & 7 WHEN 1 THEN 8 WHEN 5 THEN 4 END;
      END IF;
      IF size IS NULL OR at + size > length(message) THEN
        RAISE EXCEPTION 'no protocol buffer';
      END IF;
      content := substring(message FROM at + 1 FOR size::integer);
      at := at + size;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;

-- One field of a message, which has it once at most; null if it is absent.
CREATE FUNCTION recount.content(message bytea, wanted integer) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT content FROM recount.fields(message) WHERE field = wanted
$$;
-- Absent is "" and 0.
CREATE FUNCTION recount.content_text(message bytea, wanted integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(convert_from(recount.content(message, wanted), 'UTF8'), '')
$$;
CREATE FUNCTION recount.content_number(message bytea, wanted integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce((SELECT number FROM recount.fields(message) WHERE field = wanted), 0)
$$;

-- Eight bytes as IEEE 754 has them, little-endian. Neither subnormal nor infinite.
CREATE FUNCTION recount.to_double(bytes bytea) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN bits = 0 THEN 0 ELSE
    CASE WHEN bits < 0 THEN -1 ELSE 1 END * ((bits & 4503599627370495) | 4503599627370496)::float8 *
    power(2::float8, ((bits >> 52) & 2047)::float8 - 1075) END
  FROM (SELECT bit_or(get_byte(bytes, i)::bigint << (8 * i)) AS bits FROM generate_series(0, 7) i) AS b
$$;

-- A property of a custom event that is a number (cadenza.v1.Value: int64_value, double_value); null if it has none of this name.
CREATE FUNCTION recount.property(event bytea, name text, OUT int_value bigint, OUT double_value float8) LANGUAGE sql IMMUTABLE AS $$
  SELECT (SELECT number FROM recount.fields(v.value) WHERE field = 3),
         recount.to_double((SELECT content FROM recount.fields(v.value) WHERE field = 4))
  FROM (SELECT recount.content(content, 2) AS value FROM recount.fields(event)
        WHERE field = 2 AND recount.content_text(content, 1) = name) AS v
$$;

-- What follows a gate's head in a decision, by server/rules/decision_log.h: 'n' a number or a time, 't' a text.
CREATE FUNCTION recount.gate_values(gate integer, passed boolean, form integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN form = 1 THEN 't'
    WHEN gate = 1 AND form = 0 THEN CASE WHEN passed THEN '' ELSE 'ntn' END
    WHEN gate = 1 AND form = 4 THEN 't'
    WHEN gate = 1 AND form IN (2, 3) THEN ''
    WHEN gate = 1 AND form = 5 THEN 'n'
    WHEN gate = 2 AND form = 0 THEN 'nn'
    WHEN gate = 2 AND form = 3 THEN ''
    WHEN gate IN (3, 4) AND form IN (0, 2) THEN ''
    WHEN gate = 5 AND form = 0 THEN 't'
    WHEN gate = 6 AND form = 0 THEN 'nnnn'
    WHEN gate = 6 AND form = 2 THEN 'n'
    WHEN gate = 7 AND form = 0 THEN 'n'
    WHEN gate = 8 AND form = 0 THEN 'tnnn'
    WHEN gate = 8 AND form = 2 THEN 't'
    WHEN gate = 9 AND form IN (0, 2) THEN 'n'
    WHEN gate = 9 AND form = 3 THEN 't'
    WHEN gate = 9 AND form = 4 THEN 'nt'
    WHEN gate = 10 AND form = 0 THEN CASE WHEN passed THEN 't' ELSE 'tnn' END
    WHEN gate = 11 AND form = 0 THEN 'nntttnn'
    WHEN gate = 11 AND form = 2 THEN ''
    WHEN gate = 12 AND form IN (0, 2) THEN 'n'
    WHEN gate = 13 AND form = 0 THEN 'n'
    WHEN gate = 13 AND form = 2 THEN 't'
  END
$$;

-- The clock that is noted in front of events.decisions; null if there are none.
CREATE FUNCTION recount.noted_clock(log bytea) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF log IS NULL OR length(log) = 0 THEN
    RETURN NULL;
  END IF;
  IF get_byte(log, 0) <> 1 THEN
    RAISE EXCEPTION 'decisions of the unknown version %', get_byte(log, 0);
  END IF;
  RETURN (SELECT recount.unzigzag(v.number) FROM recount.varint(log, 1) v);
END
$$;

-- The decisions of events.decisions in their order. gates: each gate that spoke, negative if it was not passed; forms: of each.
CREATE FUNCTION recount.decisions(log bytea)
RETURNS TABLE (place integer, outcome integer, campaign_id text, event_id text, variant_id text, gates integer[], forms integer[])
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  at integer;
  size bigint;
  past integer;  -- where the decision ends
  head integer;
  values_left text;
BEGIN
  place := 0;
  IF recount.noted_clock(log) IS NULL THEN
    RETURN;
  END IF;
  at := (recount.varint(log, 1)).at;
  WHILE at < length(log) LOOP
    past := at + 2 + get_byte(log, at) + get_byte(log, at + 1) * 256;
    outcome := get_byte(log, at + 2);
    SELECT v.at, v.number INTO at, size FROM recount.varint(log, at + 3) v;
    campaign_id := convert_from(substring(log FROM at + 1 FOR size::integer), 'UTF8');
    at := (recount.varint(log, at + size::integer)).at;  -- the revision
    SELECT v.at, v.number INTO at, size FROM recount.varint(log, at) v;
    event_id := convert_from(substring(log FROM at + 1 FOR size::integer), 'UTF8');
    at := at + size;
    gates := '{}';
    forms := '{}';
    LOOP
      head := get_byte(log, at);
      at := at + 1;
      EXIT WHEN head = 0;
      gates := gates || (head >> 1) * CASE WHEN head & 1 = 1 THEN 1 ELSE -1 END;
      forms := forms || get_byte(log, at);
      values_left := recount.gate_values(head >> 1, head & 1 = 1, get_byte(log, at));
      IF values_left IS NULL THEN
        RAISE EXCEPTION 'gate % has no form %', head >> 1, get_byte(log, at);
      END IF;
      at := at + 1;
      WHILE values_left <> '' LOOP
        SELECT v.at, v.number INTO at, size FROM recount.varint(log, at) v;
        IF left(values_left, 1) = 't' THEN
          at := at + size;
        END IF;
        values_left := substring(values_left FROM 2);
      END LOOP;
    END LOOP;
    SELECT v.at, v.number INTO at, size FROM recount.varint(log, at) v;
    variant_id := convert_from(substring(log FROM at + 1 FOR size::integer), 'UTF8');
    at := (recount.varint(log, at + size::integer)).at;  -- until when it waits
    IF at <> past THEN
      RAISE EXCEPTION 'a decision ends at % and not at %', at, past;
    END IF;
    place := place + 1;
    RETURN NEXT;
  END LOOP;
END
$$;
