"""What a start may import: the static import rules cannot see a deferred import."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("textual", "rich", "huggingface_hub", "httpx2", "numpy", "safetensors", "difflib")
SCRIPT = """
import sys
sys.argv = ["paramtui", *{arguments!r}]
try:
    {statement}
except SystemExit:
    pass
print("\\n" + " ".join(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def imported(statement: str, *arguments: str, home: Path) -> set[str]:
    script = SCRIPT.format(statement=statement, arguments=arguments)
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "HF_HOME": str(home), "PYTHONWARNINGS": "error"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(result.stdout.splitlines()[-1].split())


SLOW = ("dataclasses", "inspect", "logging", "shutil")
"""Of Python's own: each takes longer than all that a report computes."""
RUN = "from paramtui.cli import main; assert main() == 0"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_and_version_import_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    assert imported(RUN, *arguments, home=tmp_path).isdisjoint({*HEAVY, *SLOW, "typing"})


@pytest.mark.parametrize("output", ["--json", "--plain"])
def test_a_local_report_needs_neither_screen_nor_hub(output: str, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps(
            {
                "architectures": ["LlamaForCausalLM"],
                "model_type": "llama",
                "hidden_size": 64,
                "intermediate_size": 128,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "vocab_size": 100,
                "torch_dtype": "bfloat16",
            }
        )
    )
    found = imported(RUN, str(config), output, home=tmp_path)
    assert found.isdisjoint({*HEAVY, *SLOW, "typing"})


def test_a_load_from_the_hub_imports_nothing_slow(tmp_path: Path) -> None:
    statement = "import paramtui.sources.hub.online, paramtui.sources.hub.folder"
    found = imported(statement, home=tmp_path)
    assert found.isdisjoint({*SLOW, "concurrent", "textual", "httpx2"})


def test_formats_that_a_repository_does_not_have_are_not_imported(tmp_path: Path) -> None:
    without = ("sources.hub.gguf", "sources.gguf", "sources.adapter", "sources.local")
    there = f"[name for name in {without} if 'paramtui.' + name in sys.modules]"
    imported(f"import paramtui.sources.hub.folder; assert not {there}, {there}", home=tmp_path)


def test_a_family_is_looked_for_in_no_table_behind_its_own(tmp_path: Path) -> None:
    behind = ("encoders", "hybrids", "unet")
    there = f"[n for n in {behind} if f'paramtui.checkpoint.blueprint.{{n}}' in sys.modules]"
    look = "from paramtui.checkpoint.blueprint import has_blueprint; assert has_blueprint"
    imported(f"{look}('mixtral'); assert not {there}, {there}", home=tmp_path)


@pytest.mark.parametrize(
    "package", ["paramtui", "paramtui.checkpoint", "paramtui.memory", "paramtui.reports"]
)
def test_the_pure_rooms_import_nothing_heavy(package: str, tmp_path: Path) -> None:
    assert imported(f"import {package}", home=tmp_path).isdisjoint(HEAVY)


NAMES = "import paramtui; [getattr(paramtui, name) for name in paramtui.__all__]"


def test_the_names_of_the_package_import_neither_screen_nor_hub(tmp_path: Path) -> None:
    assert imported(NAMES, home=tmp_path).isdisjoint(HEAVY)


def test_the_package_alone_imports_nothing_of_its_own(tmp_path: Path) -> None:
    found = imported(
        "import paramtui; assert not [m for m in sys.modules if m.startswith('paramtui.')]",
        home=tmp_path,
    )
    assert "paramtui" in found


def test_the_main_screen_waits_for_nothing_that_a_later_key_opens(tmp_path: Path) -> None:
    later = ("checkpoint.blueprint", "sources.catalog", "sources.hub", "tui.explain")
    there = f"[name for name in {later} if 'paramtui.' + name in sys.modules]"
    imported(f"import paramtui.tui.screens.main; assert not {there}, {there}", home=tmp_path)
