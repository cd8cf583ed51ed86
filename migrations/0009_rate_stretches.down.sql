ALTER TABLE delivery_rates ADD COLUMN next bigint;
UPDATE delivery_rates SET next = bounds[array_upper(bounds, 1)];
ALTER TABLE delivery_rates ALTER COLUMN next SET NOT NULL, DROP COLUMN revision, DROP COLUMN bounds;
COMMENT ON COLUMN delivery_rates.next IS 'the moment up to which it has been given out';
