"""A table of families and checks after the run, for the page that shows it."""

from collections import Counter, defaultdict

import pytest

from tests.truth.software.cases import KNOWN
from tests.truth.software.cases_apart import UNKNOWN

FAMILIES = KNOWN | UNKNOWN
FOLDER = "tests/truth/software/"
MARKS = {"passed": "", "failed": "failed ", "skipped": "skipped ", "xfailed": "differs "}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many cases of each family passed each check."""
    table: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for outcome in MARKS:
        for report in terminalreporter.getreports(outcome):
            path, _, test = report.nodeid.partition("::")
            case = test.partition("[")[2]
            family = case.removesuffix("]").partition("+")[0].rstrip("-")
            if path.startswith(FOLDER) and family in FAMILIES:
                table[family][_column(path)][outcome] += 1
    columns = sorted({column for row in table.values() for column in row})
    if not columns:
        return
    terminalreporter.write_sep("=", "families and checks")
    terminalreporter.write_line(f"| family | {' | '.join(columns)} |")
    terminalreporter.write_line(f"| --- |{' --- |' * len(columns)}")
    for family, row in sorted(table.items()):
        cells = (_cell(row[column]) for column in columns)
        terminalreporter.write_line(f"| {family} | {' | '.join(cells)} |")


def _column(path: str) -> str:
    return path.rpartition("/test_")[2].removesuffix(".py")


def _cell(counts: Counter[str]) -> str:
    return ", ".join(f"{MARKS[outcome]}{count}" for outcome, count in sorted(counts.items())) or "–"
