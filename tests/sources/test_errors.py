import re

import paramtui.sources.errors as errors
from paramtui.sources.errors import BadHeader, SourceError


def test_messages_are_one_safe_line() -> None:
    error = SourceError("a\nb\x1b[31m\u202e" + "x" * 9999, hint="c\r\n")
    assert str(error).isprintable()
    assert len(str(error)) == errors.MESSAGE_LIMIT
    assert error.hint == "c\ufffd\ufffd"
    assert SourceError("a").hint is None


def test_a_bad_header_names_its_file() -> None:
    error = BadHeader("\x1b.safetensors", "of a reason")
    assert str(error) == "\ufffd.safetensors is not a safetensors file: of a reason"
    assert (error.file, error.reason) == ("\ufffd.safetensors", "of a reason")


def test_the_drawn_tree_is_the_real_one() -> None:
    drawn = set(re.findall(r"── (\w+)", str(errors.__doc__)))
    real = {
        name
        for name, item in vars(errors).items()
        if isinstance(item, type) and issubclass(item, SourceError) and item is not SourceError
    }
    assert drawn == real
