"""What llama.cpp's quantiser calls a tensor: its mixtures choose types by these roles."""

from enum import Enum

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import Kind, TensorGroup
from paramtui.memory.layout.conversion import TOWERS
from paramtui.memory.layout.linear import module_name


class GgufRole(str, Enum):
    """The roles a mixture tells apart, by the names of llama.cpp's tensors."""

    TOKEN_EMBD = "token_embd"  # noqa: S105 - a tensor's name
    OUTPUT = "output"
    ATTN_V = "attn_v"
    """Also the fused attn_qkv and attn_kv_b, which hold the values' matrix."""
    ATTN_K = "attn_k"
    ATTN_OUTPUT = "attn_output"
    FFN_DOWN = "ffn_down"
    MATRIX = "matrix"
    """Any other matrix."""
    FLOAT = "float"
    """Kept in 32 bits: vectors, norms, routers, positions, convolutions."""
    TOWER = "tower"
    """In the mmproj file beside the model: matrices in 16 bits, vectors in 32."""


def gguf_role(group: TensorGroup, config: ModelConfig) -> GgufRole:
    """The role of a group of tensors, from its category and its module's name."""
    if group.category in TOWERS:
        return GgufRole.TOWER if group.kind is Kind.WEIGHT else GgufRole.FLOAT
    if group.kind is not Kind.WEIGHT or not group.in_features or _stays_float(group):
        return GgufRole.FLOAT
    if group.category is Category.EMBEDDING:
        return GgufRole.TOKEN_EMBD
    if group.category is Category.HEAD and group.suffix in OUTPUT_NAMES:
        return GgufRole.OUTPUT
    module = module_name(group.pattern)
    name = module.rpartition(".")[2]
    if group.category is Category.ATTENTION:
        return ATTENTION_ROLES.get(name, GgufRole.MATRIX)
    down = group.out_features == config.hidden_size if name == "w2" else name in DOWN_NAMES
    if group.category in FEED_FORWARD and (down or module.endswith(BERT_DOWN)):
        return GgufRole.FFN_DOWN
    return GgufRole.MATRIX


FEED_FORWARD = (Category.MLP, Category.EXPERTS, Category.SHARED_EXPERTS)

OUTPUT_NAMES = ("lm_head", "embed_out", "output_layer", "output", "proj_out", "head", "")

ATTENTION_ROLES = {
    name: role
    for role, names in (
        (GgufRole.ATTN_V, "v_proj value v wv v_lin kv_b_proj"),
        (GgufRole.ATTN_V, "qkv_proj query_key_value c_attn Wqkv wqkv W_pack qkv att_proj"),
        (GgufRole.ATTN_K, "k_proj key k wk k_lin"),
        (GgufRole.ATTN_OUTPUT, "o_proj out_proj dense c_proj o wo out_lin attn_out"),
    )
    for name in names.split()
}
"""Modules of an attention layer, in the spellings of its many families."""

DOWN_NAMES = frozenset(
    (
        "down_proj",
        "fc2",
        "c_proj",
        "dense_4h_to_h",
        "wo",
        "output_linear",
        "lin2",
        "ff_out",
        "fc_out",
    )
)
"""Modules that lead from the feed-forward network's width back; `w2` is told by its shape."""

BERT_DOWN = ("layer.*.output.dense",)


def _stays_float(group: TensorGroup) -> bool:
    # The list of convert_hf_to_gguf.py, tensors that are always float32.
    return (
        group.operator not in (Operator.LINEAR, Operator.EMBEDDING)
        or group.category in (Category.ROUTER, Category.POSITION, Category.NORM)
        or group.suffix in ("token_type_embeddings", "shared_expert_gate")
    )
