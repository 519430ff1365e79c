"""Routes: the addresses of checkout's pages."""

from prorata.web.checkout.pages import embedded, hosted, parts, recovered
from prorata.web.design.site import Routes

ROUTES: Routes = {
    ("GET", "c", "pay", "*"): hosted,
    ("GET", "c", "pay", "*", "parts"): parts,
    ("GET", "c", "embed", "*"): embedded,
    ("GET", "c", "embed", "*", "parts"): parts,
    ("GET", "c", "recover", "*"): recovered,
}
