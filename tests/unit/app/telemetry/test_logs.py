import json
import logging
import re
import warnings
from collections.abc import Iterator

import pytest

from app.ndau.keys import PrivateKey
from app.telemetry.correlation import about, begin, correlated, end
from app.telemetry.logs import MaskingFormatter, RoutineFilter, set_up_logging
from app.telemetry.process import name_process, process_name

CHANGED = ("", "kombu", "alembic", "tornado.access", "celery.beat", "celery.worker.strategy", "celery.app.trace")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in CHANGED]
    named = process_name()
    before = [(each, each.level, list(each.handlers), list(each.filters)) for each in loggers]
    yield
    logging.captureWarnings(capture=False)
    name_process(named)
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


def test_every_process_logs_one_json_object_a_line_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", process="polling@host")
    secret = str(PrivateKey.generate())
    logging.getLogger("app.services").info("loaded %s", secret, extra={"issuance": 7, "unknown": "left out"})
    logging.getLogger("app.services").debug("unimportant")
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    said = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said.pop("time"))
    assert said == {
        "level": "info",
        "logger": "app.services",
        "event": "loaded npvt***",
        "process": "polling",
        "issuance": 7,
    }


def test_a_task_is_named_in_its_lines_until_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")
    begin("tasks.offering.push_offers", "one", "0123abcd")
    with about(exchange="north", generation=3):
        logging.getLogger("app").info("during")
    end()
    logging.getLogger("app").info("after")
    during, after = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    expected = {
        "task": "tasks.offering.push_offers",
        "task_id": "one",
        "correlation_id": "0123abcd",
        "exchange": "north",
        "generation": 3,
    }
    assert {name: during[name] for name in expected} == expected
    assert not set(expected) & set(after)


def read_badly(secret: str) -> None:
    try:
        _ = dict[str, str]()[secret]
    except KeyError as error:
        raise ValueError("not read") from error


def test_an_exception_is_data_with_its_causes_and_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")
    secret = str(PrivateKey.generate())
    try:
        read_badly(secret)
    except ValueError:
        logging.getLogger("app").exception("failed")
    text = capsys.readouterr().err
    said = json.loads(text)
    assert [(each["type"], each["message"]) for each in said["exception"]] == [
        ("ValueError", "not read"),
        ("KeyError", "'npvt***'"),
    ]
    assert __file__ in said["exception"][0]["frames"][0]
    assert secret not in text
    assert text.count("\n") == 1


def test_for_people_there_is_text_with_the_id_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", "text")
    logging.getLogger("app.services").info("plain %s", PrivateKey.generate())
    with correlated("0123abcd"):
        logging.getLogger("app.services").info("during")
    plain, during = capsys.readouterr().err.splitlines()
    assert plain.endswith(" INFO app.services: plain npvt***")
    assert during.endswith(" INFO app.services: during [0123abcd]")


def test_words_stay_as_they_are_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")
    logging.getLogger("app").info("Zürich sold it")
    assert "Zürich sold it" in capsys.readouterr().err


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
    said = json.loads(capsys.readouterr().err)
    assert (said["level"], said["logger"]) == ("warning", "py.warnings")


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
