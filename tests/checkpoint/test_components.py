from paramtui.checkpoint.category import Category
from paramtui.checkpoint.checkpoint import Checkpoint, Component
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.dtype import BF16, SAFETENSORS_DTYPES
from paramtui.checkpoint.module import build_module_tree
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.checkpoint.tensor import TensorInfo

I32, F16 = SAFETENSORS_DTYPES["I32"], SAFETENSORS_DTYPES["F16"]


def counted(**parts: dict[str, tuple[int, ...]]) -> ParameterSummary:
    """A pipeline of parts, each `name -> shape`, in BF16."""
    tensors = tuple(
        TensorInfo(f"{part}.{name}", BF16, shape)
        for part, held in parts.items()
        for name, shape in held.items()
    )
    components = tuple(Component(part, ModelConfig()) for part in parts)
    return summarise(Checkpoint("org/pipe", tensors, components=components))


def test_a_tensor_has_its_category_as_in_its_component_alone() -> None:
    found = counted(
        text_encoder={"shared.weight": (10, 4), "encoder.embed_tokens.weight": (10, 4)},
        vae={"decoder.conv_in.weight": (4, 4, 3, 3)},
    )
    # T5's second table repeats the first, and the prefix hides neither that nor the convolution.
    assert found.by_category == {Category.EMBEDDING: 40, Category.CONVOLUTION: 144}
    assert found.stored_elements == 40 + 40 + 144
    assert found.components == ("text_encoder", "vae")


def test_each_component_is_unpacked_by_its_own_configuration() -> None:
    gptq: Json = {"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 8}}
    layer = "blocks.0.ff"
    tensors = (
        TensorInfo(f"transformer.{layer}.qweight", I32, (2, 16)),
        TensorInfo(f"transformer.{layer}.qzeros", I32, (2, 2)),
        TensorInfo(f"transformer.{layer}.scales", F16, (2, 16)),
        TensorInfo("vae.decoder.conv_in.weight", BF16, (4, 4, 3, 3)),
    )
    components = (
        Component("transformer", ModelConfig.from_json(gptq)),
        Component("vae", ModelConfig()),
    )
    found = summarise(Checkpoint("org/pipe", tensors, components=components))
    # Eight 4-bit weights in each 32-bit word: 16 inputs × 16 outputs.
    assert found.by_dtype == {"I32": 256, "BF16": 144}


def test_what_convolves_in_a_diffusers_model_is_a_convolution() -> None:
    kernel = TensorInfo("encoder.block.0.conv1.weight", BF16, (4, 4, 3))
    bias = TensorInfo("encoder.block.0.conv1.bias", BF16, (4,))
    config = ModelConfig.from_json({"_class_name": "AutoencoderTiny"})
    found = summarise(Checkpoint("org/vae", (kernel, bias), config))
    assert found.by_category == {Category.CONVOLUTION: 48 + 4}
    # A speech model's two, which belong to no category.
    assert summarise(Checkpoint("org/asr", (kernel, bias))).by_category == {Category.OTHER: 52}


def test_the_tree_has_a_row_for_each_component() -> None:
    found = counted(
        unet={"down_blocks.0.resnets.0.conv1.weight": (2, 2, 3, 3)},
        vae={"decoder.conv_in.weight": (4, 4, 3, 3)},
    )
    tree = build_module_tree(found)
    assert {row.name: row.parameters for row in tree.children} == {"unet": 36, "vae": 144}
    assert tree.children[0].path == "unet"


def test_one_component_may_be_the_model_that_others_extend() -> None:
    tensors = (
        TensorInfo("embeddings.word_embeddings.weight", BF16, (10, 4)),
        TensorInfo("2_Dense.linear.weight", BF16, (6, 4)),
    )
    config = ModelConfig.from_json({"model_type": "bert"})
    components = (Component("", config), Component("2_Dense", ModelConfig()))
    found = summarise(Checkpoint("org/st", tensors, config, components=components))
    assert found.total == 40 + 24
    assert found.components == ("2_Dense",)
    assert {row.name for row in build_module_tree(found).children} == {"embeddings", "2_Dense"}
