-- What one author published, newest first, without a look at everybody else's posts.
CREATE INDEX posts_author_id_published_at_idx ON posts (author_id, published_at, id);
