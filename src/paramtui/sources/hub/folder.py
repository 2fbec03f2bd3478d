"""One folder of a repository: its configuration and headers, asked for side by side."""

from functools import partial

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.formats.safetensors import HeaderError
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.text import clean
from paramtui.record import replace
from paramtui.sources.background import Future, first_done, start, wait
from paramtui.sources.beside import with_choices
from paramtui.sources.config_file import ADAPTER_CONFIG, CONFIG, parse_config
from paramtui.sources.described import describe
from paramtui.sources.errors import (
    AccessDenied,
    BadConfig,
    Cancelled,
    NoSafetensors,
    NotAModel,
)
from paramtui.sources.gguf_files import (
    GgufChoice,
    choose_gguf,
    is_gguf,
    labelled_gguf,
    named_gguf,
)
from paramtui.sources.hub.answer import from_response
from paramtui.sources.hub.arriving import Arriving
from paramtui.sources.hub.asking import MAIN, Asking
from paramtui.sources.hub.errors import FileNotThere, explain
from paramtui.sources.hub.headers import Headers, read_headers_of
from paramtui.sources.hub.info import RepoInfo
from paramtui.sources.hub.telling import Telling
from paramtui.sources.parts import by_folder, only_folder
from paramtui.sources.several import settled, together
from paramtui.sources.weight_files import SUFFIX, WeightSet, choose, formats, is_adapter

PROMPT = 1.5
"""Seconds the answer with all headers has before the files are read meanwhile."""


