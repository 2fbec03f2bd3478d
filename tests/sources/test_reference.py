from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.sources.errors import BadReference, FileMissing, NotAModel, SourceError
from paramtui.sources.reference import (
    HubReference,
    LocalKind,
    LocalReference,
    check_endpoint,
    is_safe_name,
    parse_reference,
    parse_url,
    with_longer_revision,
)

COMMIT = "0e9e39f249a16976918f6564b8830bc894c89659"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("org/name", HubReference("org/name")),
        ("  org/name\n", HubReference("org/name")),
        ("gpt2", HubReference("gpt2")),
        ("org/name@v1.0", HubReference("org/name", "v1.0")),
        ("org/name@refs/pr/7", HubReference("org/name", "refs/pr/7")),
        (f"gpt2@{COMMIT}", HubReference("gpt2", COMMIT)),
        ("https://huggingface.co/org/name", HubReference("org/name")),
        ("https://huggingface.co/org/name/", HubReference("org/name")),
        ("https://huggingface.co/org/name?library=x#files", HubReference("org/name")),
        ("http://hf.co/gpt2", HubReference("gpt2")),
        ("huggingface.co/org/name", HubReference("org/name")),
        ("https://huggingface.co/org/name/discussions/3", HubReference("org/name")),
        ("https://huggingface.co/org/name/tree/main", HubReference("org/name", "main")),
        ("https://huggingface.co/gpt2/tree/main", HubReference("gpt2", "main")),
        (
            "https://huggingface.co/org/name/tree/refs%2Fpr%2F1/unet",
            HubReference("org/name", "refs/pr/1", "unet"),
        ),
        (
            "https://huggingface.co/org/name/tree/refs/pr/1",
            HubReference("org/name", "refs/pr/1"),
        ),
        (
            "https://huggingface.co/org/name/blob/main/a/b.safetensors",
            HubReference("org/name", "main", "a", "a/b.safetensors"),
        ),
        (
            "https://huggingface.co/org/name/resolve/main/model.safetensors?download=true",
            HubReference("org/name", "main", "", "model.safetensors"),
        ),
        ("https://huggingface.co/api/models/org/name", HubReference("org/name")),
        (
            "https://huggingface.co/api/models/org/name/revision/v1",
            HubReference("org/name", "v1"),
        ),
        ("https://huggingface.co/org/name.git", HubReference("org/name")),
        (f"https://huggingface.co/org/name/commit/{COMMIT}", HubReference("org/name", COMMIT)),
        ("https://huggingface.co/org/name/commits/v1", HubReference("org/name", "v1")),
        (
            "https://huggingface.co/org/name/tree/feature%2Fx/text_encoder",
            HubReference("org/name", "feature/x", "text_encoder"),
        ),
        (
            "https://huggingface.co/org/name/tree/main/v1.5",
            HubReference("org/name", "main", "v1.5"),
        ),
        (
            "https://huggingface.co/org/name/resolve/refs/pr/12/unet/m.safetensors",
            HubReference("org/name", "refs/pr/12", "unet", "unet/m.safetensors"),
        ),
        (
            "https://huggingface.co/gpt2/blob/main/model.safetensors",
            HubReference("gpt2", "main", "", "model.safetensors"),
        ),
        ("hf://gpt2/model.safetensors", HubReference("gpt2", None, "", "model.safetensors")),
        ("'org/name'", HubReference("org/name")),
        ("org/name/", HubReference("org/name")),
        ("git@hf.co:org/name.git", HubReference("org/name")),
        ("HTTPS://HuggingFace.co/org/name/tree/main/", HubReference("org/name", "main")),
        (
            "https://huggingface.co/org/name/raw/main/config.json",
            HubReference("org/name", "main", "", "config.json"),
        ),
        ("org/name:Q4_K_M", HubReference("org/name", label="Q4_K_M")),
        ("hf.co/org/name-GGUF:q8_0", HubReference("org/name-GGUF", label="q8_0")),
        ("<https://huggingface.co/org/name>", HubReference("org/name")),
        ("hf://org/name", HubReference("org/name")),
        ("hf://models/org/name", HubReference("org/name")),
        ("hf://gpt2", HubReference("gpt2")),
        ("hf://gpt2@main/model.safetensors", HubReference("gpt2", "main", "", "model.safetensors")),
        ("hf://org/name@v1/unet", HubReference("org/name", "v1", "unet")),
        (
            "hf://org/name@refs/pr/1/model.safetensors",
            HubReference("org/name", "refs/pr/1", "", "model.safetensors"),
        ),
        ("hf://org/name@refs%2Fpr%2F1", HubReference("org/name", "refs/pr/1")),
        ("real/name-ending-", HubReference("real/name-ending-")),
    ],
)
def test_what_people_type_and_paste(text: str, expected: HubReference) -> None:
    assert parse_reference(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "a b",
        "a/b/c",
        "org/..",
        "org/a..b",
        "org/name@",
        "org/name@../x",
        "org/name@a b",
        "org/na\x1b[31mme",
        "org/name\u202e",
        "https://github.com/org/name",
        "https://huggingface.co",
        "https://huggingface.co/",
        "https://huggingface.co/models?search=llama",
        "https://huggingface.co/settings/tokens",
        "https://huggingface.co/api/models/",
        "hf://models/",
        "@main",
        '""',
        "https://huggingface.co/datasets/org/name",
        "https://huggingface.co/spaces/org/name",
        "https://huggingface.co/collections/org/name-1",
        "spaces/org/name",
        "https://huggingface.co/org/name/blob/main/../../x",
        "https://[bad/org/name",
        "ftp://huggingface.co/org/name",
        "file:///etc/passwd",
        "hf://datasets/org/name",
        "hf://",
    ],
)
def test_what_names_no_model_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(BadReference) as raised:
        parse_reference(text)
    assert raised.value.hint


