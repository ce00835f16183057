"""What processes need from others: checks for /ready."""

from kombu import Connection
from kombu.exceptions import OperationalError

from app.domain.errors import InvalidInput, Unavailable
from app.settings.settings import Settings
from app.signing.private_file import check_private
from app.store.database import Database
from app.store.version import EXPECTED_VERSION, check_version
from app.vitals.checks import Check

_CONNECT_SECONDS = 2


def ledger_check(url: str) -> Check:
    """Return a check that the ledger can be read and is of this release's version; wrap it in `BoundedCheck`.

    It opens a connection of its own and closes it, as a worker's parent must have none open when it forks.
    """

    def check() -> str:
        database = Database(url)
        try:
            check_version(database)
        finally:
            database.close()
        return f"version {EXPECTED_VERSION}"

    return check


def broker_check(settings: Settings) -> Check:
    """Return a check that the broker lets this process in; wrap it in `BoundedCheck`."""

    def check() -> str:
        connection = Connection(settings.broker.url.get_secret_value(), connect_timeout=_CONNECT_SECONDS)
        try:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=_CONNECT_SECONDS)
        except (OperationalError, OSError) as error:
            raise Unavailable(f"the broker cannot be reached: {error}") from error
        finally:
            connection.release()
        return "it lets us in"

    return check


def key_file_check(settings: Settings) -> Check:
    """Return a check that the files are there by which this process proves to the signing service who it is."""

    def check() -> str:
        if settings.signer is None:
            raise InvalidInput("[signer] is missing in the settings; nothing can be signed")
        for path in (settings.signer.client_key_file, settings.signer.passphrase_file):
            check_private(settings.path(path))
        return "the client's key and its passphrase are there"

    return check
