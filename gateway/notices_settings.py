"""Notices' settings: the ways by which people are told outside of the screen, and how much operators may look at."""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from gateway.references import path_of
from operations.kit.budget import Budget
from operations.kit.notices_ports import Ways
from operations.kit.notices_transport import SignedWebhook, SmtpMail, secret_of
from sources.kit.yaml_file import Strict

Reference = Annotated[str, Field(pattern=r"^(env|file):.+")]
"""A secret stands elsewhere: `env:NAME` or `file:PATH`."""


class MailSettings(Strict):
    """The SMTP server that letters go through. `security` none is for a server on this machine or a closed network."""

    host: str = Field(min_length=1)
    port: int = Field(default=587, gt=0, lt=65_536)
    sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: Reference | None = None

    @model_validator(mode="after")
    def _user_and_password_go_together(self) -> "MailSettings":
        if (self.user is None) != (self.password is None):
            raise ValueError("expected both user and password, or neither")
        if self.password is not None and self.security == "none":
            raise ValueError("expected security starttls or tls where a password is sent")
        return self


class WebhookSettings(Strict):
    """The address that messages are posted to, and the secret that they are signed with."""

    url: str
    secret: Reference

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.fragment:
            raise ValueError("expected https://… without user and fragment")
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("expected https://…, or http:// on this machine's own address")
        return url


class NoticesSettings(Strict):
    """How people are told. `code_key` is the file that callers' codes are made from, beside the trail's keys without it."""

    mail: MailSettings | None = None
    webhook: WebhookSettings | None = None
    code_key: str | None = None

    def ways(self, environment: Mapping[str, str]) -> Ways:
        """The ways out. Raises: ValueError that names the key at fault."""
        mail, webhook = None, None
        if self.mail is not None:
            said = self.mail
            password = None if said.password is None else _followed("mail.password", said.password, environment)
            mail = SmtpMail(said.host, said.port, said.sender, said.security, said.user, password)
        if self.webhook is not None:
            secret = _followed("webhook.secret", self.webhook.secret, environment)
            try:
                webhook = SignedWebhook(self.webhook.url, secret_of(secret))
            except ValueError:
                raise ValueError("notices.webhook.secret: expected Base64 after whsec_") from None
        return Ways(mail, webhook)


class ExposureSettings(Strict):
    """How much an operator may look at within an hour: different employees, and searches."""

    per_hour: int = Field(default=200, gt=0)
    searches: int = Field(default=600, gt=0)

    def budget(self) -> Budget:
        """The same, as it is counted by."""
        return Budget(self.per_hour, self.searches)


def _followed(key: str, reference: str, environment: Mapping[str, str]) -> str:
    """What a reference leads to. Raises: ValueError."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        if not environment.get(name):
            raise ValueError(f"notices.{key}: expected the environment variable {name} to be set")
        return environment[name]
    try:
        found = path_of(name, environment).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as problem:  # ValueError: not UTF-8, or no path at all
        raise ValueError(f"notices.{key}: expected a readable file ({type(problem).__name__})") from None
    if not found:
        raise ValueError(f"notices.{key}: expected a file that is not empty")
    return found
