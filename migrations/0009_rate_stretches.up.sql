-- A delivery rate is given out in stretches with gaps between them: a place far ahead takes nothing from those before it, and what a process leaves
-- unused can be given back.
ALTER TABLE delivery_rates ADD COLUMN revision bigint NOT NULL DEFAULT 1, ADD COLUMN bounds bigint[];
UPDATE delivery_rates SET bounds = ARRAY[next];
ALTER TABLE delivery_rates ALTER COLUMN bounds SET NOT NULL, DROP COLUMN next;
COMMENT ON COLUMN delivery_rates.revision IS 'raised with every change, so that who changes it knows what he changes';
COMMENT ON COLUMN delivery_rates.bounds IS 'in microseconds, ascending: where free time begins, ends, begins, …; after the last everything is free';
