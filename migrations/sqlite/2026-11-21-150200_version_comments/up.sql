-- Counts the changes of a comment, for those who change it at the same time.
ALTER TABLE comments ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
