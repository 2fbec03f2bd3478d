"""Drawn: the base of every widget here: lines of named styles, one strip at a time."""

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import TRANSPARENT
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip

from paramtui.checkpoint.text import clean
from paramtui.tui.glyphs import to_ascii
from paramtui.tui.line import Line, Span
from paramtui.tui.styles import STYLES
from paramtui.tui.widgets.plain_lines import PlainLines

PENS = {f"line--{name}" for name in STYLES}
"""The styles as component classes of the app: resolved once, not for every widget."""
PEN_RULES = "\n".join(
    [
        *(f".line--{name} {{ {rule} }}" for name, rule in STYLES.items()),
        "App:ansi .line--dim, App:ansi .line--faint { text-style: dim; }",
        "App:nocolor .line--cursor { text-style: reverse; }",
    ]
)


class Drawn(ScrollView):
    """Draws lines; text from files is made safe and, in ASCII mode, ASCII at this one place."""

    DEFAULT_CSS = "Drawn { overflow-x: hidden; }"
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._styles_cache = PlainLines(filtered=True)
        self._pens: dict[tuple[str, str], Style] = {}
        """The styles on the widget's background, those of another theme or focus another dict."""
        self._cells = self._width = 0
        """Cells of a line and of the widget while it is drawn."""

    def notify_style_update(self) -> None:
        """Forget the resolved styles: the theme or the focus has changed."""
        self._pens = {}
        super().notify_style_update()

    @property
    def cells(self) -> int:
        """Cells a line may take: the scrollbar has its own."""
        return self.scrollable_content_region.width

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines in sight."""
        self._cells, self._width = self.cells, self.size.width
        return super().render_lines(crop)

    def strip(self, line: Line, ground: str = "") -> Strip:
        """A line on the background of the style `ground`, cut or filled to the width."""
        cells, width = self._cells, self._width
        ascii_only = self.has_class("-ascii") or self.app.has_class("-ascii")
        segments: list[Segment] = []
        room = cells
        for text, pen in self._runs((*line, Span(" " * cells)), ground):
            text = clean(text)
            taken = cell_len(text)
            if taken > room:
                text, taken = set_cell_size(text, room), room
            room -= taken
            segments.append(Segment(to_ascii(text) if ascii_only else text, pen))
            if room <= 0:
                break
        if width > cells:
            segments.append(Segment(" " * (width - cells), self._pen("", "")))
        return Strip(segments, width)

    def _runs(self, line: Line, ground: str) -> list[tuple[str, Style]]:
        """A line as few texts with their pens: each change takes about 30 bytes on the wire.

        Blanks show no ink, so they go with what stands beside them.
        """
        runs: list[tuple[str, Style]] = []
        for text, style in line:
            pen = self._pen(style, ground)
            if runs and (merged := _merged(runs[-1], (text, pen))):
                runs[-1] = merged
            elif text:
                runs.append((text, pen))
        return runs

    def _pen(self, style: str, ground: str) -> Style:
        pen = self._pens.get((style, ground))
        if pen is None:
            base = self._component(ground) if ground else self.rich_style
            # A cursor with a colour of its own is the contrast its theme chose: it wins.
            plain = not style or ground == "cursor"
            over = self._component(style) if style else Style()
            ink = Style(
                color=None if plain else over.color,
                bold=over.bold,
                underline=over.underline,
                dim=over.dim if not plain else None,
            )
            pen = self._filtered(base + ink)
            # Those that look the same are one, and told apart at a glance.
            pen = next((one for one in self._pens.values() if one == pen), pen)
            self._pens[style, ground] = pen
        return pen

    def _filtered(self, pen: Style) -> Style:
        """The pen as the app lets it through, such as without colours: asked once, not by line."""
        segments = [Segment(" ", pen)]
        for each in self.get_line_filters():
            segments = each.apply(segments, self.background_colors[1])
        return segments[0].style or Style()

    def _component(self, name: str) -> Style:
        """A style laid over what this widget has without it."""
        rules = self.app.get_component_styles(f"line--{name}")
        ground = self.background_colors[1] + rules.background
        color = ground.get_contrast_text(rules.color.a) if rules.auto_color else rules.color
        own = Style.from_color(
            (ground + color).rich_color if rules.has_rule("color") else None,
            ground.rich_color if ground != TRANSPARENT else None,
        )
        return self.rich_style + rules.text_style + own


def _merged(one: tuple[str, Style], other: tuple[str, Style]) -> tuple[str, Style] | None:
    """Two texts as one where that looks the same."""
    (before, first), (after, second) = one, other
    if first is second or (after.isspace() and not first.underline):
        return before + after, first
    if before.isspace() and not second.underline:
        return before + after, second
    return None
