-- Raised by whatever must void what was mailed before: a new password, a new address. A mailed token carries the number it
-- was made under, so that one statement decides whether it is still good.
ALTER TABLE users ADD COLUMN token_epoch BIGINT NOT NULL DEFAULT 0;
