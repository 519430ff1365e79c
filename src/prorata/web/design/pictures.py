"""Pictures: a seller's logo and icon, which its pages show to whoever sees them."""

from starlette.responses import Response

from prorata.model.errors import no_such
from prorata.model.transaction import Tx
from prorata.resources.core.account import own_account
from prorata.resources.core.file import File, content_of
from prorata.store.books import all_books
from prorata.web.design.site import Routes
from prorata.web.design.visit import Visit

# What a browser may show as a picture; it must not guess, and never run a script in one.
TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
HEADERS = {
    "cache-control": "public, max-age=3600",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}


def picture(visit: Visit) -> Response:
    """Answer /brand/{file}: only what an account shows as its logo or icon is public."""
    id = visit.parts[1]

    def read(tx: Tx) -> Response | None:
        branding = own_account(tx).settings.branding
        shown = {getattr(each, "id", each) for each in (branding.logo, branding.icon)}
        file = tx.find(File, id) if id in shown else None
        if file is None:
            return None
        content = content_of(tx, file)
        if content.media_type not in TYPES:
            return None
        return Response(content.content, media_type=content.media_type, headers=HEADERS)

    for book in visit.system.database.read(all_books):
        found = visit.system.read(book, read)
        if found is not None:
            return found
    raise no_such("file", id, param="file")


ROUTES: Routes = {("GET", "brand", "*"): picture}
