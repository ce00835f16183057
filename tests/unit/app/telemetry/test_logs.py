import logging
import warnings
from collections.abc import Iterator

import pytest

from app.ndau.keys import PrivateKey
from app.telemetry.logs import MaskingFormatter, RoutineFilter, set_up_logging

CHANGED = ("", "kombu", "alembic", "tornado.access", "celery.beat", "celery.worker.strategy", "celery.app.trace")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in CHANGED]
    before = [(each, each.level, list(each.handlers), list(each.filters)) for each in loggers]
    yield
    logging.captureWarnings(capture=False)
    for logger, level, handlers, filters in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.filters[:] = filters


def record(message: str, *arguments: object, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("test", level, __file__, 1, message, arguments, None)


def test_a_private_key_is_masked_in_a_message_and_in_its_arguments() -> None:
    secret = str(PrivateKey.generate())
    formatter = MaskingFormatter("%(message)s")
    assert formatter.format(record(f"loaded {secret}!")) == "loaded npvt***!"
    assert formatter.format(record("loaded %s from %r", secret, {"key": secret})) == (
        "loaded npvt*** from {'key': 'npvt***'}"
    )


def test_a_private_key_is_masked_in_a_traceback() -> None:
    secret = str(PrivateKey.generate())
    failed = record("failed", level=logging.ERROR)
    error = ValueError(secret)
    failed.exc_info = type(error), error, None
    text = MaskingFormatter("%(message)s").format(failed)
    assert secret not in text
    assert "ValueError: npvt***" in text


def test_a_public_key_stays_readable() -> None:
    public = str(PrivateKey.generate().public_key())
    assert MaskingFormatter("%(message)s").format(record("the signer holds %s", public)).endswith(public)


@pytest.mark.parametrize(
    ("message", "level", "is_kept"),
    [
        ("Task %(name)s[%(id)s] received", logging.INFO, False),
        ("Task %(name)s[%(id)s] succeeded in %(runtime)ss", logging.INFO, False),
        ("Task %(name)s[%(id)s] raised unexpected", logging.ERROR, True),
        ("Task %(name)s received something it cannot read", logging.WARNING, True),
        ("Task %(name)s was retried", logging.INFO, True),
    ],
)
def test_only_what_is_routine_is_dropped(message: str, level: int, is_kept: bool) -> None:
    assert RoutineFilter().filter(record(message, level=level)) is is_kept


def test_every_process_logs_one_line_a_record_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")
    secret = str(PrivateKey.generate())
    logging.getLogger("app.services").info("loaded %s", secret)
    logging.getLogger("app.services").debug("unimportant")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.endswith(" INFO app.services: loaded npvt***\n")
    assert printed.err.count("\n") == 1


def test_setting_up_twice_prints_nothing_twice(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")
    set_up_logging("INFO")
    logging.getLogger("app").info("once")
    assert capsys.readouterr().err.count("once") == 1


def test_warnings_of_python_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("soon gone", stacklevel=1)
    assert "WARNING py.warnings" in capsys.readouterr().err


def test_libraries_say_only_what_concerns_us(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")
    for name in ("kombu", "alembic", "tornado.access", "celery.beat"):
        logging.getLogger(name).info("of no interest")
        logging.getLogger(name).warning("of interest")
    logging.getLogger("celery.app.trace").info("Task %s succeeded in %s", "poll", 1)
    printed = capsys.readouterr().err
    assert (printed.count("of interest"), printed.count("of no interest"), printed.count("poll")) == (4, 0, 0)


def test_a_higher_level_silences_libraries_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("ERROR")
    logging.getLogger("kombu").warning("of interest")
    assert capsys.readouterr().err == ""
