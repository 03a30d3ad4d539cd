DROP INDEX contact_messages_handled_idx;
DROP TABLE states;
