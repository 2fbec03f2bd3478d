"""Why a checkpoint could not be opened, in words for a person.

SourceError
├── BadReference            what was typed names no model
├── NotFound
│   ├── FileMissing         no such file or folder
│   ├── RepositoryNotFound  no such repository, or a private one
│   └── RevisionNotFound    the repository has no such branch, tag or commit
├── AccessDenied            a gated, private or disabled repository
├── NetworkError            the Hub could not be reached or broke off
│   ├── Offline             the network is switched off
│   ├── Refused             the server asked for, or sent, what must not be
│   └── RateLimited         the Hub asks to wait
├── NotAModel               nothing there that paramtui reads
│   └── NoSafetensors       weights, but none in safetensors
├── BadData
│   ├── BadHeader           not one file could be read
│   ├── BadIndex
│   └── BadConfig
└── Cancelled               the user changed their mind
"""

# ruff: noqa: N818 - a tree of reasons reads better than a tree of "…Error".

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.text import clean

MESSAGE_LIMIT = 400
"""Characters of a message or hint."""


class SourceError(Exception):
    """One sentence in one safe line, and where there is a next step, a hint."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.hint = clean(hint, MESSAGE_LIMIT) if hint else None
        super().__init__(clean(message, MESSAGE_LIMIT))

    def also(self, words: str = "", hint: str | None = None) -> "SourceError":
        """The same with more words, or with another hint."""
        told = self._saying(f"{self}; {words}" if words else str(self))
        told.hint = clean(hint, MESSAGE_LIMIT) if hint else self.hint
        return told

    def instead(self, old: str, new: str) -> "SourceError":
        """The same with other words for some of it; with more words where it has not those."""
        said = str(self)
        return self._saying(said.replace(old, new) if old in said else said + new)

    def _saying(self, message: str) -> "SourceError":
        from copy import copy  # not before: most loads go well

        told = copy(self)
        told.args = (clean(message, MESSAGE_LIMIT),)
        return told


class BadReference(SourceError):
    """What was typed names no model."""


class NotFound(SourceError):
    """What was named is not there."""


class FileMissing(NotFound):
    """No such file or folder."""


class RepositoryNotFound(NotFound):
    """No such repository, or a private one: the Hub does not tell which."""


class RevisionNotFound(NotFound):
    """The repository has no such branch, tag or commit."""


class AccessDenied(SourceError):
    """The repository exists, but this user may not read its files."""

    public: Checkpoint | None = None
    """What everybody may know of it."""


class NetworkError(SourceError):
    """The Hub could not be reached or did not answer as it should."""


class Offline(NetworkError):
    """The network is switched off, and what was asked for is not on this machine."""


class Refused(NetworkError):
    """The server asked for, or sent, what must not be."""


class RateLimited(NetworkError):
    """The Hub asks to wait longer than a person would."""


class NotAModel(SourceError):
    """Nothing there that paramtui reads."""


class NoSafetensors(NotAModel):
    """There are weights, but none in safetensors."""


class BadData(SourceError):
    """A file is not what it should be."""


class BadHeader(BadData):
    """The header of `file` cannot be read, for `reason`."""

    def __init__(
        self, file: str, reason: str, hint: str | None = None, form: str = "safetensors"
    ) -> None:
        self.file, self.reason = clean(file), clean(reason, MESSAGE_LIMIT)
        super().__init__(f"{clean(file, 120)} is not a {form} file: {reason}", hint)


class BadIndex(BadData):
    """The index of a sharded checkpoint cannot be used."""


class BadConfig(BadData):
    """A config.json that is no configuration, or not enough of one."""


class Cancelled(SourceError):
    """The user changed their mind."""

    def __init__(self) -> None:
        super().__init__("cancelled")
