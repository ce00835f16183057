from pathlib import Path

import pytest

from app.domain.errors import InvalidInput
from app.domain.money import NAPU_PER_NDAU
from app.settings.alerts import AlertSettings
from app.settings.loading import load_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEIC_HOME", str(tmp_path))
    monkeypatch.delenv("MEIC_SETTINGS", raising=False)
    load_settings.cache_clear()
    return tmp_path


def load(home: Path, text: str) -> AlertSettings:
    (home / "meic.toml").write_text(text)
    load_settings.cache_clear()
    try:
        return load_settings().alerts
    finally:
        load_settings.cache_clear()


def test_every_kind_of_target_is_read_and_known_by_its_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEIC_ALERTS__EMAIL__NIGHT__PASSWORD", "from-the-environment")
    alerts = load(
        home,
        """
        [alerts]
        low_room_ndau = "2.5"
        [alerts.slack.ops]
        url = "https://hooks.example.com/secret"
        [alerts.email.night]
        host = "mail.example.com"
        sender = "meic@example.com"
        to = ["ada@example.com"]
        [alerts.pagerduty.duty]
        routing_key = "key"
        at_least = "critical"
        [alerts.apprise.phone]
        url = "tgram://token/chat"
        """,
    )
    assert list(alerts.targets()) == ["ops", "night", "duty", "phone"]
    assert alerts.low_room_napu == 2 * NAPU_PER_NDAU + NAPU_PER_NDAU // 2
    assert alerts.email["night"].password.get_secret_value() == "from-the-environment"
    assert "secret" not in repr(alerts)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[alerts.slack.ops]\nurl = "http://hooks.example.com/SECRET"', "expected an https:// URL"),
        ('[alerts.slack.ops]\nurl = "ftp://127.0.0.1/SECRET"', "expected an https:// URL"),
        ('[alerts.slack.ops]\nurl = "https://host:SECRET/"', "expected an https:// URL"),
        ('[alerts.slack]\nurl = "SECRET"', "alerts.slack.url"),
        ('[alerts.pagerduty]\nrouting_key = "SECRET"', "alerts.pagerduty.routing_key"),
        ('[alerts.pagerduty.duty]\nrouting_key = ["SECRET"]', "alerts.pagerduty.duty.routing_key"),
        ('[alerts]\nheartbeat_url = "http://hc.example.com/SECRET"', "expected an https:// URL"),
        ('[alerts]\noff = ["exchange"]', "alerts.off.0 is 'exchange'"),
        ('[alerts]\nname = "a b"', "alerts.name is 'a b'"),
        ("[alerts]\ncheck_seconds = 0", "alerts.check_seconds is 0"),
        ('[alerts]\nlow_room_ndau = "-1"', "alerts.low_room_ndau is '-1'"),
        (
            '[alerts.slack.ops]\nurl = "https://h/SECRET"\n[alerts.apprise.ops]\nurl = "tgram://SECRET"',
            "two targets are called ops",
        ),
        (
            '[alerts.email.ops]\nhost = "mail.example.com"\nsecurity = "none"\nsender = "a@b"\nto = ["c@d"]\npassword = "SECRET"',
            'expected "starttls" or "tls"',
        ),
        (
            '[alerts.email.ops]\nhost = "m"\nsender = "a@b"\nto = ["c d@e"]\npassword = "SECRET"',
            "alerts.email.ops.to.0",
        ),
        ('[alerts.email.ops]\nhost = "m"\nsender = "a@b"\nto = ["c@d"]\npassword = ["SECRET"]', "password"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_without_secrets(home: Path, text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as error:
        load(home, text)
    assert sentence in str(error.value)
    assert "SECRET" not in str(error.value)


def test_plain_http_is_for_this_machine_only(home: Path) -> None:
    alerts = load(home, '[alerts.slack.ops]\nurl = "http://127.0.0.1:9/hook"')
    assert alerts.slack["ops"].url.get_secret_value() == "http://127.0.0.1:9/hook"
