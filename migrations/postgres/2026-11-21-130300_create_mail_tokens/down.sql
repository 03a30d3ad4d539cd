DROP TABLE email_ways_back;
DROP TABLE mail_tokens;
