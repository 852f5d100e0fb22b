-- Until when somebody can approve it, where it needs that before it is started; when that was done, and with which key.
ALTER TABLE executions ADD COLUMN approval_expires_at INTEGER;
ALTER TABLE executions ADD COLUMN approved_at INTEGER;
ALTER TABLE executions ADD COLUMN approved_by TEXT;
