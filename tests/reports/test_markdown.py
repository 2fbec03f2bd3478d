"""The Markdown report, read by a parser that knows nothing of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from paramtui.memory.scenario import Mode
from paramtui.reports.markdown import code, escape, markdown
from paramtui.reports.units import Units
from tests.reports.small_reports import mixture, named

PARSER = MarkdownIt("commonmark").enable("table").enable("strikethrough")
HOSTILE = "a|b`c`*d*_e_[f](http://g)<b>~~h~~&amp;\\|"


def tables(text: str) -> list[list[list[str]]]:
    """Every table's rows of cells, as a reader sees them."""
    found: list[list[list[str]]] = []
    inside = False
    for token in PARSER.parse(text):
        if token.type in ("table_open", "table_close"):
            inside = token.type == "table_open"
            found += [[]] if inside else []
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and inside:
            found[-1][-1].append(seen(token))
    return found


def seen(token: Token) -> str:
    return "".join(child.content for child in token.children or [])


def kinds(text: str) -> set[str]:
    """What the text makes besides itself."""
    return {
        child.type
        for token in PARSER.parse(text)
        for child in token.children or []
        if child.type not in ("text", "text_special")
    }


def test_the_figures_are_those_of_the_report() -> None:
    report = mixture(with_tree=True, mode=Mode.LORA, context=128)
    shown = tables(markdown(report))
    facts, parameters, memory, lora, compute, modules = shown
    assert ["architecture", "MixtralForCausalLM"] in facts
    assert parameters[:1] == [["part", "parameters", "share"]]
    counts = [int(row[1].replace(",", "")) for row in parameters[1:]]
    assert sum(counts) == report.summary.total
    assert [row[0] for row in memory[1:]] == [
        *("weights", "adapter", "gradients", "optimizer", "activations", "logits", "overhead"),
        *("peak", "total"),
    ]
    assert ["q_proj", "64", "64", "3"] in lora
    assert [row[0] for row in compute[1:]] == ["compute"]
    assert report.tree
    assert len(modules) == sum(1 for _ in report.tree.walk())
    assert modules[1][0] == "model"


def test_every_figure_has_its_unit_and_its_explanation() -> None:
    report = mixture(mode=Mode.QLORA, context=128)
    text = markdown(report, Units.GB)
    assert "GiB" not in text
    memory = tables(text)[2]
    assert all(row[2].endswith(" GB") for row in memory[1:])
    listed = [line for line in text.splitlines() if line.startswith("- **")]
    assert len(listed) == len(list(report.explanations))
    assert any("÷ experts" in line and "active parameters" in line for line in listed)


def test_without_lora_and_tree_there_is_no_such_table() -> None:
    assert len(tables(markdown(mixture(context=128)))) == 4


def test_hostile_names_stay_names() -> None:
    name = f"model.{HOSTILE}.weight"
    report = named({name: (3, 4), "x" * 300 + ".weight": (2,)})
    modules = tables(markdown(report))[-1]
    width = {len(row) for row in modules}
    assert width == {7}
    assert any(HOSTILE in row[0] for row in modules)


@given(st.text(max_size=40))
def test_escaped_text_is_text(text: str) -> None:
    shown = f"- {escape(text)}" if text.strip() else "- x"
    assert kinds(shown) == set()
    types = [token.type for token in PARSER.parse(shown) if token.nesting == 1]
    assert types == ["bullet_list_open", "list_item_open", "paragraph_open"]


@given(st.text(alphabet="a`|\\ *", max_size=12))
def test_code_in_a_cell_is_itself(text: str) -> None:
    rows = tables(f"| a | b |\n| --- | --- |\n| {code(text)} | end |")[0]
    assert len(rows[1]) == 2
    assert rows[1][1] == "end"
    assert rows[1][0].strip() == text.strip()


@pytest.mark.parametrize("text", ["1. a", "- a", "# a", "+ a", "=", "---", "12) b", "> q"])
def test_nothing_begins_a_block(text: str) -> None:
    types = [token.type for token in PARSER.parse(escape(text)) if token.nesting == 1]
    assert types == ["paragraph_open"]
