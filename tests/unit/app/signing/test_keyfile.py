import json
import stat
from base64 import b64encode
from pathlib import Path

import pytest

from app.domain.errors import InvalidInput
from app.ndau.algorithms import Algorithm
from app.ndau.keys import PrivateKey
from app.signing import keyfile

KEY = PrivateKey.generate()
PASSPHRASE = "correct horse battery staple"


@pytest.fixture(scope="session")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A key file's bytes; made once, since scrypt is slow on purpose."""
    path = tmp_path_factory.mktemp("keys") / "key.json"
    keyfile.create(path, KEY, PASSPHRASE)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "key.json"
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


def test_the_key_comes_back_with_its_passphrase(path: Path) -> None:
    assert str(keyfile.load(path, PASSPHRASE)) == str(KEY)


def test_the_public_key_is_readable_without_passphrase(path: Path) -> None:
    assert keyfile.public_key(path) == KEY.public_key()


def test_keys_of_the_other_algorithm_are_kept_too_under_the_same_characters_typed_differently(tmp_path: Path) -> None:
    key = PrivateKey.generate(Algorithm.SECP256K1)
    keyfile.create(tmp_path / "key.json", key, "Schlüssel-Wort")
    assert str(keyfile.load(tmp_path / "key.json", "Schlu\N{COMBINING DIAERESIS}ssel-Wort")) == str(key)


def test_a_new_file_belongs_to_its_owner_alone_and_holds_no_secret_in_the_clear(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    keyfile.create(path, KEY, PASSPHRASE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert str(KEY).encode() not in path.read_bytes()
    assert list(tmp_path.iterdir()) == [path]


def test_two_files_of_one_key_and_passphrase_share_neither_salt_nor_nonce(path: Path, tmp_path: Path) -> None:
    keyfile.create(tmp_path / "other.json", KEY, PASSPHRASE)
    one, other = json.loads(path.read_text()), json.loads((tmp_path / "other.json").read_text())
    assert one["kdf"]["salt"] != other["kdf"]["salt"]
    assert one["nonce"] != other["nonce"]


def test_a_file_that_exists_is_never_overwritten(path: Path, content: bytes) -> None:
    with pytest.raises(InvalidInput, match="exists already"):
        keyfile.create(path, PrivateKey.generate(), PASSPHRASE)
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"missing/key\.json cannot be written: No such file"):
        keyfile.create(tmp_path / "missing" / "key.json", KEY, PASSPHRASE)


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="at least 8 characters"):
        keyfile.create(tmp_path / "key.json", KEY, "1234567")
    assert not list(tmp_path.iterdir())


def test_a_wrong_passphrase_is_told_and_not_repeated(path: Path) -> None:
    with pytest.raises(InvalidInput, match="the passphrase is wrong") as complaint:
        keyfile.load(path, "my wrong passphrase")
    assert "my wrong passphrase" not in str(complaint.value)
    assert complaint.value.__cause__ is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o610])
def test_a_file_that_others_can_use_is_refused_with_the_command_that_mends_it(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(InvalidInput, match=f"mend it with: chmod 600 {path}"):
        keyfile.load(path, PASSPHRASE)
    assert keyfile.public_key(path) == KEY.public_key()


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    for read in (keyfile.public_key, lambda path: keyfile.load(path, PASSPHRASE)):
        with pytest.raises(InvalidInput, match=r"missing\.json cannot be read: No such file"):
            read(tmp_path / "missing.json")


def test_a_file_cut_anywhere_is_refused(path: Path, content: bytes) -> None:
    for length in range(0, len(content.rstrip()), 7):
        path.write_bytes(content[:length])
        with pytest.raises(InvalidInput, match="is no key file"):
            keyfile.load(path, PASSPHRASE)


def test_a_file_without_end_is_not_read_to_its_end(path: Path) -> None:
    path.write_bytes(b" " * 70_000)
    with pytest.raises(InvalidInput, match="longer than 65536 bytes"):
        keyfile.load(path, PASSPHRASE)


def change(path: Path, field: str, value: object) -> None:
    """Set a field, given by its dotted name, in a key file."""
    file = json.loads(path.read_text())
    *parents, last = field.split(".")
    part = file
    for parent in parents:
        part = part[parent]
    part[last] = value
    path.write_text(json.dumps(file))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 2),
        ("version", "1"),
        ("cipher", "none"),
        ("more", 1),
        ("nonce", "AAAA"),
        ("nonce", None),
        ("ciphertext", "?"),
        ("kdf.name", "md5"),
        ("kdf.log2_n", 63),
        ("kdf.log2_n", 1),
        ("kdf.log2_n", True),
        ("kdf.r", 2**30),
        ("kdf.p", 2**30),
        ("kdf.p", 0),
        ("kdf.salt", "AAAA"),
    ],
)
def test_an_unknown_version_and_absurd_parameters_are_refused_by_name(path: Path, field: str, value: object) -> None:
    change(path, field, value)
    with pytest.raises(InvalidInput, match=f"no key file of version 1, at {field}"):
        keyfile.load(path, PASSPHRASE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("public_key", str(PrivateKey.generate().public_key())),
        ("kdf.salt", b64encode(bytes(16)).decode()),
        ("kdf.p", 2),
        ("nonce", b64encode(bytes(12)).decode()),
        ("ciphertext", b64encode(bytes(100)).decode()),
    ],
    ids=["public key", "salt", "cost", "nonce", "ciphertext"],
)
def test_a_changed_file_cannot_be_opened(path: Path, field: str, value: object) -> None:
    change(path, field, value)
    with pytest.raises(InvalidInput, match="the file was changed"):
        keyfile.load(path, PASSPHRASE)
