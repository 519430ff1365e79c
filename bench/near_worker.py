"""Near worker: the command `prorata`, whose worker may deliver to this machine.

Elsewhere it never does outside of development; here the receivers of a measurement listen.
"""

from prorata.cli.main import main
from prorata.worker import addresses, sender

if __name__ == "__main__":
    sender.dialing = lambda _: addresses.dialing("local")  # type: ignore[assignment, attr-defined]
    main()
