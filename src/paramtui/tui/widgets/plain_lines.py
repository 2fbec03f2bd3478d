"""PlainLines: what a widget has drawn, kept until it is dirty."""

from textual._styles_cache import StylesCache
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class PlainLines(StylesCache):
    """Lines as their widget draws them.

    Textual looks up fifteen styles for every widget of a frame and every line of a widget, to put
    borders, padding, tints and opacity around. Here a few have a border, and none has the others.
    """

    def __init__(self, *, filtered: bool = False) -> None:
        super().__init__()
        self._filtered = filtered
        """Whether the lines come as the app's filters leave them."""

    def render_widget(self, widget: Widget, crop: Region) -> list[Strip]:
        """The lines in sight; only those that are dirty are drawn."""
        if crop.size != widget.outer_size or widget.styles.gutter:
            return super().render_widget(widget, crop)
        if crop.width != self._width:
            self.clear()
            self._width = crop.width
        lines, rows = self._cache, crop.line_range
        dirty = [y for y in rows if y in self._dirty_lines or y not in lines]
        if dirty:
            background = widget.background_colors[1]
            filters = () if self._filtered else widget.get_line_filters()
            for y in dirty:
                strip = widget.render_line(y)
                for each in filters:
                    strip = strip.apply_filter(each, background)
                lines[y] = strip
            self._dirty_lines.difference_update(rows)
        return [lines[y] for y in rows]
