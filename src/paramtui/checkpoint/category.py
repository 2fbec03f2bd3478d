"""What a tensor is for: ordered tables of name patterns."""

from enum import Enum
from functools import lru_cache

from paramtui.checkpoint.names import Names
from paramtui.named_tuple import NamedTuple


class Category(str, Enum):
    """The part of the model a parameter belongs to; the values are the JSON's keys."""

    EMBEDDING = "embedding"
    POSITION = "position"
    ATTENTION = "attention"
    LINEAR_ATTENTION = "linear_attention"
    SSM = "ssm"
    MLP = "mlp"
    EXPERTS = "experts"
    SHARED_EXPERTS = "shared_experts"
    ROUTER = "router"
    NORM = "norm"
    HEAD = "head"
    VISION = "vision"
    AUDIO = "audio"
    PROJECTOR = "projector"
    MTP = "mtp"
    ADAPTER = "adapter"
    CONVOLUTION = "convolution"
    CONDITIONING = "conditioning"
    OTHER = "other"


class Operator(str, Enum):
    """What the module that owns a tensor computes; precisions and LoRA go by this."""

    LINEAR = "linear"
    EMBEDDING = "embedding"
    CONVOLUTION = "convolution"
    NORM = "norm"
    OTHER = "other"


class Role(NamedTuple):
    """Where a tensor belongs and what its module computes."""

    category: Category
    operator: Operator
    routed: bool = False
    """Part of a routed expert, wherever it stands."""


class Rule(NamedTuple):
    """One row: the first whose names hold decides."""

    names: Names
    category: Category


def _row(category: Category, parts: str = "", phrases: str = "") -> Rule:
    return Rule(Names(parts, phrases), category)


TOWERS = (
    _row(
        Category.ADAPTER,
        r"""lora_(A|B|E|embedding_[AB]|magnitude_vector) prompt_(embeddings|encoder) ia3_l
        hada_\w+ lokr_\w+ oft_\w+ boft_\w+ vera_\w+ fourierft_\w+ hra_\w+ vblora_\w+
        trainable_tokens_\w+ modules_to_save saved_copy""",
    ),
    _row(Category.MTP, r"mtp(_\w+)? nextn(_\w+)?"),
    _row(
        Category.PROJECTOR,
        r"""\w*multi_?modal_projector mm_projector projector connector aligner abstractor
        resampler\w* \w*merger(_list)? modality_projection img_projection image_newline qformer
        embed_vision embed_audio vision_proj\w* visual_proj\w* audio_proj\w* image_proj\w*
        text_proj\w* language_proj\w* query_tokens vision_adapter vision_language_adapter""",
        r"^(model\.)?mlp1\. ^mm\.",
    ),
    _row(
        Category.VISION,
        r"""vision_(tower|model|encoder|backbone|transformer|embed_tokens) visual(_encoder|_model)?
        vision image_encoder image_embed vpm img_processor""",
        r"^v\.(blk|patch|pos|class|pre|post)",
    ),
    _row(
        Category.AUDIO,
        r"""audio audio_tower audio_encoder audio_model audio_backbone audio_embed
        speech speech_tower speech_encoder speech_model speech_backbone speech_embed
        apm talker tts t2u_model vocoder code2wav token2wav""",
        r"^a\.(blk|conv|pos|pre|post)",
    ),
)
"""Parts whose whole content is theirs, norms and positions included."""

