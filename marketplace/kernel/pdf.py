"""Papers as PDF: A4, one Chinese font of the house, drawn lines and QR codes. Knows nothing of what is printed.

Importing this module takes some 40 MB; only a process that prints should."""

from collections.abc import Sequence
from datetime import datetime

import segno
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from fpdf.fonts import FontFace

from marketplace.kernel.lettering import FONT, printable

_FAMILY = "noto"
INK, MUTED, RED, BRONZE = (42, 37, 34), (118, 106, 96), (184, 51, 42), (122, 78, 38)
Colour = tuple[int, int, int]


class Paper:
    """One document. Lengths are millimetres, sizes points. The same content gives the same bytes: the day printed is
    given, not read from the clock."""

    def __init__(self, title: str, made_at: datetime, *, landscape: bool = False, mark: str = "") -> None:
        self.pdf = FPDF("landscape" if landscape else "portrait", "mm", "A4")
        self.pdf.set_title(printable(title))
        self.pdf.set_creator("西安扶贫超市")
        self.pdf.set_creation_date(made_at)
        self.pdf.add_font(_FAMILY, "", str(FONT))
        self.pdf.set_margins(18, 18, 18)
        self.pdf.set_auto_page_break(auto=True, margin=18)
        self._mark = printable(mark)
        self.new_page()

    def new_page(self) -> None:
        self.pdf.add_page()
        if self._mark:
            here = self.pdf.get_y()
            self.text(self._mark, size=9, colour=RED, x=18, y=8)
            self.pdf.set_y(here)

    @property
    def width(self) -> float:
        return float(self.pdf.w)

    @property
    def height(self) -> float:
        return float(self.pdf.h)

    def text(
        self,
        text: str,
        *,
        size: float = 11,
        colour: Colour = INK,
        x: float | None = None,
        y: float | None = None,
        width: float = 0,
        align: str = "L",
        line: float = 1.6,
    ) -> float:
        """Text that wraps within ``width`` (0: to the right margin); gives where it ends."""
        if y is not None:
            self.pdf.set_y(y)
        self.pdf.set_x(self.pdf.l_margin if x is None else x)
        self.pdf.set_font(_FAMILY, size=size)
        self.pdf.set_text_color(*colour)
        self.pdf.multi_cell(
            width,
            size * 0.3528 * line,
            printable(text),
            align=Align.coerce(align),
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        return float(self.pdf.get_y())

    def frame(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: Colour = INK,
        *,
        line: float = 0.3,
        dashed: bool = False,
    ) -> None:
        self.pdf.set_draw_color(*colour)
        self.pdf.set_line_width(line)
        if dashed:
            self.pdf.set_dash_pattern(dash=1.6, gap=1.2)
        self.pdf.rect(x, y, width, height)
        self.pdf.set_dash_pattern()

    def qr(self, text: str, x: float, y: float, side: float) -> None:
        """A QR code drawn as squares: sharp on paper."""
        matrix = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
        step = side / len(matrix)
        self.pdf.set_fill_color(*INK)
        for row, cells in enumerate(matrix):
            for column, dark in enumerate(cells):
                if dark:
                    self.pdf.rect(x + column * step, y + row * step, step * 1.02, step * 1.02, style="F")

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        """A ruled table over as many pages as it needs, its head on each; ``widths`` as parts of the whole."""
        self.pdf.set_font(_FAMILY, size=9)
        self.pdf.set_text_color(*INK)
        self.pdf.set_draw_color(*MUTED)
        self.pdf.set_line_width(0.15)
        with self.pdf.table(
            col_widths=tuple(widths), line_height=5.4, headings_style=FontFace(color=BRONZE), padding=(0.6, 1)
        ) as table:
            for cells in (heads, *rows):
                row = table.row()
                for cell in cells:
                    row.cell(printable(cell))

    def bytes(self) -> bytes:
        return bytes(self.pdf.output())
