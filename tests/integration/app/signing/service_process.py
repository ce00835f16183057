"""Serves the signing service until a signal, with settings from standard input: the process that tests kill."""

import json
import logging
import sys
from pathlib import Path
from typing import Any

from app.ndau.keys import PrivateKey, PublicKey
from app.signing.server_settings import SignerServerSettings
from app.signing.service import serve


def main() -> None:
    given = json.load(sys.stdin)
    options: dict[str, Any] = {"max_per_transaction_napu": 1_000, "max_per_day_napu": 2_500, **given["options"]}
    for name in {"certificate", "certificate_key"} & options.keys():
        options[name] = Path(options[name])
    settings = SignerServerSettings(
        host="127.0.0.1",
        port=given["port"],
        home=Path(given["home"]),
        service_key=PrivateKey.parse(given["service_key"]),
        ndau_keys=tuple(PrivateKey.parse(key) for key in given["ndau_keys"]),
        client_keys=(PublicKey.parse(given["client_key"]),),
        **options,
    )
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    serve(settings, announce=lambda line: print(line, flush=True))  # noqa: T201  the test reads it


if __name__ == "__main__":
    main()
