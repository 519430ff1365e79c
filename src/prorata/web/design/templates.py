"""Templates: the pages' HTML, one environment for each room and language."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from prorata.web.design.assets import asset
from prorata.web.design.languages import Language, choose, menu


def render(template: str, language: Language, **context: Any) -> str:
    """Return a template as text. In it stand `_`, `count_`, `amount`, `date`, `every`, `asset`."""
    room = template.partition("/")[0]
    return _environment(language.tag, room).get_template(template).render(context)


@cache
def _environment(tag: str, room: str) -> Environment:
    language = choose([tag]).of(room)
    environment = Environment(
        loader=PackageLoader("prorata.web"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    environment.globals.update(
        _=language.text, count_=language.count_text, amount=language.amount, asset=asset,
        date=language.date, every=language.every, language=language, menu=menu,
        moment=language.moment, number=language.number, percent=language.percent,
    )  # fmt: skip
    return environment
