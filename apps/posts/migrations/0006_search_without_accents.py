"""The full-text index of SQLite has texts without case and accents. Other databases ignore these by their collation.

The triggers call a function that each process registers (`apps.posts.folding`). The table has the folded texts itself:
an "external content" index, as before, would be corrupted if the function folded a text differently after an upgrade.
"""

from importlib import import_module

from django.db import migrations

SQLITE = [
    "CREATE VIRTUAL TABLE posts_searchindex USING fts5(title, tags, body, tokenize='trigram')",
    """INSERT INTO posts_searchindex(rowid, title, tags, body)
        SELECT post_id, broadsheet_folded(title), broadsheet_folded(tags), broadsheet_folded(body)
        FROM posts_searchdocument ORDER BY post_id""",
    """CREATE TRIGGER posts_searchindex_insert AFTER INSERT ON posts_searchdocument BEGIN
        INSERT INTO posts_searchindex(rowid, title, tags, body) VALUES (
            new.post_id, broadsheet_folded(new.title), broadsheet_folded(new.tags), broadsheet_folded(new.body));
    END""",
    """CREATE TRIGGER posts_searchindex_delete AFTER DELETE ON posts_searchdocument BEGIN
        DELETE FROM posts_searchindex WHERE rowid = old.post_id;
    END""",
    """CREATE TRIGGER posts_searchindex_update AFTER UPDATE ON posts_searchdocument BEGIN
        DELETE FROM posts_searchindex WHERE rowid = old.post_id;
        INSERT INTO posts_searchindex(rowid, title, tags, body) VALUES (
            new.post_id, broadsheet_folded(new.title), broadsheet_folded(new.tags), broadsheet_folded(new.body));
    END""",
]
FORMER = import_module("apps.posts.migrations.0002_search_index")
REFILL = "INSERT INTO posts_searchindex(posts_searchindex) VALUES ('rebuild')"


def fold_index(apps, schema_editor):
    _run(schema_editor, [*FORMER.SQLITE_REVERSE, *SQLITE])


def restore_index(apps, schema_editor):
    _run(schema_editor, [*FORMER.SQLITE_REVERSE, *FORMER.SQLITE, REFILL])


def _run(schema_editor, statements):
    if schema_editor.connection.vendor == "sqlite":
        for statement in statements:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("posts", "0005_source_of_imported_posts")]

    operations = [migrations.RunPython(fold_index, restore_index)]
