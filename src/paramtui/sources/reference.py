"""What the user typed -> which checkpoint is meant."""

import re
from enum import Enum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from paramtui.checkpoint.text import clean
from paramtui.record import Record, replace
from paramtui.sources.errors import BadReference, FileMissing, NotAModel

HUB = "https://huggingface.co"
HUB_HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co")


class LocalKind(Enum):
    """What a local path is."""

    FOLDER = "folder"
    WEIGHTS = "safetensors file"
    INDEX = "index file"
    CONFIG = "configuration file"


class LocalReference(Record):
    """A path on this machine."""

    path: Path
    kind: LocalKind


class HubReference(Record):
    """A repository on the Hub, or a part of one."""

    id: str
    revision: str | None = None
    folder: str = ""
    """The folder of the repository to look in; empty for its root."""
    file: str | None = None
    """The path of the file that was named, when one was."""
    label: str = ""
    """The quantisation that was named, as llama.cpp and Ollama do: `org/name:Q4_K_M`."""


Reference = LocalReference | HubReference


def parse_reference(text: str, revision: str | None = None, endpoint: str = HUB) -> Reference:
    """`text` as typed or pasted -> the checkpoint it means; a path that exists wins.

    `revision` is the option of that name, `endpoint` the address of the Hub in use.
    """
    text = _unquoted(text.strip())
    if not text or clean(text) != text:
        raise BadReference("that is not the name of a model", _FORMS)
    if text.partition("/")[0].lower() in HUB_HOSTS:
        text = f"https://{text}"
    if text.startswith("git@hf.co:"):
        text = f"{HUB}/{text.partition(':')[2]}"
    if "://" in text:
        return _with_revision(parse_url(text, endpoint), revision)
    local = find_local(text)
    if local is not None:
        if revision is not None:
            raise BadReference(f"{text} is a local path and has no revisions")
        return local
    if text.partition("/")[0] in _KINDS and "/" in text:
        raise _no_model(text, text.partition("/")[0])
    if text.count("/") == 2 and text.endswith("/") and _is_id(text[:-1]):
        text = text[:-1]  # as a shell completes it
    if _is_path(text):
        raise FileMissing(f"no such file or folder: {text}", _inside(text) or _path_hint(text))
    return _with_revision(parse_id(text), revision)


def find_local(text: str) -> LocalReference | None:
    """The local file or folder `text` names; None when there is none."""
    try:
        path = Path(text).expanduser()
        if path.is_dir():
            return LocalReference(path, LocalKind.FOLDER)
        if path.is_file():
            return LocalReference(path, _kind(path.name))
        exists = path.exists()
    except (OSError, RuntimeError, ValueError):
        return None
    if exists:
        raise NotAModel(f"{text} is neither a file nor a folder")
    return None


def folder_of(reference: Reference) -> Path | None:
    """The folder of this machine that a reference points into; None for one on the Hub."""
    if isinstance(reference, HubReference):
        return None
    return reference.path if reference.kind is LocalKind.FOLDER else reference.path.parent


def parse_id(text: str) -> HubReference:
    """`org/name`, `name`, either with `@revision` or with `:LABEL`."""
    name, at, revision = text.partition("@")
    if (labelled := re.fullmatch(_LABELLED, name)) and not at:
        return HubReference(labelled[1], label=labelled[2])
    if not _is_id(name):
        raise BadReference(f"{text} is not the name of a model", _inside(text) or _FORMS)
    if at and not re.fullmatch(_REVISION, revision):
        raise BadReference(f"{text} does not name a revision after the @", _FORMS)
    return HubReference(name, revision or None)


def parse_url(text: str, endpoint: str = HUB) -> HubReference:
    """`https://<hub>/org/name[/tree/REV][/blob/REV/FILE]` or `hf://org/name[@REV][/FILE]`."""
    try:
        parts, home = urlsplit(text), urlsplit(endpoint)
        host = (parts.hostname or "").lower()
        ours = {*HUB_HOSTS, (home.hostname or "").lower()}
    except ValueError:
        raise BadReference(f"{text} is not an address", _FORMS) from None
    if parts.scheme == "hf":
        return _hf(text.partition("://")[2].strip("/"), text)
    if parts.scheme not in ("http", "https") or host not in ours:
        hint = f"if there is a Hub at {host}: HF_ENDPOINT=https://{host}" if host else _FORMS
        raise BadReference(f"{text} is not an address on the Hub", hint)
    path = parts.path
    if host not in HUB_HOSTS and path.startswith(f"{home.path.rstrip('/')}/"):
        path = path[len(home.path.rstrip("/")) :]  # a mirror that is not at the root of its host
    segments = [unquote(segment) for segment in path.split("/") if segment]
    if segments[:2] == ["api", "models"]:
        segments = segments[2:]
    if segments[:1] == ["api"] and len(segments) > 1:
        segments = segments[1:]
    if segments and segments[0] in _KINDS and len(segments) > 1:
        raise _no_model(text, segments[0])
    if not segments or re.fullmatch(_PAGES, segments[0]):
        raise BadReference(f"{text} is not the address of a model", _ADDRESS)
    return _segments(segments, text)


_LABELLED = r"(?a)([\w-][\w.-]{0,95}/\w[\w.-]{0,95}):([A-Za-z0-9_.-]{1,40})"


def _is_id(name: str) -> bool:
    return bool(re.fullmatch(_ID, name)) and not re.search(r"--|\.\.|\.git$", name)


def _inside(text: str) -> str | None:
    """How to name a part of a repository, where that may have been meant."""
    *name, part = text.split("/", 2)
    if len(name) < 2 or not _is_id("/".join(name)) or not is_safe_name(part):
        return None
    return f"hf://{text} names a part of the repository {'/'.join(name)}"


