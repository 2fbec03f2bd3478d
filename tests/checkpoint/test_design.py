from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.blueprint import blueprint
from paramtui.checkpoint.checkpoint import Checkpoint, Component
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.design.apply import changed
from paramtui.checkpoint.design.change import (
    ConfigChange,
    DesignError,
    change_named,
    changes_of,
)
from paramtui.checkpoint.design.design import designed
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.fields import Json
from paramtui.checkpoint.formats.adapter import Adapter
from paramtui.checkpoint.summary import summarise
from paramtui.record import replace
from paramtui.sources.catalog import load_bundled

LLAMA: dict[str, Json] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "vocab_size": 100,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.40.0",
    "rope_scaling": {"factor": 8.0, "rope_type": "llama3"},
    "sliding_window": None,
    "id2label": {"0": "a"},
}


def plain(values: Mapping[str, Json], **more: Any) -> Checkpoint:
    config = ModelConfig.from_json({**values, **more})
    return Checkpoint("org/name", blueprint(config), config)


def design(found: Checkpoint, *typed: str) -> Checkpoint:
    return designed(found, [change_named(text) for text in typed])


def bundled(name: str) -> Checkpoint:
    found = load_bundled(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("hidden_size=6144", ("hidden_size",), 6144),
        (" text_config.num_layers = 4 ", ("text_config", "num_layers"), 4),
        ("a=1e3", ("a",), 1000),
        ("a=0.5", ("a",), 0.5),
        ("a=true", ("a",), True),
        ("a=null", ("a",), None),
        ("a=gelu", ("a",), "gelu"),
        ('a="7"', ("a",), "7"),
        ("a=[1, 2]", ("a",), [1, 2]),
        ('a={"b": "c=d"}', ("a",), {"b": "c=d"}),
        ("a=NaN", ("a",), "NaN"),
        ("id2label.0=x", ("id2label", "0"), "x"),
    ],
)
def test_a_change_is_a_path_and_a_value(text: str, path: tuple[str, ...], value: Json) -> None:
    found = change_named(text)
    assert (found.path, found.value) == (path, value)
    assert change_named(str(found)) == found


@pytest.mark.parametrize(
    "text",
    ["", "a", "=1", "a=", "a b=1", ".a=1", "a.=1", "a..b=1", "a=[1", 'a="x', "a=\x1b", "1=a"],
)
def test_what_is_no_change_is_told(text: str) -> None:
    with pytest.raises(DesignError) as raised:
        change_named(text)
    assert "hidden_size=6144" in str(raised.value.hint)


@given(st.text(max_size=60))
def test_any_text_is_a_change_or_a_sentence(text: str) -> None:
    with suppress(DesignError):
        found = change_named(text)
        assert change_named(str(found)).value == found.value


def test_changes_from_python() -> None:
    assert changes_of({"a.b": 3, "c": "x"}) == (
        ConfigChange(("a", "b"), 3, "3"),
        ConfigChange(("c",), "x", '"x"'),
    )
    with pytest.raises(DesignError, match="a: nan is not JSON"):
        changes_of({"a": float("nan")})


def test_the_tensors_are_those_of_the_changed_config() -> None:
    found = design(plain(LLAMA), "hidden_size=128", "num_hidden_layers=2")
    config = ModelConfig.from_json({**LLAMA, "hidden_size": 128, "num_hidden_layers": 2})
    assert found.tensors == blueprint(config)
    assert found.config.hidden_size == 128
    assert (found.source, found.shards) == ("config", ())
    assert found.notice == (
        "a design: config.json with hidden_size=128, num_hidden_layers=2, "
        "tensors from its blueprint"
    )
    assert [change.name for change in found.design] == ["hidden_size", "num_hidden_layers"]
    assert not found.warnings


def test_without_a_change_it_is_the_same() -> None:
    found = plain(LLAMA)
    assert designed(found, ()) is found


@pytest.mark.parametrize(
    ("model", "change", "parameters"),
    [
        # No head_dim is given: 32 heads, 8 of keys and values, share the new width.
        (
            "meta-llama/Llama-3.1-8B",
            "hidden_size=6144",
            2 * 128_256 * 6144 + 32 * 6144 * (2 * 6144 + 2 * 1536 + 3 * 14_336 + 2) + 6144,
        ),
        # OpenAI's two models differ in layers and experts alone (arXiv:2508.10925, table 1).
        (
            "openai/gpt-oss-20b",
            "num_hidden_layers=36 num_local_experts=128",
            116_829_156_672,
        ),
        ("meta-llama/Llama-3.2-1B", "tie_word_embeddings=false", 1_235_814_400 + 128_256 * 2048),
        ("openai-community/gpt2", "n_embd=1600 n_layer=48 n_head=25", 1_557_611_200),
    ],
)
def test_the_size_of_what_would_be(model: str, change: str, parameters: int) -> None:
    assert summarise(design(bundled(model), *change.split())).total == parameters


