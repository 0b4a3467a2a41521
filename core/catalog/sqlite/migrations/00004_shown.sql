-- +goose Up
-- The name under which a partner that browses finds an entry in its flow; ''
-- where it does not see it. Files at its disposal are shown from now on;
-- uploads of before this were made by protocols that do not browse.
ALTER TABLE entry ADD COLUMN shown TEXT NOT NULL DEFAULT '';

UPDATE entry SET shown = file WHERE direction = 'send' AND kind = 'file' AND role = 'server' AND superseded_by = ''
AND stage = 'T' AND step = 'H' AND coalesce(json_extract(CAST(body AS TEXT), '$.published'), 0) = 0;

CREATE INDEX entry_shown ON entry (partner, flow, shown, seq) WHERE shown <> '';

-- +goose Down
DROP INDEX entry_shown;
ALTER TABLE entry DROP COLUMN shown;