class FolderReading:
    """A folder being read; `read` may raise errors of ours, the client's or the Hub's."""

    def __init__(self, asking: Asking, *, part: bool = False) -> None:
        self.asking = asking
        self.reference = asking.reference
        self.session = asking.session
        self.prefix = asking.prefix
        self.warnings: list[str] = []
        self.part = part
        """Whether it is only a part of what is being opened."""
        self.lasting = True
        """False when another try might read more."""

    def read(self, info: RepoInfo) -> Checkpoint:
        """The model of the folder, its warnings included, without what the load cost."""
        named = self.reference.file or ""
        if named not in info.sizes and any(path.startswith(f"{named}/") for path in info.sizes):
            # Only the repository tells a file from a folder whose name has a point in it.
            return self._inside(info, named.removeprefix(self.prefix), ModelConfig(), None)
        found = self._read(info)
        return replace(found, warnings=(*self.warnings, *found.warnings))

    def _read(self, info: RepoInfo) -> Checkpoint:
        sizes = self.files(info)
        named = self.reference.file
        chosen = choose(sizes, named.removeprefix(self.prefix) if named else None)
        if self._names_adapter() or (chosen is None and any(map(is_adapter, sizes))):
            from paramtui.sources.hub.adapter import load_adapter

            return load_adapter(self.session, info, self.prefix, sizes)
        gguf = self._gguf(info, sizes, chosen)
        if gguf is not None:
            from paramtui.sources.hub.gguf import load_gguf

            return load_gguf(self.session, info, gguf)
        if chosen is None:
            return self._without_weights(info, sizes)
        headers = self._headers(info, chosen if named else together(sizes, chosen))
        self.lasting = self.lasting and headers.lasting
        found = Checkpoint(
            info.id,
            headers.tensors,
            self._config(sizes),
            "hub",
            shards=headers.shards,
            warnings=headers.warnings,
        )
        if named:
            return found
        where = f"hf://{info.id}{self._at}/{self.prefix}"
        whole = settled(found, sizes, chosen, where)
        if self.part:
            return whole
        inside = by_folder(info.sizes, self.prefix)
        return with_choices(whole, {"": chosen}, inside, lambda path: (where + path).rstrip("/"))

    @property
    def _at(self) -> str:
        return f"@{self.reference.revision}" if self.reference.revision else ""

    def _names_adapter(self) -> bool:
        name = (self.reference.file or "").removeprefix(self.prefix)
        return is_adapter(name) or name == ADAPTER_CONFIG

    def files(self, info: RepoInfo) -> dict[str, int | None]:
        """The files of the folder that was asked for, by their names in it."""
        inside = len(self.prefix)
        found = {
            path[inside:]: size
            for path, size in info.sizes.items()
            if path.startswith(self.prefix) and "/" not in path[inside:]
        }
        if self.prefix and not found:
            raise NotAModel(f"{info.id} has no folder {self.reference.folder}")
        if self.reference.file and self.reference.file not in info.sizes:
            raise FileNotThere(
                f"{info.id} has no file {self.reference.file}",
                f"its files: {self.session.endpoint}/{info.id}/tree/{self.asking.revision}",
            )
        return found

    def _gguf(
        self, info: RepoInfo, sizes: dict[str, int | None], chosen: WeightSet | None
    ) -> GgufChoice | None:
        """The GGUF model that is meant: one that was named, or when there is nothing better."""
        named = self.reference.file
        if named is not None and is_gguf(named):
            return named_gguf(info.sizes, named)
        if self.reference.label:
            return labelled_gguf(info.sizes, self.reference.label)
        inside = {path: size for path, size in info.sizes.items() if path.startswith(self.prefix)}
        described = CONFIG in sizes and "PyTorch .bin" in formats(sizes)
        return None if chosen is not None or described else choose_gguf(inside)

    def _config(self, sizes: dict[str, int | None]) -> ModelConfig:
        """The configuration; one that cannot be read only costs a warning."""
        if CONFIG not in sizes:
            return ModelConfig()
        try:
            return parse_config(wait(self.asking.config, self.session.watch))
        except (AccessDenied, Cancelled):
            raise
        except Exception as error:
            told = explain(error, self.reference, self.session.endpoint)
            if isinstance(told, AccessDenied):
                raise told from None
            told_by_file = isinstance(told, BadConfig)
            self.lasting = self.lasting and told_by_file
            reason = told if told_by_file else f"{CONFIG} could not be read: {told}"
            self.warnings.append(f"{reason}; the tensors are shown without it")
            return ModelConfig()

    def _outline(self) -> tuple[TensorInfo, ...]:
        """What the configuration says the files hold; nothing where it does not tell."""
        from paramtui.checkpoint.blueprint import outline

        try:
            if first_done((self.asking.config,), self.session.watch, PROMPT) is None:
                return ()
            return outline(parse_config(self.asking.config.result()))
        except Cancelled:
            raise
        except Exception:  # of the config, the network or the family: said where it is needed
            return ()

    def _headers(self, info: RepoInfo, chosen: WeightSet) -> Headers:
        read = partial(read_headers_of, self.session, info, self.prefix, chosen, self._outline)
        # What is there of a part is not yet a branch of the whole.
        read = partial(read, telling=Telling(None if self.part else self.session.watch.preview))
        if self.asking.revision != MAIN or chosen.index is None:
            return read()
        arriving = self.asking.headers(chosen.index)
        # An answer that is slow races the files themselves.
        reading = None if arriving.wait(self.session.watch, PROMPT) else start(read)
        first = first_done((arriving.answer, reading), self.session.watch) if reading else None
        if reading and first == 1 and reading.exception() is None:
            return reading.result()
        found = self._from_answer(info, chosen, arriving)
        if found is not None:
            return found
        return read() if reading is None else wait(reading, self.session.watch)

    def _from_answer(self, info: RepoInfo, chosen: WeightSet, arriving: Arriving) -> Headers | None:
        """The headers in one answer; None when it failed or does not fit the description."""
        try:
            data = wait(arriving.answer, self.session.watch)
            return from_response(data, info, self.prefix, chosen.files, arriving.headers)
        except HeaderError:
            return None
        except Exception as error:
            told = explain(error, self.reference, self.session.endpoint)
            if isinstance(told, (AccessDenied, Cancelled)):
                raise told from None
            return None

    def _inside(
        self, info: RepoInfo, folder: str, known: ModelConfig, notice: str | None
    ) -> Checkpoint:
        """The model in a folder of this one, `known` being the configuration outside of it."""
        description: Future[RepoInfo] = Future()
        description.set_result(info)
        reference = replace(self.reference, folder=self.prefix + folder, file=None)
        asking = Asking(reference, self.session, self.asking.cache)
        asking.begin(description, guess=False)
        reading = FolderReading(asking, part=self.part)
        found = reading.read(info)
        self.lasting = self.lasting and reading.lasting
        return replace(
            found,
            config=found.config if found.config.root else known,
            notice=notice or found.notice,
        )

    def _without_weights(self, info: RepoInfo, sizes: dict[str, int | None]) -> Checkpoint:
        """A repository without safetensors: from its configuration, where that suffices."""
        others = formats(sizes)
        missing = f"{info.id} has no safetensors files"
        known = self._config(sizes)
        if only := only_folder(by_folder(info.sizes, self.prefix)):
            return self._inside(info, only, known, f"the weights are in {clean(only)}/")
        if known.model_type:
            return describe(info.id, known, sizes, self.prefix)
        if others:
            raise NoSafetensors(missing, f"it has {', '.join(others)}")
        folders = sorted({path.rpartition("/")[0] for path in info.sizes if path.endswith(SUFFIX)})
        parts = ", ".join(folder for folder in folders[:8] if folder)
        hint = f"its parts open one by one, as hf://{info.id}/FOLDER: {parts}" if parts else None
        raise NotAModel(missing, hint)
