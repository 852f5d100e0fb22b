-- The names that other requests gave to a job that was under way already and the same that they asked for.
CREATE TABLE job_names (
    key_id TEXT NOT NULL,
    name   TEXT NOT NULL,
    job_id TEXT NOT NULL,
    PRIMARY KEY (key_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_names_by_job ON job_names (job_id);
