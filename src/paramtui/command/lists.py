"""What can be listed: models, precisions, GPUs."""

from __future__ import annotations

from paramtui.output import DONE, write

TYPE_CHECKING = False  # not from typing, which takes longer to import than we do
if TYPE_CHECKING:
    import argparse


def print_list(arguments: argparse.Namespace, name: str) -> int:
    """Print the list of that name."""
    write(_list(arguments, name), ascii_only=arguments.ascii)
    return DONE


def _list(arguments: argparse.Namespace, name: str) -> str:
    if name == "list_precisions":
        from paramtui.reports.lists import precision_list

        return precision_list()
    if name == "list_gpus":
        from paramtui.reports.lists import gpu_list
        from paramtui.reports.units import Units

        return gpu_list(Units(arguments.units or Units.GIB))
    from paramtui.reports.lists import model_list
    from paramtui.sources.catalog import entries

    return model_list(entries())
