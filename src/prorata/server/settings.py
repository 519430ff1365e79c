"""Settings: what a server is told when it starts."""

from dataclasses import dataclass

# Fixed and printed, for development only: they open nothing but a sandbox on this machine.
DEV_SECRET_KEY = "sk_test_prorata0dev0secret0key00000"
DEV_PUBLISHABLE_KEY = "pk_test_prorata0dev0publishable0key"
DEV_ACCOUNT = "acct_1Prorata00000000"


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
    public_url: str | None = None

    @property
    def base_url(self) -> str:
        """Return the address that customers and pages use, without a slash at the end."""
        if self.public_url is not None:
            return self.public_url.rstrip("/")
        return f"http://{self.host}:{self.port}"
