"""Settings: what a server is told when it starts."""

import re
from dataclasses import dataclass, field

from prorata.api.limits import Limits
from prorata.model.api_versions import API_VERSIONS
from prorata.model.errors import Refused
from prorata.worker.smtp_settings import SmtpSettings

# Fixed and printed, for development only: they open nothing but a sandbox on this machine.
DEV_SECRET_KEY = "sk_test_prorata0dev0secret0key00000"
DEV_PUBLISHABLE_KEY = "pk_test_prorata0dev0publishable0key"
DEV_ACCOUNT = "acct_1Prorata00000000"
# Addresses to listen on that nobody can connect to, and what to connect to instead.
# Of one process: more would only wait, and take memory for it.
MOST_OPEN_REQUESTS = 1_000
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


@dataclass(slots=True)
class Settings:
    """database: sqlite:///file, sqlite:// or postgresql://…; now: frozen time, seconds UTC.

    dev: keys and an account are made, the schema is created, development endpoints answer.
    """

    database: str = "sqlite:///prorata.db"
    host: str = "127.0.0.1"
    port: int = 4242
    secret_key: str = DEV_SECRET_KEY
    publishable_key: str = DEV_PUBLISHABLE_KEY
    api_version: str | None = None
    now: int | None = None
    dev: bool = True
    worker: bool = True
    gateway: str = "sandbox"
    # Who knows which taxes a sale bears; the built-in one has a table of standard rates.
    tax_engine: str = "standard"
    public_url: str | None = None
    # That secrets are encrypted with, newest first; see `server.secret_keys`.
    secret_keys: tuple[str, ...] | None = None
    limits: Limits = field(default_factory=lambda: Limits(open_requests=MOST_OPEN_REQUESTS))
    # HOST:PORT at which Prometheus reads, and what it must show there.
    metrics: str | None = None
    metrics_token: str | None = None
    # A line for each request; in production unless told otherwise.
    request_log: bool | None = None
    # How mails are sent; see `server.mail`.
    smtp: SmtpSettings | None = None

    @property
    def base_url(self) -> str:
        """Return the address that customers and pages use, without a slash at the end."""
        if self.public_url is not None:
            return self.public_url.rstrip("/")
        host = EVERYWHERE.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def check(self) -> None:
        """Raise Refused, with a sentence that says what is right, unless all of this can serve."""
        for kind, secret in (("sk", self.secret_key), ("pk", self.publishable_key)):
            if re.fullmatch(kind + "_test_[A-Za-z0-9]{24,}", secret) is None:
                name = "secret" if kind == "sk" else "publishable"
                raise Refused(
                    f"a {name} key for development is {kind}_test_ and 24 or more letters and"
                    " digits."
                )
        if self.api_version is not None and self.api_version not in API_VERSIONS:
            raise Refused(
                f"there is no API version {self.api_version or 'without a name'}; the newest is"
                f" {API_VERSIONS[-1]}."
            )
        for limit in (
            self.limits.per_second, self.limits.per_second_and_route, self.limits.open_requests,
        ):  # fmt: skip
            if limit is not None and limit < 1:
                raise Refused(f"a limit is a number from 1 on, not {limit}.")
        if self.public_url is not None and not re.match("https?://[^/]", self.public_url):
            raise Refused(
                f"not an address: {self.public_url or 'an empty text'}. Write it as"
                " https://billing.example.com."
            )