def _no_model(text: str, kind: str) -> BadReference:
    """The error for the address of something else on the Hub."""
    return BadReference(f"{text} is {_KINDS[kind]}, not a model", f"a model is {HUB}/org/name")


def _unquoted(text: str) -> str:
    """Without the quotes or brackets that came along from where it was copied."""
    if len(text) > 1 and text[0] + text[-1] in ('""', "''", "``", "<>"):
        return text[1:-1].strip()
    return text


def check_endpoint(endpoint: str) -> str:
    """The address of the Hub in use; raises BadReference when HF_ENDPOINT is none."""
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadReference(f"HF_ENDPOINT is not the address of a Hub: {endpoint}", f"such as {HUB}")
    return endpoint


def _segments(segments: list[str], text: str) -> HubReference:
    segments[:2] = [name.removesuffix(".git") for name in segments[:2]]
    for position in (1, 2):
        if len(segments) > position + 1 and segments[position] in _VIEWS:
            found = parse_id("/".join(segments[:position]))
            rest = segments[position + 1 :]
            width = 3 if rest[0] == "refs" and len(rest) >= 3 else 1
            revision, path = "/".join(rest[:width]), "/".join(rest[width:])
            return _located(found.id, revision, path, segments[position] == "tree", text)
    return parse_id("/".join(segments[:2]))


def _hf(address: str, text: str) -> HubReference:
    segments = [unquote(segment) for segment in address.split("/") if segment]
    if segments[:1] == ["models"]:
        segments = segments[1:]
    if segments and segments[0] in _KINDS:
        raise _no_model(text, segments[0])
    if not segments:
        raise BadReference(f"{text} is not the address of a model", "hf://org/name/FILE is one")
    width = 1 if "@" in segments[0] or _is_path("".join(segments[1:2])) else 2
    name, _, revision = "/".join(segments[:width]).partition("@")
    rest = segments[width:]
    if revision == "refs" and len(rest) >= 2:
        revision, rest = "/".join([revision, *rest[:2]]), rest[2:]
    return _located(parse_id(name).id, revision, "/".join(rest), False, text)


def _located(name: str, revision: str, path: str, folder: bool, text: str) -> HubReference:
    if revision and not re.fullmatch(_REVISION, revision):
        raise BadReference(f"{text} does not name a revision", _FORMS)
    if not is_safe_name(path) and path:
        raise BadReference(f"{text} does not name a file of the repository", _FORMS)
    if not path or folder or "." not in path.rpartition("/")[2]:
        return HubReference(name, revision or None, path)
    return HubReference(name, revision or None, path.rpartition("/")[0], path)


def with_longer_revision(reference: HubReference) -> HubReference | None:
    """The other way to read an address whose branch may have a slash in it; None at its end."""
    path = reference.file or reference.folder
    if reference.revision is None or not path:
        return None
    more, _, rest = path.partition("/")
    if reference.file is not None and not rest:
        return None
    revision = f"{reference.revision}/{more}"
    if reference.file is None:
        return replace(reference, revision=revision, folder=rest)
    return replace(reference, revision=revision, folder=rest.rpartition("/")[0], file=rest)


def is_safe_name(name: str) -> bool:
    """Whether `name` is a relative path of plain parts, such as a file of a repository has."""
    if not name or clean(name) != name or "\\" in name or ":" in name:
        return False
    return all(part not in ("", ".", "..") for part in name.split("/"))


def _with_revision(reference: HubReference, revision: str | None) -> HubReference:
    if revision is None or revision == reference.revision:
        return reference
    if reference.revision is not None:
        raise BadReference(f"two revisions are given: {reference.revision} and {revision}")
    if not re.fullmatch(_REVISION, revision):
        raise BadReference(f"{revision} is not the name of a revision")
    return replace(reference, revision=revision)


def _kind(name: str) -> LocalKind:
    name = name.lower()
    if ".index." in name and name.endswith(".json"):
        return LocalKind.INDEX
    return LocalKind.CONFIG if name.endswith(".json") else LocalKind.WEIGHTS


def _is_path(text: str) -> bool:
    starts = ("/", "./", "../", "~", "\\", ".\\", "..\\")
    ends = (".safetensors", ".json", ".gguf", ".bin", "/", "\\")
    return text.startswith(starts) or text.endswith(ends) or text in (".", "..")


def _path_hint(text: str) -> str | None:
    return None if text.startswith(("/", ".", "~")) else "a model on the Hub is named org/name"


_VIEWS = ("tree", "blob", "resolve", "raw", "commit", "commits", "blame", "edit", "revision")
"""What stands before a revision in the address of a page."""
_PAGES = (
    r"blog|chat|collections|datasets|docs|enterprise|join|learn|login|models|new|organizations"
    r"|papers|posts|pricing|search|settings|spaces|tasks"
)
"""Names on the Hub that no user can have."""
_KINDS = {
    "buckets": "a bucket",
    "collections": "a collection",
    "datasets": "a dataset",
    "papers": "a paper",
    "spaces": "a Space",
}
"""What else the Hub has, by the word its addresses begin with."""
_ADDRESS = f"such as {HUB}/org/name"
_FORMS = "give org/name, an address on the Hub, a folder or a file"
_ID = r"(?a)(?:[\w-][\w.-]{0,95}/)?\w[\w.-]{0,95}"
_REVISION = r"(?!.*\.\.)[^\s/~^:?*\[\\-][^\s~^:?*\[\\]{0,254}"
"""What git allows in the name of a branch or tag."""
