-- When the server read it from the guest, in milliseconds since 1970, UTC; bytes are bound to it. NULL: it was stored before this
-- was kept. It stands behind the bytes, since a column before them would have all output written anew.
ALTER TABLE output ADD COLUMN read_at INTEGER;
