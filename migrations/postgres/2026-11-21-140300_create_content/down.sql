DROP TABLE contact_messages;
DROP TABLE comments;
DROP TABLE posts;
