from pathlib import Path

import pytest

from app.bootstrap import Coordinator
from app.console.app import create_app
from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey
from app.settings.console import ConsoleSettings
from app.settings.settings import Settings


def test_a_key_for_updates_that_is_none_stops_the_start_and_names_the_setting(empty_ledger: Path) -> None:
    for text in ("npub", "nonsense", str(PrivateKey.generate())):
        parts = Coordinator(Settings(home=empty_ledger.parent, console=ConsoleSettings(update_keys=(text,))))
        with pytest.raises(InvalidInput, match=r"console\.update_keys: the .*key") as refused:
            create_app(parts)
        assert "npvt" not in str(refused.value)
        parts.close()


def test_a_ledger_without_tables_stops_the_start(tmp_path: Path) -> None:
    parts = Coordinator(Settings(home=tmp_path))
    with pytest.raises(InvalidInput, match="run `meic db upgrade`"):
        create_app(parts)
    parts.close()
