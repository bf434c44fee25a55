"""What an installation may say of notices and of exposure."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.notices_settings import ExposureSettings, NoticesSettings
from operations.kit.notices_transport import SignedWebhook, SmtpMail

MAIL = {"host": "mail.corp.example", "sender": "okno@corp.example"}
HOOK = {"url": "https://hooks.corp.example/okno", "secret": "env:HOOK"}


def test_an_installation_that_says_nothing_tells_nobody_outside_of_the_screen() -> None:
    ways = NoticesSettings().ways({})
    assert (ways.mail, ways.webhook) == (None, None)
    assert ExposureSettings().budget().employees == 200


def test_secrets_are_followed_to_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("a password\n")
    mail = {**MAIL, "user": "okno", "password": f"file:{tmp_path}/password"}
    ways = NoticesSettings.model_validate({"mail": mail, "webhook": HOOK}).ways({"HOOK": "a secret"})
    assert isinstance(ways.mail, SmtpMail)
    assert (ways.mail.password, ways.mail.security, ways.mail.port) == ("a password", "starttls", 587)
    assert isinstance(ways.webhook, SignedWebhook)
    assert ways.webhook.secret == b"a secret"


@pytest.mark.parametrize(
    "said",
    [
        {"mail": {**MAIL, "user": "okno"}},
        {"mail": {**MAIL, "user": "okno", "password": "written out"}},
        {"mail": {**MAIL, "user": "okno", "password": "env:X", "security": "none"}},
        {"mail": {**MAIL, "sender": "nobody"}},
        {"webhook": {**HOOK, "secret": "written out"}},
        {"webhook": {**HOOK, "url": "http://hooks.corp.example/okno"}},
        {"webhook": {**HOOK, "url": "ftp://hooks.corp.example/okno"}},
        {"letters": {}},
    ],
)
def test_what_would_be_unsafe_or_means_nothing_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NoticesSettings.model_validate(said)


@pytest.mark.parametrize(
    ("secret", "environment"),
    [("env:HOOK", {}), ("file:no/such/file", {}), ("env:HOOK", {"HOOK": "whsec_not base64"})],
)
def test_a_secret_that_is_not_there_is_named_by_its_key(secret: str, environment: dict[str, str]) -> None:
    settings = NoticesSettings.model_validate({"webhook": {**HOOK, "secret": secret}})
    with pytest.raises(ValueError, match=r"notices\.webhook\.secret: expected"):
        settings.ways(environment)


@pytest.mark.parametrize("said", [{"per_hour": 0}, {"searches": -1}, {"per_day": 5}])
def test_a_budget_is_more_than_nothing(said: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        ExposureSettings.model_validate(said)
