-- A message authentication code of the rest of the row, made with the encryption keys: what keys may do, whose VMs are whose, and
-- what is done to VMs is the server's own word. V17.1, in Java, makes those of the rows that are there, once.
ALTER TABLE keys ADD COLUMN mac BLOB;
ALTER TABLE accounts ADD COLUMN mac BLOB;
ALTER TABLE account_vms ADD COLUMN mac BLOB;
ALTER TABLE jobs ADD COLUMN mac BLOB;
-- Likewise, that it was approved, when and with which key. The rest of what decides about an execution is what its command is
-- bound to.
ALTER TABLE executions ADD COLUMN approval_mac BLOB;

-- When the version was saved that it ran: a number is given again where a command was deleted.
ALTER TABLE executions ADD COLUMN saved_command_at INTEGER;
