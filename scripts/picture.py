"""Picture: plays the demo's story on a fresh server and draws what it prints.

`python scripts/picture.py` writes docs/images/story.svg. Nothing is made up: it is the timeline of
`prorata demo`, with each list of events cut to one line.
"""

import io
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

import stripe
from rich.console import Console
from rich.padding import Padding
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from prorata.cli.receiver import Receiver
from prorata.cli.serving import start_dev
from prorata.cli.stories.pay_up_front import PayUpFront
from prorata.cli.timeline import Timeline
from prorata.server.settings import Settings

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "story.svg"
COLUMNS = 94
MARGIN = 32
LINE_HEIGHT = 24
THEME = TerminalTheme(
    background=(17, 19, 28),
    foreground=(226, 229, 240),
    normal=[
        (17, 19, 28), (255, 123, 134), (95, 211, 158), (245, 200, 110),
        (122, 162, 255), (190, 150, 255), (110, 205, 230), (226, 229, 240),
    ],
)  # fmt: skip
# The terminal's accent is made for any background; on this dark one it is drawn lighter.
LIGHTER = {"#635bff": "#9d97ff"}
DRAWING = """\
<svg viewBox="{terminal_width} {terminal_height}" xmlns="http://www.w3.org/2000/svg" role="img"
     aria-label="The demo in a terminal: a customer subscribes, renews for a year, upgrades, fails
     to pay, recovers and cancels; each step shows what was called, charged and sent.">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono",
    "Liberation Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ display: none }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
<rect width="100%" height="100%" rx="14" fill="#11131c"/>
<g transform="translate(INNER)"
   clip-path="url(#{unique_id}-clip-terminal)">
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Drawn(Timeline):
    """A timeline whose lists of events take one line each."""

    def events(self, types: Iterable[str]) -> None:
        """Show the first events that arrived, and how many more kinds there were."""
        told = list(dict.fromkeys(types))
        ours = [each for each in told if not each.startswith("test_helpers.")]
        line, shown = "⚡", 0
        for each in ours:
            if len(f"{line}  {each}  + 99 more") > COLUMNS - 4:
                break
            line, shown = f"{line}{'  ' if shown else ' '}{each}", shown + 1
        rest = len(told) - shown
        if shown:
            more = f"  + {rest} more" if rest else ""
            self.console.print(Padding(Text(line + more, style="dim"), (0, 0, 0, 4)))


def draw() -> str:
    """Play the story and return it as SVG."""
    console = Console(
        file=io.StringIO(), record=True, width=COLUMNS, highlight=False,
        force_terminal=True, color_system="truecolor",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(database=f"sqlite:///{place}/story.db", port=0)
        server, receiver = start_dev(settings), Receiver()
        client = stripe.StripeClient(
            settings.secret_key, base_addresses={"api": settings.base_url}
        )
        try:
            PayUpFront(client, receiver, Drawn(console)).play()
        finally:
            receiver.close()
            server.stop()
    drawn = console.export_svg(theme=THEME, code_format=DRAWING, unique_id="story")
    for accent, lighter in LIGHTER.items():
        drawn = drawn.replace(accent, lighter)
    drawn = re.sub(r'viewBox="(\S+) (\S+)"', _framed, drawn, count=1)
    # The story begins with an empty line, which stands above the margin.
    drawn = drawn.replace("INNER", f"{MARGIN}, {MARGIN - LINE_HEIGHT}")
    return "\n".join(line.rstrip() for line in drawn.splitlines() if line.strip()) + "\n"


def _framed(size: re.Match[str]) -> str:
    width, height = (float(each) for each in size.groups())
    return f'viewBox="0 0 {width + 2 * MARGIN:g} {height + 2 * MARGIN - LINE_HEIGHT:g}"'


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw())
