"""Latent attention behind an indexer: DeepSeek-V3.2 and GLM-5 (transformers 5.23)."""

from paramtui.checkpoint.blueprint.attention import latent_attention
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.mixtures import deepseek, with_mtp
from paramtui.checkpoint.blueprint.parts import Parts, in_turn, linear, norm, within


def indexer(facts: Facts) -> Parts:
    """What picks the tokens that a layer looks at (the report of DeepSeek-V3.2, §2.1)."""
    heads, dim = facts.need("index_n_heads"), facts.need("index_head_dim")
    yield from linear("wq_b", facts.need("q_lora_rank"), heads * dim)
    yield from linear("wk", facts.hidden, dim)
    yield from norm("k_norm", dim, bias=True)
    yield from linear("weights_proj", facts.hidden, heads)


def picks(facts: Facts) -> bool:
    """Whether a layer has an indexer of its own: by a list, a pattern or a schedule."""
    kinds = facts.words("indexer_types")
    pattern = facts.word("index_topk_pattern")
    if kinds is not None and facts.layer < len(kinds):
        return kinds[facts.layer] == "full"
    if pattern is not None and facts.layer < len(pattern):
        return pattern[facts.layer] == "F"
    every, first = facts.find("index_topk_freq") or 1, facts.whole("index_skip_topk_offset")
    return max(facts.layer - (2 if first is None else first) + 1, 0) % every == 0


def own_indexer(facts: Facts) -> Parts:
    """An indexer in layers that have one."""
    if picks(facts):
        yield from within("self_attn.indexer", indexer(facts))


MIXER = in_turn(latent_attention(), own_indexer)

INDEXED: dict[str, Family] = {
    "deepseek_v32": Family(
        with_mtp(deepseek(MIXER)),
        {
            "first_k_dense_replace": 3,
            "index_head_dim": 128,
            "index_n_heads": 64,
            "n_shared_experts": 1,
        },
        float32=("e_score_correction_bias",),
    ),
    "glm_moe_dsa": Family(
        with_mtp(deepseek(MIXER)),
        {
            "first_k_dense_replace": 3,
            "index_head_dim": 128,
            "index_n_heads": 32,
            "n_shared_experts": 1,
        },
        float32=("e_score_correction_bias",),
    ),
}