def test_another_hub_needs_its_endpoint() -> None:
    with pytest.raises(BadReference) as raised:
        parse_reference("https://mirror.example/org/name")
    assert (
        raised.value.hint
        == "if there is a Hub at mirror.example: HF_ENDPOINT=https://mirror.example"
    )
    found = parse_url("https://mirror.example/org/name", "https://mirror.example:8443")
    assert found == HubReference("org/name")


def test_a_mirror_below_a_path_of_its_host() -> None:
    endpoint = "https://proxy.example/hf/"
    for address in (f"{endpoint}org/name", f"{endpoint}org/name/tree/main"):
        assert parse_url(address, endpoint).id == "org/name"
    assert parse_url("https://huggingface.co/hf/name", endpoint).id == "hf/name"


def test_every_refusal_names_what_was_typed_and_what_to_type() -> None:
    for text, sentence, hint in (
        ("https://huggingface.co/", "is not the address of a model", "huggingface.co/org/name"),
        ("https://hf.co/models", "is not the address of a model", "huggingface.co/org/name"),
        ("https://hf.co/datasets/a/b", "is a dataset, not a model", "huggingface.co/org/name"),
        ("https://hf.co/spaces/a/b/tree/main", "is a Space, not a model", "huggingface.co/org"),
        ("hf://datasets/a/b", "is a dataset, not a model", "huggingface.co/org/name"),
        ("datasets/a/b", "is a dataset, not a model", "huggingface.co/org/name"),
        ("org/name/unet", "is not the name of a model", "hf://org/name/unet names a part of"),
        ("org/name:a b", "is not the name of a model", "give org/name"),
        ("hf://", "is not the address of a model", "hf://org/name/FILE"),
    ):
        with pytest.raises(BadReference) as raised:
            parse_reference(text)
        assert str(raised.value) == f"{text} {sentence}"
        assert hint in str(raised.value.hint)


def test_a_branch_with_a_slash_in_an_address() -> None:
    one = parse_url("https://huggingface.co/org/name/tree/a/b/c")
    assert one == HubReference("org/name", "a", "b/c")
    two = with_longer_revision(one)
    assert two == HubReference("org/name", "a/b", "c")
    three = with_longer_revision(two)
    assert three == HubReference("org/name", "a/b/c")
    assert with_longer_revision(three) is None
    file = with_longer_revision(parse_url("hf://org/name@a/b/c/m.safetensors"))
    assert file == HubReference("org/name", "a/b", "c", "c/m.safetensors")
    assert with_longer_revision(HubReference("org/name", "a", "", "m.safetensors")) is None


def test_an_endpoint_is_an_address() -> None:
    for endpoint in ("https://huggingface.co", "http://127.0.0.1:8080", "https://proxy.example/hf"):
        assert check_endpoint(endpoint) == endpoint
    for endpoint in ("127.0.0.1:99", "htp://x", "https://", "http://[bad", "http://x:99999", "x"):
        with pytest.raises(BadReference, match="HF_ENDPOINT is not the address"):
            check_endpoint(endpoint)


def test_the_revision_option() -> None:
    assert parse_reference("org/name", "v1") == HubReference("org/name", "v1")
    assert parse_reference("org/name@v1", "v1") == HubReference("org/name", "v1")
    with pytest.raises(BadReference, match="two revisions"):
        parse_reference("org/name@v1", "v2")
    with pytest.raises(BadReference, match="not the name of a revision"):
        parse_reference("org/name", "../v2")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_local_paths_win(here: Path) -> None:
    (here / "org" / "name").mkdir(parents=True)
    for name in ("model.safetensors", "model.safetensors.index.json", "config.json"):
        (here / name).touch()
    kinds = {
        "org/name": LocalKind.FOLDER,
        ".": LocalKind.FOLDER,
        "model.safetensors": LocalKind.WEIGHTS,
        "model.safetensors.index.json": LocalKind.INDEX,
        "config.json": LocalKind.CONFIG,
    }
    for text, kind in kinds.items():
        assert parse_reference(text) == LocalReference(Path(text), kind)
    with pytest.raises(BadReference, match="no revisions"):
        parse_reference("org/name", "v1")


@pytest.mark.parametrize("text", ["./x", "../x", "~/nowhere/x", "/nowhere", "x.safetensors", "x/"])
def test_a_path_that_is_not_there_is_told(here: Path, text: str) -> None:
    with pytest.raises(FileMissing, match="no such file or folder"):
        parse_reference(text)


def test_devices_and_pipes_are_no_models() -> None:
    with pytest.raises(NotAModel, match="neither a file nor a folder"):
        parse_reference("/dev/null")


@given(st.text())
def test_any_text_is_a_reference_or_a_sentence(text: str) -> None:
    with suppress(SourceError):
        assert parse_reference(text)


def test_names_of_files_in_a_repository() -> None:
    for name in ("model.safetensors", "a/b.safetensors", "模型.safetensors", "a b"):
        assert is_safe_name(name)
    for name in ("", "/a", "../a", "a/../b", "a//b", "a/", "a\\b", "C:x", "a\nb", "a\u202eb", "."):
        assert not is_safe_name(name)
