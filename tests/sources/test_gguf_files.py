import pytest

from paramtui.sources.gguf_files import choose_gguf, named_gguf


@pytest.mark.parametrize(
    ("file", "label"),
    [
        ("Llama-3.2-1B-Instruct-Q4_K_M.gguf", "Q4_K_M"),
        ("llama-2-7b.Q5_K_S.gguf", "Q5_K_S"),
        ("qwen2.5-0.5b-instruct-q4_k_m.gguf", "Q4_K_M"),
        ("ggml-model-q8_0.gguf", "Q8_0"),
        ("gemma-2-2b-it-IQ3_XXS.gguf", "IQ3_XXS"),
        ("Qwen3-8B-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
        ("phi-4-bf16.gguf", "BF16"),
        ("model-fp16.gguf", "FP16"),
        ("m-Q4_0_4_4.gguf", "Q4_0_4_4"),
        ("bitnet-TQ2_0.gguf", "TQ2_0"),
        ("Q6_K/big-Q6_K-00001-of-00002.gguf", "Q6_K"),
        ("Qwen3-8B.gguf", ""),
    ],
)
def test_the_quantisation_as_files_are_named(file: str, label: str) -> None:
    chosen = choose_gguf({file: 10})
    assert chosen is not None
    assert chosen.model.label == label


@pytest.mark.parametrize(
    ("labels", "opened"),
    [
        ("Q2_K Q4_K_M Q4_K_L Q8_0 F16", "Q4_K_M"),
        ("IQ4_XS Q4_K_S Q5_K_M", "Q4_K_S"),
        ("Q3_K_M Q5_K_S Q5_K_M Q8_0", "Q5_K_M"),
        ("Q8_0 F16", "Q8_0"),
        ("Q2_K Q3_K_L BF16", "Q3_K_L"),
        ("F32 F16", "F16"),
        ("IQ1_S F16", "F16"),
        ("MXFP4 F16", "MXFP4"),
    ],
)
def test_which_of_many_opens(labels: str, opened: str) -> None:
    names = labels.split()
    chosen = choose_gguf({f"m-{name}.gguf": 100 + place for place, name in enumerate(names)})
    assert chosen is not None
    assert chosen.model.label == opened
    assert [model.label for model in chosen.models] == names


def test_parts_in_folders_and_companions_apart() -> None:
    sizes = {
        "README.md": 1,
        "Q8_0/m-Q8_0-00001-of-00003.gguf": 10,
        "Q8_0/m-Q8_0-00003-of-00003.gguf": 30,
        "m-Q4_K_M.gguf": 5,
        "mmproj-model-f16.gguf": 2,
        "m-imatrix.gguf": 1,
        "m-Q4_K_M.gguf.part1of2": 1,
    }
    chosen = choose_gguf(sizes)
    assert chosen is not None
    assert chosen.model.files == ("m-Q4_K_M.gguf",)
    assert chosen.companions == ("m-imatrix.gguf", "mmproj-model-f16.gguf")
    split = named_gguf(sizes, "Q8_0/m-Q8_0-00003-of-00003.gguf").model
    assert split.files == tuple(f"Q8_0/m-Q8_0-0000{n}-of-00003.gguf" for n in (1, 2, 3))
    assert split.size is None  # the second part is not there


def test_a_named_companion_is_what_is_meant() -> None:
    chosen = named_gguf({"mmproj-f16.gguf": 2, "m.gguf": 1}, "mmproj-f16.gguf")
    assert chosen.model.files == ("mmproj-f16.gguf",)


def test_two_models_of_one_quantisation_are_told_apart_by_their_files() -> None:
    chosen = choose_gguf({"a-Q4_K_M.gguf": 1, "b-Q4_K_M.gguf": 2})
    assert chosen is not None
    choices = chosen.choices(lambda file: f"hf://o/n/{file}")
    assert [(choice.name, choice.reference, choice.opened) for choice in choices] == [
        ("a-Q4_K_M.gguf", "hf://o/n/a-Q4_K_M.gguf", False),
        ("b-Q4_K_M.gguf", "hf://o/n/b-Q4_K_M.gguf", True),
    ]


def test_nothing_to_choose() -> None:
    assert choose_gguf({"mmproj.gguf": 1, "a.bin": 1}) is None
    one = choose_gguf({"a.gguf": None})
    assert one is not None
    assert one.choices(str) == ()


@pytest.mark.parametrize("count", ["0", "1", "99999999"])
def test_numbers_of_parts_nobody_can_have(count: str) -> None:
    name = f"m-00001-of-{count}.gguf"
    chosen = choose_gguf({name: 1})
    assert chosen is not None
    assert chosen.model.files == (name,)
