"""How the terminal draws a table."""

from collections.abc import Sequence

from rich import box
from rich.table import Table


def plain_table(title: str, *columns: str, numbers: Sequence[str] = ()) -> Table:
    """Shape: `numbers` are the columns that are aligned to the right."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", no_wrap=True)
    return table
