"""The packed formats: which tensor holds the numbers, which ones only describe them."""

from collections.abc import Callable

from paramtui.checkpoint.counting import unpacking
from paramtui.checkpoint.counting.unpacking import Packed
from paramtui.checkpoint.tensor import Shape
from paramtui.named_tuple import NamedTuple


class Format(NamedTuple):
    """One row: a matrix's suffix, the parts beside it, and how to read its shape."""

    matrix: str
    """What its name ends with."""
    signs: str
    """Parts of which one must be there; none is needed where this is empty."""
    parts: str
    """The other parts it may have."""
    logical: Callable[[Packed], Shape]
    dtypes: str = ""
    """Stored types of the matrix; any where this is empty."""

    def holds(self, pattern: str, dtype: str) -> bool:
        """Whether a tensor of this name and type may be the matrix."""
        return pattern.endswith(self.matrix) and dtype in (self.dtypes.split() or (dtype,))

    def plain(self, pattern: str) -> str:
        """The name the matrix would have if it were not packed."""
        stem = pattern[: len(pattern) - len(self.matrix)]
        return f"{stem}.weight" if self.matrix.startswith(".") else stem


_FP8 = "F8_E4M3 F8_E5M2 F8_E4M3FNUZ F8_E5M2FNUZ"
_LOW = f"{_FP8} F8_E8M0 F4 F6_E2M3 F6_E3M2 I8 U8"
_SCALES = ".weight_scale .weight_scale_inv .scale .scale_inv .weight_scales"
_BESIDE = """.weight_scale_2 .weight_zero_point .weight_offset .weight_global_scale .input_scale
    .input_zero_point .input_global_scale .input_scale_ub .output_scale .activation_scale
    .act_scale .pre_quant_scale .weight_shape .comfy_quant .scale_input .quant_scale .in_scale"""
_HQQ = """.scale .zero .meta.scale .meta.zero .nbits .group_size .shape .axis .packing
    .unpack_view_dtype .view_as_float .quant_scale .quant_zero .compute_dtype .offload_meta
    .encoded_state_dict .stores_quant_config .channel_wise .optimize .round_zero"""
_BNB = """.weight.nested_absmax .weight.nested_quant_map .weight.nested_blocksize
    .weight.quant_state.bitsandbytes__nf4 .weight.quant_state.bitsandbytes__fp4"""
_VPTQ = """.res_centroids.weight .res_indices .outlier_centroids.weight .outlier_indices
    .weight_scale .weight_bias .perm"""
_TORCHAO = "._weight_act_pre_scale ._weight_per_tensor_scale ._weight_act_per_tensor_scale"

FORMATS = (
    Format(".qweight", "", ".scales .qzeros .g_idx", unpacking.rows_or_columns, "I32 U32 I16"),
    Format(".weight_packed", "", f".weight_scale .weight_g_idx {_BESIDE}", unpacking.words),
    Format("_blocks", "_scales", "", unpacking.blocks, "U8 I8"),
    Format(".W_q", "", _HQQ, unpacking.rows_of_groups),
    Format(".codes", ".codebooks", ".scales", unpacking.codes),
    Format(
        ".q_weight", ".q_invperm .q_perm", ".q_scale .q_scale_max .q_groups .q_group_map",
        unpacking.permuted,
    ),
    Format(".trellis", ".suh .svh", ".su .sv .mcg .mul1", unpacking.trellis, "I16 U16"),
    Format(".weight", ".weight.absmax .weight.quant_map", _BNB, unpacking.four_bits),
    Format(".weight", ".SCB", ".weight_format", unpacking.same, "I8"),
    Format(".weight", ".scales", ".biases", unpacking.affine, "U32"),
    Format(".weight", _SCALES, _BESIDE, unpacking.scaled, _LOW),
    Format(".quant_weight", _SCALES, _BESIDE, unpacking.scaled, _LOW),
    Format("._weight_qdata", "._weight_scale_and_zero", "", unpacking.tiles, "I32"),
    Format("._weight_qdata", "._weight_scale", f"._weight_zero_point {_TORCHAO}",
           unpacking.scaled, _LOW),
    Format(".weight:qdata", ".weight:scale", ".weight:zero_point", unpacking.scaled, _LOW),
    Format(".weight._data", ".weight._scale", ".weight._shift .input_scale .output_scale",
           unpacking.grouped),
    Format(".indices", ".centroids.weight", _VPTQ, unpacking.described),
    Format("", "_scale_inv _scale _weight_scale _weight_scale_inv",
           "_input_scale _weight_scale_2 _scale_2 _zero_point", unpacking.scaled, _LOW),
)  # fmt: skip
"""Asked in this order; the last row is experts packed in one tensor.

Layouts of AutoGPTQ and AutoAWQ, compressed-tensors, OpenAI's MXFP4, HQQ, AQLM, ExLlama 2 and 3,
bitsandbytes, MLX, DeepSeek's FP8, ModelOpt's NVFP4, Paddle, torchao, quanto and VPTQ, in turn.
"""

UNKNOWN = Format("", "", "", unpacking.unknown, "I32 U32 I16 U16")
"""Integers in two axes or more that no row explains, in a checkpoint that says it is quantised."""


def plain_name(pattern: str) -> str:
    """What a matrix would be called if it were not packed."""
    rows = (row for row in FORMATS if row.matrix not in ("", ".weight"))
    return next((row.plain(pattern) for row in rows if pattern.endswith(row.matrix)), pattern)
