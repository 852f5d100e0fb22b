-- Which boot of its guest there was before it was asked to start it. NULL: not known, or no supervisor was asked for.
ALTER TABLE executions ADD COLUMN asked_boot TEXT;
