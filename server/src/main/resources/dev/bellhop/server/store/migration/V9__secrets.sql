-- Variables of the command whose values are never shown, encrypted; NULL: none. Kept as long as its output, which they are masked in.
ALTER TABLE executions ADD COLUMN sealed_secret_env BLOB;
