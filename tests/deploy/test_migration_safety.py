"""A migration that breaks the running release is refused, unless it gives a reason in `contract`."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from textwrap import dedent, indent

import pytest
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader

from tools import migrations

ROOT = Path(__file__).resolve().parent.parent.parent
FIRST = """
    migrations.CreateModel(
        name="Parcel",
        fields=[
            ("id", models.BigAutoField(primary_key=True)),
            ("weight", models.IntegerField()),
            ("label", models.CharField(max_length=20)),
            ("note", models.CharField(max_length=20, null=True)),
        ],
    ),
"""
PARCEL = 'model_name="parcel"'


BEFORE, AFTER = "0001_initial", "0002_second"


def write(path: Path, operations: str, *, initial: bool = False, after: str = "", contract: str = "") -> None:
    attributes = [f"initial = {initial}", f"dependencies = [('shop', '{after}')]" if after else "dependencies = []"]
    attributes += [f"contract = {contract}"] if contract else []
    path.write_text(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        + indent("\n".join(attributes) + "\noperations = [" + dedent(operations) + "]\n", "    ")
    )


def load(path: Path) -> Migration:
    spec = spec_from_file_location(path.stem, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Migration(path.stem, "shop")


@pytest.fixture
def problems_of(tmp_path):
    """Return the problems of the second migration of an app, which has the given operations."""

    def problems(operations: str, contract: str = "") -> list[str]:
        write(tmp_path / f"{BEFORE}.py", FIRST, initial=True)
        write(tmp_path / f"{AFTER}.py", operations, after=BEFORE, contract=contract)
        loader = MigrationLoader(None)
        for name in (BEFORE, AFTER):
            migration = load(tmp_path / f"{name}.py")
            loader.graph.add_node(("shop", name), migration)
        loader.graph.add_dependency(migration, ("shop", AFTER), ("shop", BEFORE))
        return list(migrations.problems(migration, loader, migrations.mysql()))

    return problems


@pytest.fixture
def check(tmp_path):
    """Write an app whose second migration has the given operations, and check the whole project."""
    folder = tmp_path / "shop" / "migrations"
    folder.mkdir(parents=True)
    for package in (folder.parent, folder):
        (package / "__init__.py").touch()
    write(folder / f"{BEFORE}.py", FIRST, initial=True)
    (tmp_path / "shop_settings.py").write_text(
        "from tests.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'shop']\n"
    )
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "shop_settings",
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def run(operations: str, contract: str = "") -> subprocess.CompletedProcess:
        write(folder / f"{AFTER}.py", operations, after=BEFORE, contract=contract)
        command = [sys.executable, str(ROOT / "tools" / "migrations.py")]
        return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True)

    return run


ADDITIONS = {
    "a column that may be NULL": f'migrations.AddField({PARCEL}, name="x", field=models.IntegerField(null=True)),',
    "a column with a default in the database": (
        f'migrations.AddField({PARCEL}, name="x", field=models.CharField(max_length=9, default="", db_default="")),'
    ),
    "a text with a default in the database": (
        f'migrations.AddField({PARCEL}, name="x", field=models.TextField(default="", db_default="")),'
    ),
    "a table": """migrations.CreateModel(name="Label", fields=[
        ("id", models.BigAutoField(primary_key=True)),
        ("parcel", models.ForeignKey("shop.Parcel", models.CASCADE)),
    ]),""",
    "an index": f'migrations.AddIndex({PARCEL}, index=models.Index(fields=["weight"], name="by_weight")),',
    "a column that may be NULL from now on": (
        f'migrations.AlterField({PARCEL}, name="weight", field=models.IntegerField(null=True)),'
    ),
    "another help text": (
        f'migrations.AlterField({PARCEL}, name="label", field=models.CharField(max_length=20, help_text="What it says.")),'
    ),
}
BREAKING = {
    "a column that is removed": f'migrations.RemoveField({PARCEL}, name="weight"),',
    "a column that is renamed": f'migrations.RenameField({PARCEL}, old_name="weight", new_name="grams"),',
    "a table that is removed": 'migrations.DeleteModel(name="Parcel"),',
    "a table that is renamed": 'migrations.RenameModel(old_name="Parcel", new_name="Packet"),',
    "a table that gets another name": 'migrations.AlterModelTable(name="parcel", table="packets"),',
    "a column without a default in the database": (
        f'migrations.AddField({PARCEL}, name="x", field=models.IntegerField(default=0)),'
    ),
    "a column that may not be NULL any more": (
        f'migrations.AlterField({PARCEL}, name="note", field=models.CharField(max_length=20)),'
    ),
    "a narrower column": f'migrations.AlterField({PARCEL}, name="label", field=models.CharField(max_length=5)),',
    "a column of another type": f'migrations.AlterField({PARCEL}, name="label", field=models.IntegerField()),',
    "values that must differ": (
        f'migrations.AddConstraint({PARCEL}, constraint=models.UniqueConstraint(fields=["label"], name="one_label")),'
    ),
    "SQL that drops a column": 'migrations.RunSQL("ALTER TABLE shop_parcel DROP COLUMN weight"),',
    "one column with a default and one without": (
        f'migrations.AddField({PARCEL}, name="x", field=models.IntegerField(default=0)),'
        f'migrations.AddField({PARCEL}, name="y", field=models.IntegerField(default=0, db_default=0)),'
    ),
}


@pytest.mark.slow
def test_additions_pass_and_so_do_the_blogs_own_migrations(check):
    checked = check("\n".join(ADDITIONS.values()).replace('"x"', '"{}"').format("a", "b", "c"))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "posts" not in checked.stdout


@pytest.mark.slow
def test_a_migration_that_breaks_the_running_release_is_named_and_fails_the_check(check):
    checked = check(BREAKING["a column that is removed"])
    assert checked.returncode == 1
    assert "shop.0002_second: " in checked.stdout


@pytest.mark.parametrize("operation", ADDITIONS.values(), ids=ADDITIONS)
def test_an_addition_passes(problems_of, operation):
    assert problems_of(operation) == []


@pytest.mark.parametrize("operation", BREAKING.values(), ids=BREAKING)
def test_a_breaking_operation_is_refused(problems_of, operation):
    assert problems_of(operation)


def test_a_contract_migration_with_a_reason_passes(problems_of):
    assert problems_of(BREAKING["a column that is removed"], contract='"No code reads it since 1.4."') == []


@pytest.mark.parametrize("contract", ["True", '""'])
def test_a_contract_migration_without_a_reason_is_refused(problems_of, contract):
    assert problems_of(BREAKING["a column that is removed"], contract=contract)


@pytest.mark.slow
def test_an_operation_that_cannot_be_checked_is_refused(check):
    nameless = """
        migrations.AlterField(model_name="parcel", name="label", field=models.CharField(max_length=20, unique=True)),
        migrations.AlterField(model_name="parcel", name="label", field=models.CharField(max_length=20)),
    """
    checked = check(nameless)
    assert checked.returncode == 1
    assert "cannot be judged" in checked.stdout
