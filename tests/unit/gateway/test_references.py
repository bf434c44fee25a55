"""Where `file:` leads: as written, or into the folder in which a supervisor hands secrets over."""

from pathlib import Path

import pytest

from gateway.identity.login_settings import OidcSettings
from gateway.notices_settings import _followed
from gateway.references import path_of
from gateway.settings import _resolved


@pytest.mark.parametrize(
    ("said", "environment", "path"),
    [
        ("/etc/a", {"CREDENTIALS_DIRECTORY": "/run/c"}, "/etc/a"),
        ("$CREDENTIALS_DIRECTORY/a", {"CREDENTIALS_DIRECTORY": "/run/c"}, "/run/c/a"),
        ("$CREDENTIALS_DIRECTORY/a", {}, "$CREDENTIALS_DIRECTORY/a"),
        ("$HOME/a", {"HOME": "/somewhere"}, "$HOME/a"),
    ],
)
def test_only_the_folder_of_credentials_is_followed(said: str, environment: dict[str, str], path: str) -> None:
    assert path_of(said, environment) == Path(path)


def test_every_kind_of_secret_is_found_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("handed over\n", encoding="utf-8")
    handed = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    said = "file:$CREDENTIALS_DIRECTORY/a"
    assert _resolved(said, True, ValueError, handed) == "handed over"
    assert _followed("mail.password", said, handed) == "handed over"
    oidc = OidcSettings(issuer="https://id.example", address="https://okno.example", client_id="o", client_secret=said)
    assert oidc.secret(handed) == "handed over"
    with pytest.raises(ValueError):
        oidc.secret({})
