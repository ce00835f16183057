import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.domain.errors import InvalidInput
from app.store import migrate
from app.store.columns import metadata
from app.store.database import Database
from app.store.version import EXPECTED_VERSION, check_version, current_version


def test_the_migrations_make_exactly_the_tables_that_the_code_expects(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)
    assert current_version(database) == EXPECTED_VERSION
    check_version(database)


def test_the_version_expected_is_that_of_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(migrate.configuration(None)).get_current_head() == EXPECTED_VERSION


def test_a_ledger_without_tables_is_not_worked_on(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(InvalidInput, match="run `meic db upgrade`"):
        check_version(database)
    database.close()


def test_a_ledger_of_a_newer_release_is_not_worked_on(database: Database) -> None:
    with database.write("test") as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InvalidInput, match="install the newer release"):
        check_version(database)


def test_a_database_that_cannot_be_reached_is_named() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(InvalidInput, match=r"ledger.url: the database cannot be reached"):
        current_version(database)
    database.close()


@pytest.mark.parametrize("url", ["", "ledger.db", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"ledger.url .*expected sqlite:///FILE or postgresql"):
        Database(url)
