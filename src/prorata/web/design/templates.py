"""Templates: the pages' HTML, one environment for each room and language."""

from functools import lru_cache
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket

from prorata.web.design.assets import asset
from prorata.web.design.languages import KEPT, Language, choose, menu
from prorata.web.design.modules import imported


def render(template: str, language: Language, **context: Any) -> str:
    """Return a template as text. In it stand `_`, `count_`, `amount`, `date`, `every`, `asset`."""
    room = template.partition("/")[0]
    return _environment(language.tag, room).get_template(template).render(context)


def prepare(room: str) -> None:
    """Compile the templates of a room, so that the first page shown has not to wait for it."""
    environment = _environment(choose([]).tag, room)
    for name in environment.list_templates(filter_func=lambda name: name.startswith(f"{room}/")):
        environment.get_template(name)


class _Compiled(BytecodeCache):
    """Templates are compiled once, for all languages."""

    def __init__(self) -> None:
        self._codes: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key] = bucket.code


_COMPILED = _Compiled()


@lru_cache(KEPT)
def _environment(tag: str, room: str) -> Environment:
    language = choose([tag]).of(room)
    environment = Environment(
        loader=PackageLoader("prorata.web"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False, bytecode_cache=_COMPILED,
    )  # fmt: skip
    environment.globals.update(
        _=language.text, count_=language.count_text, amount=language.amount, asset=asset,
        date=language.date, every=language.every, imported=imported,
        language=language, menu=menu, moment=language.moment, number=language.number,
        percent=language.percent,
    )  # fmt: skip
    return environment
