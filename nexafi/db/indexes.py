"""Index kinds that the two databases do not share."""

from typing import Any

from django.contrib.postgres.indexes import BrinIndex
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import Index, Model


class BlockRangeIndex(BrinIndex):
    """For a column that grows with the table (a time of recording): on PostgreSQL the range of each run of pages, which
    costs a writer next to nothing; on SQLite, which has no such thing, an ordinary index."""

    def create_sql(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Statement:
        if schema_editor.connection.vendor == "postgresql":
            return super().create_sql(model, schema_editor, using, **kwargs)
        return Index.create_sql(self, model, schema_editor, using, **kwargs)
