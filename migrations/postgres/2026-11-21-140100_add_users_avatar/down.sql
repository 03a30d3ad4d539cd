DROP INDEX users_avatar_idx;
DROP TABLE media_files;
ALTER TABLE users DROP COLUMN avatar;
