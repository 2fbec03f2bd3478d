"""Bytes that one decoder layer saves of a token for the backward pass, family by family.

16-bit computation, flash or SDPA attention that keeps no S × S matrix, keys and values not
expanded, every operation on its own (no fused norms, rotations or activations). Each formula is
the list of what torch's operators save, and equals runs of transformers 5.23 under torch 2.13.
"""

from paramtui.checkpoint.config import ModelConfig
from paramtui.named_tuple import NamedTuple


class LayerFormula(NamedTuple):
    """Bytes for each token: of everything but the feed-forward network, and of that."""

    family: str
    full: str
    """Every weight trained."""
    frozen: str
    """Norms frozen: their outputs are not saved, adapters add their own inputs."""
    single: str
    """Every weight trained, weights and computation in fp32."""
    final: str
    """The last norm and the head's input, every weight trained."""
    final_frozen: str = "4 × hidden + 4"
    final_single: str = "12 × hidden + 4"
    gates: tuple[int, int, int] = (8, 6, 16)
    """Bytes for each element of the feed-forward network's width: full, frozen, fp32."""
    skipped: str = "4 × hidden + 4"
    """What the first layer's norm does not save where the embedding is frozen."""
    one_input: bool = False
    """Whether attention and feed-forward network read the same norm's output."""
    flowing: int = 3
    """Widths of the feed-forward network that the backward pass of its activation holds beside
    what was saved."""
    gated: bool = True
    """Whether the activation is multiplied; else the last matrix has its gradient by then."""
    keeps_result: bool = False
    """Whether the activation keeps its result, which the last matrix reads: ReLU's does."""


def layer_formula(config: ModelConfig) -> LayerFormula | None:
    """The formula of the model's family; None where it has none of its own."""
    name = config.text_model_type or ""
    return FORMULAE.get(name.removesuffix("_text"))


_ATTENTION = "4 × query_width + 4 × kv_width + 4 × heads"
_SINGLE = "8 × query_width + 8 × kv_width + 4 × heads"
_FUSED = "6 × query_width + 6 × kv_width + 4 × heads"
_FUSED_SINGLE = "12 × query_width + 12 × kv_width + 4 × heads"

LLAMA = LayerFormula(
    family="Llama",
    full=f"16 × hidden + 8 + {_ATTENTION}",
    frozen=f"8 × hidden + 8 + {_ATTENTION}",
    single=f"24 × hidden + 8 + {_SINGLE}",
    final="8 × hidden + 4",
)
"""Two norms (4 h of fp32 input, 4 of rsqrt, 2 h normalised, 2 h output), q, k, v and the
attention's output, its log-sum-exp; gate, silu(gate), up and their product."""

QWEN3 = LLAMA._replace(
    family="Qwen3",
    full=f"{LLAMA.full} + (6 × head_dim + 4) × (heads + kv_heads)",
    frozen=f"{LLAMA.frozen} + (4 × head_dim + 4) × (heads + kv_heads)",
    single=f"{LLAMA.single} + (8 × head_dim + 4) × (heads + kv_heads)",
)
"""Llama's, and a norm for each head of queries and keys."""

EXAONE4 = QWEN3._replace(family="EXAONE 4", skipped="0")
"""The same norms, of which those over the residual stream come after the blocks."""

GEMMA2 = LLAMA._replace(
    family="Gemma 2",
    full=f"36 × hidden + 16 + {_ATTENTION}",
    frozen=f"16 × hidden + 16 + {_ATTENTION}",
    single=f"40 × hidden + 16 + {_SINGLE}",
    final="10 × hidden + 4",
)
"""Four norms whose fp32 output is kept."""

GEMMA3 = GEMMA2._replace(
    family="Gemma 3",
    full=f"{GEMMA2.full} + (8 × head_dim + 4) × (heads + kv_heads)",
    frozen=f"{GEMMA2.frozen} + (4 × head_dim + 4) × (heads + kv_heads)",
    single=f"{GEMMA2.single} + (8 × head_dim + 4) × (heads + kv_heads)",
)
"""Gemma 2's, and a norm for each head of queries and keys."""

GEMMA = GEMMA2._replace(
    family="Gemma",
    full=f"20 × hidden + 8 + {_ATTENTION}",
    frozen=f"8 × hidden + 8 + {_ATTENTION}",
    single=f"24 × hidden + 8 + {_SINGLE}",
)
"""Two norms whose fp32 output is kept."""

OLMO2 = LLAMA._replace(
    family="OLMo 2",
    full="20 × hidden + 16 + 12 × query_width + 12 × kv_width + 4 × heads",
    frozen="8 × hidden + 16 + 8 × query_width + 8 × kv_width + 4 × heads",
    single="24 × hidden + 16 + 16 × query_width + 16 × kv_width + 4 × heads",
    final="10 × hidden + 4",
    skipped="0",
)
"""Norms after the blocks, and over the full width of queries and keys."""

COHERE = LLAMA._replace(
    family="Cohere",
    full=f"14 × hidden + 4 + {_ATTENTION}",
    frozen=f"8 × hidden + 4 + {_ATTENTION}",
    single=f"16 × hidden + 4 + {_SINGLE}",
    final="14 × hidden + 4",
    final_frozen="8 × hidden + 4",
    final_single="16 × hidden + 4",
    skipped="8 × hidden + 4",
    one_input=True,
)
"""One LayerNorm in fp32 before attention and feed-forward network, which run side by side."""