def test_a_field_of_a_nested_section() -> None:
    before = bundled("google/gemma-3-4b-pt")
    after = design(before, "text_config.num_hidden_layers=17", "text_config.num_key_value_heads=2")
    assert after.config.layers == 17
    names = {tensor.name for tensor in after.tensors}
    assert "language_model.model.layers.16.mlp.up_proj.weight" in names
    assert "language_model.model.layers.17.mlp.up_proj.weight" not in names
    # The section leaves out the width of a head, 256, that its class has.
    keys = [tensor for tensor in after.tensors if ".self_attn.k_proj.weight" in tensor.name]
    assert {tensor.shape[0] for tensor in keys if "language" in tensor.name} == {2 * 256}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("hiden_size=1", "this config has no field hiden_size, did you mean hidden_size?"),
        ("layers=1", "this config has no field layers, did you mean num_hidden_layers"),
        ("text_config.vocab_size=1", "no field text_config.vocab_size, did you mean vocab_size?"),
        ("rope_scaling.facto=1", "no field rope_scaling.facto, did you mean rope_scaling.factor"),
        ("n_embd=1", "this config has no field n_embd"),
        ("zzzz=1", "this config has no field zzzz"),
        ("hidden_size=big", "hidden_size is a whole number, not big"),
        ("hidden_size=1.5", "hidden_size is a whole number, not 1.5"),
        ("hidden_size=true", "hidden_size is a whole number, not true"),
        ("tie_word_embeddings=1", "tie_word_embeddings is true or false, not 1"),
        ("architectures=7", "architectures is a list of texts, not 7"),
        ("rope_scaling=7", "rope_scaling is an object, not 7"),
        ("rope_scaling.factor=x", "rope_scaling.factor is a number, not x"),
        ("head_dim=x", "head_dim is a whole number, not x"),
        ("sliding_window=x", "sliding_window is a whole number, not x"),
        ("hidden_size=0", "with hidden_size=0: the llama config has no usable hidden_size"),
        ("hidden_size=null", "with hidden_size=null: the llama config has no usable hidden_size"),
        ("model_type=x", "with model_type=x: no blueprint for model_type 'x'"),
        ("num_hidden_layers=999999", "asks for more than 1,000,000 tensors"),
    ],
)
def test_what_cannot_be_set_is_one_sentence(typed: str, told: str) -> None:
    with pytest.raises(DesignError) as raised:
        design(plain(LLAMA), typed)
    assert told in str(raised.value)


def test_a_field_of_the_text_is_found_in_its_section() -> None:
    with pytest.raises(DesignError, match=r"did you mean text_config\.num_attention_heads"):
        design(bundled("google/gemma-3-4b-pt"), "num_attention_heads=4")


def test_what_a_config_leaves_out_but_is_read_can_be_set() -> None:
    found = design(plain(LLAMA), "head_dim=32", "sliding_window=128", "attention_bias=true")
    shapes = {tensor.name: tensor.shape for tensor in found.tensors}
    assert shapes["model.layers.0.self_attn.q_proj.weight"] == (8 * 32, 64)
    assert shapes["model.layers.0.self_attn.q_proj.bias"] == (8 * 32,)
    assert found.config.text.integer("sliding_window") == 128


def test_a_text_that_looks_like_a_number_stays_a_text() -> None:
    after = changed(ModelConfig.from_json(LLAMA), [change_named("transformers_version=5.2")])
    assert after.config.root.text("transformers_version") == "5.2"
    assert after.changes[0].value == "5.2"


def test_another_family_reads_its_own_fields() -> None:
    found = design(plain(LLAMA), "model_type=qwen3_moe", "num_experts=4", "moe_intermediate_size=8")
    assert sum(".experts." in tensor.name for tensor in found.tensors) == 4 * 4 * 3


def test_lists_with_an_entry_a_layer_go_on_in_their_rhythm() -> None:
    types = ["sliding_attention", "full_attention"] * 2
    config = ModelConfig.from_json({**LLAMA, "layer_types": types})
    after = changed(config, [change_named("num_hidden_layers=7")])
    assert after.config.root.texts("layer_types") == (*types, *types[:3])
    assert after.told == ("layer_types goes on in its rhythm to 7 layers",)
    fewer = changed(config, [change_named("num_hidden_layers=3")])
    assert fewer.config.root.texts("layer_types") == tuple(types[:3])
    own = changed(
        config,
        [change_named("num_hidden_layers=1"), change_named('layer_types=["full_attention"]')],
    )
    assert (own.config.root.texts("layer_types"), own.told) == (("full_attention",), ())


