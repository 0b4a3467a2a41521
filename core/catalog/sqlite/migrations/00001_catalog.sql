-- +goose Up
-- A row is its body: JSON with everything, sealed by crc (CRC-32C). The
-- other columns repeat what is searched for; they are always written together
-- with it. Times are microseconds since 1970.
CREATE TABLE entry (
    seq           INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    kind          TEXT NOT NULL,
    direction     TEXT NOT NULL,
    role          TEXT NOT NULL,
    partner       TEXT NOT NULL,
    flow          TEXT NOT NULL,
    file          TEXT NOT NULL,
    stage         TEXT NOT NULL,
    step          TEXT NOT NULL,
    status        TEXT NOT NULL,
    priority      INTEGER NOT NULL,
    number        INTEGER NOT NULL,
    holds         INTEGER NOT NULL,   -- 1: the number is not free
    key_direction TEXT NOT NULL,      -- '': it has no restart key
    key_type      INTEGER NOT NULL,
    key_name      TEXT NOT NULL,
    key_number    INTEGER NOT NULL,
    key_origin    TEXT NOT NULL,
    key_dest      TEXT NOT NULL,
    superseded_by TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    owner         TEXT NOT NULL,      -- node that runs it, or ''
    fence         INTEGER NOT NULL,   -- grows each time it is taken
    lease_until   INTEGER NOT NULL,   -- 0: as long as the node lives
    body          BLOB NOT NULL,
    crc           INTEGER NOT NULL,
    before        BLOB,               -- body before a grant that has not begun
    before_crc    INTEGER
) STRICT;

CREATE INDEX entry_held ON entry (partner, priority, seq) WHERE status = 'available';
CREATE INDEX entry_running ON entry (seq) WHERE status = 'running';
CREATE INDEX entry_number ON entry (partner, number) WHERE holds = 1;
CREATE INDEX entry_key ON entry (partner, key_name, key_number);
CREATE INDEX entry_superseded ON entry (superseded_by) WHERE superseded_by <> '';
CREATE INDEX entry_partner ON entry (partner, seq);
CREATE INDEX entry_flow ON entry (flow, seq);
CREATE INDEX entry_status ON entry (status, seq);
CREATE INDEX entry_age ON entry (status, updated_at);
CREATE INDEX entry_done_age ON entry (flow, updated_at) WHERE status = 'done';
CREATE INDEX entry_created ON entry (created_at);

-- The last durable point and those ahead of it: written at each sync point,
-- apart from the entry so that a checkpoint rewrites little.
CREATE TABLE progress (
    seq  INTEGER PRIMARY KEY REFERENCES entry (seq) ON DELETE CASCADE,
    body BLOB NOT NULL,
    crc  INTEGER NOT NULL
) STRICT;

CREATE TABLE number (
    partner TEXT PRIMARY KEY,
    last    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    seq    INTEGER PRIMARY KEY,
    id     TEXT NOT NULL UNIQUE,
    entry  INTEGER NOT NULL REFERENCES entry (seq) ON DELETE CASCADE,
    due_at INTEGER,                   -- null: parked
    body   BLOB NOT NULL,
    crc    INTEGER NOT NULL
) STRICT;

CREATE INDEX event_due ON event (due_at, seq) WHERE due_at IS NOT NULL;
CREATE INDEX event_entry ON event (entry);

CREATE TABLE refusal (
    seq     INTEGER PRIMARY KEY,
    time    INTEGER NOT NULL,
    print   BLOB NOT NULL,            -- equal for refusals that count as equal
    phase   TEXT NOT NULL,
    code    TEXT NOT NULL,
    partner TEXT NOT NULL,
    body    BLOB NOT NULL,
    crc     INTEGER NOT NULL
) STRICT;

CREATE INDEX refusal_print ON refusal (print, time);
CREATE INDEX refusal_time ON refusal (time);
CREATE INDEX refusal_partner ON refusal (partner, seq);
CREATE INDEX refusal_code ON refusal (code, seq);

CREATE TABLE partner (
    name TEXT PRIMARY KEY,
    body BLOB NOT NULL,
    crc  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- id: what catalog.id beside the database must repeat.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE meta;
DROP TABLE partner;
DROP TABLE refusal;
DROP TABLE event;
DROP TABLE number;
DROP TABLE progress;
DROP TABLE entry;