GLM4 = LLAMA._replace(
    family="GLM 4",
    full=f"28 × hidden + 16 + {_ATTENTION}",
    frozen=f"16 × hidden + 16 + {_ATTENTION}",
    single=f"40 × hidden + 16 + {_SINGLE}",
)
"""Norms before and after attention and feed-forward network."""

ARCEE = LLAMA._replace(family="Arcee", gates=(4, 2, 8), gated=False)
"""Llama's, with a squared ReLU and no gate."""

APERTUS = QWEN3._replace(family="Apertus", gates=(11, 7, 21), flowing=4, gated=False)
"""Qwen3's, with xIELU and no gate."""

LAYER_NORM = LLAMA._replace(
    family="StarCoder 2",
    full=f"8 × hidden + 8 + {_ATTENTION}",
    frozen=f"4 × hidden + 8 + {_ATTENTION}",
    single=f"16 × hidden + 16 + {_SINGLE}",
    final="4 × hidden + 4",
    final_frozen="2 × hidden + 4",
    final_single="8 × hidden + 8",
    gates=(4, 2, 8),
    flowing=1,
    gated=False,
    skipped="2 × hidden + 4",
)
"""Two LayerNorms (2 h of input, 2 h of output each) and one activation without a gate."""

OPT = LAYER_NORM._replace(
    family="OPT", final="4 × hidden + 12", gates=(2, 2, 4), flowing=2, keeps_result=True
)
"""The same with a ReLU, whose output is the next layer's input."""

NEOX = LAYER_NORM._replace(
    family="GPT-NeoX",
    full=f"6 × hidden + 8 + {_FUSED}",
    frozen=f"2 × hidden + 8 + {_FUSED}",
    single=f"12 × hidden + 16 + {_FUSED_SINGLE}",
)
"""Attention and feed-forward network side by side; the fused q, k and v are kept whole."""

PHI = LAYER_NORM._replace(
    family="Phi",
    full=f"4 × hidden + 4 + {_ATTENTION}",
    frozen=f"2 × hidden + 4 + {_ATTENTION}",
    single=f"8 × hidden + 8 + {_SINGLE}",
    gates=(10, 8, 20),
    flowing=2,
    one_input=True,
)
"""One LayerNorm for both, and a GELU whose five steps are kept one by one."""

OLMO = LAYER_NORM._replace(
    family="OLMo",
    full=f"12 × hidden + 16 + {_ATTENTION}",
    frozen=f"8 × hidden + 16 + {_ATTENTION}",
    single=f"16 × hidden + 16 + {_SINGLE}",
    final="6 × hidden + 8",
    final_frozen="4 × hidden + 8",
    gates=LLAMA.gates,
    flowing=LLAMA.flowing,
    gated=True,
    skipped="4 × hidden + 8",
)
"""Two LayerNorms in fp32 without weights."""

STABLELM = LLAMA._replace(
    family="StableLM 2",
    full=f"10 × hidden + 8 + {_ATTENTION}",
    frozen=f"6 × hidden + 8 + {_ATTENTION}",
    single=f"18 × hidden + 16 + {_SINGLE}",
    final="4 × hidden + 4",
    final_frozen="2 × hidden + 4",
    final_single="8 × hidden + 8",
    skipped="2 × hidden + 4",
)
"""LayerNorm (2 h of input, 2 h of output) and two dropout masks."""

PHI3 = LLAMA._replace(
    family="Phi 3",
    full=f"18 × hidden + 8 + {_FUSED}",
    frozen=f"10 × hidden + 8 + {_FUSED}",
    single=f"26 × hidden + 8 + {_FUSED_SINGLE}",
)
"""The fused q, k and v are kept whole; two dropout masks."""

GPT2 = LLAMA._replace(
    family="GPT-2",
    full="10 × hidden + 8 + 6 × query_width + 4 × kv_width + 4 × heads",
    frozen="6 × hidden + 8 + 6 × query_width + 4 × kv_width + 4 × heads",
    single="18 × hidden + 8 + 12 × query_width + 8 × kv_width + 4 × heads",
    final="6 × hidden + 12",
    final_frozen="4 × hidden + 12",
    final_single="10 × hidden + 12",
    gates=(10, 8, 20),
    flowing=2,
    gated=False,
    skipped="2 × hidden + 4",
)
"""LayerNorm, two dropout masks, and a GELU whose five steps are kept one by one."""

FORMULAE: dict[str, LayerFormula] = {
    name: formula
    for formula, names in (
        (LLAMA, "llama mistral qwen2 granite mixtral qwen2_moe granitemoe granitemoeshared"),
        (LLAMA, "qwen2_vl qwen2_5_vl ministral ministral3 smollm3 internlm2 glm seed_oss"),
        (QWEN3, "qwen3 qwen3_moe qwen3_vl qwen3_vl_moe hunyuan_v1_dense"),
        (EXAONE4, "exaone4"),
        (GEMMA, "gemma vaultgemma"),
        (GEMMA2, "gemma2"),
        (GEMMA3, "gemma3"),
        (OLMO, "olmo"),
        (OLMO2, "olmo2 olmo3"),
        (STABLELM, "stablelm"),
        (PHI, "phi"),
        (PHI3, "phi3"),
        (GPT2, "gpt2"),
        (COHERE, "cohere cohere2"),
        (GLM4, "glm4"),
        (ARCEE, "arcee"),
        (APERTUS, "apertus"),
        (LAYER_NORM, "starcoder2 gpt_bigcode"),
        (LAYER_NORM._replace(family="Nemotron", flowing=3), "nemotron"),
        (OPT, "opt"),
        (NEOX, "gpt_neox"),
    )
    for name in names.split()
}
"""Families with a formula of their own, by the `model_type` of their language model."""