def test_a_list_without_a_rhythm_cannot_go_on() -> None:
    types = ["full_attention", *["sliding_attention"] * 3]
    config = ModelConfig.from_json({**LLAMA, "layer_types": types})
    with pytest.raises(DesignError, match="4 entries without a rhythm, for 7 layers") as raised:
        changed(config, [change_named("num_hidden_layers=7")])
    assert "layer_types" in str(raised.value.hint)


def test_patterns_of_letters_and_numbers_of_layers() -> None:
    more: dict[str, Json] = {"hybrid_override_pattern": "M-M-", "attn_layer_indices": [1, 3]}
    after = changed(ModelConfig.from_json({**LLAMA, **more}), [change_named("num_hidden_layers=6")])
    assert after.config.root.text("hybrid_override_pattern") == "M-M-M-"
    assert after.told[1] == "attn_layer_indices names layers by number and stays as it is"


def test_what_a_library_would_not_build_is_told() -> None:
    found = design(plain(LLAMA), "num_attention_heads=6", "num_key_value_heads=4")
    assert found.warnings == (
        "the width 64 is no multiple of 6 heads, and no head_dim is given",
        "6 query heads are no multiple of 4 key and value heads",
    )


def test_files_that_hold_something_else_than_the_blueprint_are_told() -> None:
    found = plain(LLAMA)
    whole = sum(tensor.elements for tensor in found.tensors)
    short = replace(found, tensors=found.tensors[:-1], source="hub")
    (told,) = design(short, "vocab_size=7").warnings
    assert told.startswith(f"unchanged, its files hold {whole - 6400:,} elements in 38 tensors, ")
    assert told.endswith(f"its blueprint {whole:,} in 39")
    assert not design(replace(found, source="hub"), "vocab_size=7").warnings


def test_a_config_that_claims_no_type_has_that_of_its_files() -> None:
    silent = {name: value for name, value in LLAMA.items() if name != "torch_dtype"}
    found = plain(LLAMA)
    unsaid = replace(found, config=ModelConfig.from_json(silent))
    assert {tensor.dtype for tensor in design(unsaid, "vocab_size=7").tensors} == {BF16}


def test_packed_formats_follow_or_can_be_left_out() -> None:
    packed = {**LLAMA, "quantization_config": {"quant_method": "eetq"}}
    found = Checkpoint("org/name", (), ModelConfig.from_json(packed))
    with pytest.raises(DesignError, match="quantised with eetq") as raised:
        design(found, "hidden_size=128")
    assert raised.value.hint is not None
    typed = raised.value.hint.rpartition("--config-set ")[2]
    assert len(design(found, "hidden_size=128", typed).tensors) == 39


def test_what_has_no_config_of_its_own() -> None:
    for found, told in (
        (Checkpoint("org/bare", ()), "org/bare has no config.json to change"),
        (replace(plain(LLAMA), adapter=Adapter(kind="LORA", base="org/b")), "an adapter has no"),
        (
            replace(plain(LLAMA), components=(Component("unet", ModelConfig()),)),
            "org/name has a config for each of unet",
        ),
    ):
        with pytest.raises(DesignError, match=told):
            design(found, "hidden_size=1")


@pytest.mark.parametrize(
    "name",
    [
        "meta-llama/Llama-3.1-8B",
        "google/gemma-3-4b-pt",
        "openai-community/gpt2",
        "deepseek-ai/DeepSeek-V2-Lite",
        "state-spaces/mamba-130m-hf",
        "Zyphra/Zamba2-1.2B",
        "google-t5/t5-small",
    ],
)
def test_every_field_can_be_set_to_what_it_is(name: str) -> None:
    found = bundled(name)

    def walk(values: Mapping[str, Json], at: str = "") -> dict[str, Json]:
        here: dict[str, Json] = {}
        for field, value in values.items():
            here[at + field] = value
            if isinstance(value, Mapping):
                here |= walk(value, f"{at}{field}.")
        return here

    changes = changes_of({path: _plain(v) for path, v in walk(found.config.root.values).items()})
    assert designed(found, changes).tensors == found.tensors


def _plain(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return list(map(_plain, value)) if isinstance(value, (list, tuple)) else value
