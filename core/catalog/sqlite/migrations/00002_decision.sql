-- +goose Up
-- What exits and operators have decided about an entry: a row for each
-- transition that added some, so that no transition rewrites the earlier ones.
-- Entries of before bear theirs in their body until their next transition.
CREATE TABLE decision (
    seq   INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES entry (seq) ON DELETE CASCADE,
    first INTEGER NOT NULL,           -- how many came before
    body  BLOB NOT NULL,
    crc   INTEGER NOT NULL
) STRICT;

CREATE INDEX decision_entry ON decision (entry, first);

-- +goose Down
DROP TABLE decision;