RULES = (
    # The gated norm of a mixer is the mixer's; every other norm is a norm.
    _row(
        Category.LINEAR_ATTENTION,
        phrases=r"linear_attn\.(o_)?norm\. delta_net\.(o_)?norm\. kda\.(o_)?norm\.",
    ),
    _row(Category.SSM, phrases=r"mamba\w*\.norm\. mixer\.norm\. ssm\.norm\. ssm_norm"),
    # What tells a diffusion model the time step and the prompt: their embedders, and the linear
    # layers that turn them into a scale and a shift of each norm.
    _row(
        Category.CONDITIONING,
        r"""\w*modulation\w* \w*_mod time_mod_proj (?i:ada_?ln)\w* \w*scale_shift_table t_block
        \w*timestep\w* \w*time_(\w+_)?emb(ed)?\w* \w*time_(proj|mlp) temb\w*
        add_embed\w* add_time_embed\w* addition_embed\w* addition_time_embed\w*
        (t|y|c|cap|vector|pooled)_embed(der|ding)
        guidance\w* distilled_guidance_layer""",
        r"""(?i:norm)\w*\.(linear(_\d)?|proj|emb|fc|mlp)\.
        class_embed(ding|der)\.(linear|embedding_table)""",
    ),
    _row(
        Category.NORM,
        phrases=r"((?i:norm)|layrnorm|(^|\.)ln_?|_(?i:ln)(?=\.)|(^|\.)bn\d*)[^.]*(\.\*)?(\.[^.]*)?$",
    ),
    _row(
        Category.SHARED_EXPERTS,
        r"shared_expert shared_experts shared?_experts?\w* shared_mlp",
        r"_shexp(\.|$)",
    ),
    _row(
        Category.EXPERTS,
        r"experts experts_\w+ \w+_experts(_\w+)? switch_mlp",
        r"(moe|mlp)\.(input|output)_linear moe\.(gate|up|down)_proj _exps(\.|$)",
    ),
    _row(
        Category.ROUTER,
        r"\w*router\w* ffn_gate_inp\w* exp_probs_b moe_statics",
        r"""(mlp|moe|feed_forward|ffn|mixer)\.(gate|wg)(\.|$) layers\.\*\.gate\.
        moe\.e_score_correction_bias""",
    ),
    # The head of a task is not the vocabulary's.
    _row(
        Category.OTHER,
        r"classifier score pooler patch_embed\w*",
        r"^cls\.(?!predictions\.decoder) lm_head\.dense\.",
    ),
    _row(
        Category.HEAD,
        r"lm_head lm_heads \w+_lm_head embed_out vocab_projector lm_loss pred_layer logits_dense",
        r"""^((language_)?model\.)?output\.(q?weight|weight_packed|bias)$
        ^((language_)?model\.)?head\.(q?weight|weight_packed|bias)$
        ^((language_)?model\.)?unembed\.(q?weight|weight_packed|bias)$
        ^(\w+\.)?output_layer\. output_projection\.weight$ predictions\.decoder\.
        ^decoder\.(weight|bias)$""",
    ),
    _row(
        Category.MLP,
        r"""mlp mlps \w+_mlps? (\w+_)?ffn?s? ffn(\d|_output) feed_forward\d? ffw_layer\w*
        ff_(context|in|out) DenseReluDense
        fc1 fc2 linear1 linear2 lin1 lin2 intermediate channel_mix(er|ing)?
        dense_(h_to_4h|4h_to_h) ffn_(gate|up|down)""",
        r"""(?<!attention\.)(?<!self\.)\boutput\.dense\.
        single_transformer_blocks\.\*\.proj_out\.""",
    ),
    _row(
        Category.LINEAR_ATTENTION,
        r"linear_attn linear_attention \w*delta_net kda lightning\w* time_mix(er|ing)? retention",
    ),
    _row(
        Category.ATTENTION,
        r"""q_proj k_proj v_proj o_proj qkv_proj query key value query_key_value W_pack wqkv Wqkv
        c_attn to_q to_k to_v to_kv to_qkv to_out to_add_out add_q_proj add_k_proj add_v_proj
        add_kv_proj attn_(q|k|v|qkv|output|sinks|rel_b)\w*""",
        r"attn [aA]ttention relative_attention_bias (^|\.)att\.",
    ),
    _row(Category.MLP, "gate_proj up_proj down_proj gate_up_proj"),
    _row(
        Category.SSM,
        r"mamba\w* mixer ssm temporal_block rg_lru A_log dt_proj x_proj ssm_\w+",
        r"layers\.\*\.conv\.(in_proj|out_proj|conv)\. shortconv",
    ),
    _row(
        Category.POSITION,
        r"""wpe \w*positions?(al)?_emb\w* embed_positions pos_(emb(ed)?|conv)\w* rel_pos\w*
        relative_position\w* rel_embeddings""",
    ),
    _row(
        Category.EMBEDDING,
        r"""emb embed embed_tokens embed_tokens\w+ embed_in embed_char wte tokens?_embe?d
        \w*(?<!time_)(?<!step_)embeddings? \w*embeds_layers? token_types shared
        (cls|mask|dist)_token""",
        r"^transformer\.w\.",
    ),
    _row(
        Category.CONDITIONING,
        r"""context_embed\w* caption_embed\w* context_projection caption_projection
        \w*condition_embedder""",
    ),
    # The blocks of a U-Net and of what turns pictures into latents and back.
    _row(
        Category.CONVOLUTION,
        r"""(down|up|mid)_blocks? \w*resnets? (up|down)samplers? conv_(in|out|shortcut)
        (post_)?quant_conv controlnet_down_blocks""",
    ),
)
"""Everything else, from the most telling name to the least."""

LONGEST = 400
"""Characters of a name that are looked at."""


@lru_cache(maxsize=65536)
def categorise(pattern: str, dimensions: int) -> Role:
    """Category and operator of a tensor by its name (layer numbers as `*`) and its rank."""
    name = pattern[-LONGEST:]
    tower = _first(TOWERS, name)
    own = _first(RULES, name) or Category.OTHER
    routed = own is Category.EXPERTS and tower in (None, Category.MTP)
    return Role(tower or own, _operator(name, own, dimensions), routed)


def _first(rules: tuple[Rule, ...], name: str) -> Category | None:
    return next((rule.category for rule in rules if rule.names.hold(name)), None)


MATRICES = frozenset({"weight", "qweight", "weight_packed", "quant_weight", "W_q"})
"""Last parts of a matrix's name; any other parameter has no module of its own."""

_TABLE = Names(
    r"""wte wpe shared emb embed embed_tokens embed_tokens\w+ embed_positions embed_in embed_char
    tok_embeddings pos_embed token_types tokens_embed positions_embed token_embd position_embd
    \w*(?<!patch_)embeddings?(_\d+)? \w*embeds_layer relative_attention_bias attn_rel_b"""
)
"""Modules that look rows up."""

_TWO_AXES = ("ssm_conv1d", "shortconv.conv")
"""Convolutions along the sequence that GGUF stores without their middle axis."""

_HEADS = frozenset({"embed_q", "unembed_out"})
"""Latent attention as MLX has it: the linear layers of all heads in one tensor."""

_NORM = next(rule.names for rule in RULES if rule.category is Category.NORM)


def _operator(name: str, own: Category, dimensions: int) -> Operator:
    module, _, last = name.rpartition(".")
    owner = module.rpartition(".")[2]
    if own is Category.NORM or (dimensions < 2 and _NORM.hold(name)):
        return Operator.NORM
    if (own is Category.EXPERTS and dimensions > 1) or owner in _HEADS:
        return Operator.LINEAR
    # A convolution over one point is stored, and computed, as a linear layer.
    if dimensions != 2 and ("conv" in owner or (dimensions > 2 and last in MATRICES)):
        return Operator.CONVOLUTION
    if module.endswith(_TWO_AXES):
        return Operator.CONVOLUTION
    if last not in MATRICES or dimensions < 2:
        return Operator.OTHER
    return Operator.EMBEDDING if _TABLE.hold(owner) else Operator.LINEAR
