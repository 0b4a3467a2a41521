-- +goose Up
-- An offer whose copy is about to get its name: see catalog.Preparer. The body
-- is the entry to be, and the state of its writer.
CREATE TABLE preparation (
    seq  INTEGER PRIMARY KEY,
    id   TEXT NOT NULL UNIQUE,
    body BLOB NOT NULL,
    crc  INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE preparation;
