"""Routes: the addresses of checkout's pages."""

from prorata.web.checkout.links import button, link
from prorata.web.checkout.pages import embedded, hosted, parts, picture, recovered
from prorata.web.checkout.scripts import buy_button, pricing_table
from prorata.web.checkout.tables import table
from prorata.web.design.site import Routes

ROUTES: Routes = {
    ("GET", "c", "pay", "*"): hosted,
    ("GET", "c", "pay", "*", "parts"): parts,
    ("GET", "c", "embed", "*"): embedded,
    ("GET", "c", "embed", "*", "parts"): parts,
    ("GET", "c", "picture", "*", "*"): picture,
    ("GET", "c", "recover", "*"): recovered,
    ("GET", "pay", "*"): link,
    ("GET", "buy", "*"): button,
    ("GET", "pricing", "*"): table,
    ("GET", "pricing-table.js"): pricing_table,
    ("GET", "v3", "pricing-table.js"): pricing_table,
    ("GET", "buy-button.js"): buy_button,
    ("GET", "v3", "buy-button.js"): buy_button,
}
