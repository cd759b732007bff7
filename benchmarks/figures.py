"""The figures of one run: what was wanted of them, and how they are written down."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).resolve().parents[1] / "README.md"
MARKED = re.compile("<!-- bench -->.*<!-- /bench -->", re.DOTALL)
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Target:
    """What is wanted of a figure. Shape: `at_least` or, where false, at most `value`."""

    value: float
    at_least: bool = False

    def is_met(self, figure: float) -> bool:
        return figure >= self.value if self.at_least else figure <= self.value

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.value:g}"


TARGETS: Mapping[str, Target] = {
    "landing_vs_copy": Target(0.90, at_least=True),
    "landing_2_connections_vs_copy": Target(1.3, at_least=True),
    "landing_chart_vs_sql": Target(0.80, at_least=True),
    "whole_way_vs_copy": Target(0.28, at_least=True),
    "landing_vs_copy_pg15": Target(0.80, at_least=True),
    "whole_way_vs_copy_pg15": Target(0.20, at_least=True),
    "whole_way_vs_pyairbyte": Target(6, at_least=True),
    "whole_way_vs_dlt": Target(2.5, at_least=True),
    "whole_way_vs_sling": Target(1.2, at_least=True),
    "whole_way_vs_target_postgres": Target(8, at_least=True),
    "scd2_second_load_vs_dlt": Target(8, at_least=True),
    "unchanged_vs_first_load": Target(3, at_least=True),
    "navigate_vs_update": Target(1.7, at_least=True),
    "navigate_wal_vs_update": Target(0.4),
    "faker_overhead": Target(0.20),
    "source_postgres_vs_psql_copy": Target(0.6, at_least=True),
    "source_postgres_rss_mb": Target(200),
    "rss_mb_100k": Target(350),
    "rss_mb_1m": Target(350),
    "rss_mb_5m": Target(350),
    "rss_mb_narrow": Target(350),
    "rss_mb_500_fields": Target(350),
    "rss_mb_detector": Target(600),
    "cli_help_s": Target(0.5),
    "api_start_s": Target(3),
    "job_start_s": Target(1),
    "queue_overlaps": Target(0),
    "recovery_s": Target(6 + 3 + 5),
    "serve_idle_share": Target(0.02),
    "passport_ms_10m": Target(50),
    "api_job_get_per_cpu_s": Target(1_300, at_least=True),
    "api_list_per_cpu_s": Target(1_000, at_least=True),
    # the two above on the machine that they were set for, where bare FastAPI gave 2,600
    "api_job_get_vs_bare": Target(0.5, at_least=True),
    "api_list_vs_bare": Target(0.385, at_least=True),
    "api_p99_ms_beside_sync": Target(50),
}


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """The median over the turns of what one was in a turn over what the other was."""
    return round(median(a / b for a, b in zip(of, to, strict=True)), 3)


def table(figures: Figures) -> str:
    """All figures as Markdown, those with a target first."""
    lines = ["| figure | measured | target | |", "| --- | ---: | --- | --- |"]
    for name, target in TARGETS.items():
        if name in figures:
            verdict = "met" if target.is_met(figures[name]) else "**missed**"
            lines.append(f"| `{name}` | {figures[name]:g} | {target} | {verdict} |")
    rest = (name for name in figures if name not in TARGETS)
    lines += [f"| `{name}` | {figures[name]:g} | | |" for name in rest]
    return "\n".join(lines) + "\n"


def in_readme(figures: Figures) -> str:
    """What of a run stands in the README, between its two marks: the figures that have a target."""
    return (
        f"<!-- bench -->\n{table({n: figures[n] for n in TARGETS if n in figures})}<!-- /bench -->"
    )


def write(figures: Figures, name: str, command: str) -> Path:
    """Write a run down as JSON, one flat object, and as a table; the table's path. `latest` is in the README too."""
    RESULTS.mkdir(exist_ok=True)
    if name == "latest":
        text = README.read_text("utf-8")
        README.write_text(MARKED.sub(lambda _: in_readme(figures), text), "utf-8")
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
    page = RESULTS / f"{name}.md"
    page.write_text(f"# What `{command}` measured\n\n{table(figures)}")
    return page
