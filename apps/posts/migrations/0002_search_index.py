"""The full-text index of search documents, in each database's own way."""

from django.db import migrations

# The table is an FTS5 "external content" index over posts_searchdocument: triggers keep it, so that the services
# write one ordinary row whatever the database.
SQLITE = [
    """CREATE VIRTUAL TABLE posts_searchindex USING fts5(
        title, tags, body, content='posts_searchdocument', content_rowid='post_id', tokenize='trigram')""",
    """CREATE TRIGGER posts_searchindex_insert AFTER INSERT ON posts_searchdocument BEGIN
        INSERT INTO posts_searchindex(rowid, title, tags, body) VALUES (new.post_id, new.title, new.tags, new.body);
    END""",
    """CREATE TRIGGER posts_searchindex_delete AFTER DELETE ON posts_searchdocument BEGIN
        INSERT INTO posts_searchindex(posts_searchindex, rowid, title, tags, body)
        VALUES ('delete', old.post_id, old.title, old.tags, old.body);
    END""",
    """CREATE TRIGGER posts_searchindex_update AFTER UPDATE ON posts_searchdocument BEGIN
        INSERT INTO posts_searchindex(posts_searchindex, rowid, title, tags, body)
        VALUES ('delete', old.post_id, old.title, old.tags, old.body);
        INSERT INTO posts_searchindex(rowid, title, tags, body) VALUES (new.post_id, new.title, new.tags, new.body);
    END""",
]
SQLITE_REVERSE = [
    "DROP TRIGGER posts_searchindex_update",
    "DROP TRIGGER posts_searchindex_delete",
    "DROP TRIGGER posts_searchindex_insert",
    "DROP TABLE posts_searchindex",
]
MYSQL = [
    # Stop words are English ones, and with the ngram parser they take every “a” and “i” out of all other words too.
    # What holds when an index is made, InnoDB keeps with it.
    "SET SESSION innodb_ft_enable_stopword = OFF",
    "ALTER TABLE posts_searchdocument ADD FULLTEXT INDEX posts_search_title (title){parser}",
    "ALTER TABLE posts_searchdocument ADD FULLTEXT INDEX posts_search_text (title, tags, body){parser}",
]
MYSQL_REVERSE = [
    "ALTER TABLE posts_searchdocument DROP INDEX posts_search_text",
    "ALTER TABLE posts_searchdocument DROP INDEX posts_search_title",
]


def create_index(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor == "sqlite":
        statements = SQLITE
    else:
        # MariaDB has no ngram parser: there a search finds words, and text without spaces only as a whole.
        parser = "" if connection.mysql_is_mariadb else " WITH PARSER ngram"
        statements = [statement.format(parser=parser) for statement in MYSQL]
    for statement in statements:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    for statement in SQLITE_REVERSE if schema_editor.connection.vendor == "sqlite" else MYSQL_REVERSE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    # MySQL cannot roll DDL back, and Django refuses to run it within a transaction there.
    atomic = False

    dependencies = [("posts", "0001_initial")]

    operations = [
        migrations.RunPython(create_index, drop_index),
    ]
