-- +goose Up
-- A refusal can be found by its id, and by the flow that it is about: '' where
-- no file was asked for yet. Those of before have no id.
ALTER TABLE refusal ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE refusal ADD COLUMN flow TEXT NOT NULL DEFAULT '';

CREATE INDEX refusal_id ON refusal (id) WHERE id <> '';

-- +goose Down
DROP INDEX refusal_id;
ALTER TABLE refusal DROP COLUMN flow;
ALTER TABLE refusal DROP COLUMN id;
