"""Where config.json and the files do not say the same: one sentence each, and which is believed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.config import LAYERS, ModelConfig
from paramtui.checkpoint.group import Kind, TensorGroup
from paramtui.named_tuple import NamedTuple

Groups = tuple[TensorGroup, ...]

APART = (Category.VISION, Category.AUDIO, Category.PROJECTOR, Category.MTP, Category.ADAPTER)
"""Parts whose layers and widths are not those of the model proper."""
WORDS = ("I16", "U16", "I32", "U32", "I64", "U64")
"""Types in which only packed numbers are stored."""
RARE = 10
"""One layer in so many may lack something before it is taken for the model's design."""
FILES = "the files are believed."


def disagreements(groups: Groups, config: ModelConfig) -> tuple[str, ...]:
    """What the configuration claims and the stored tensors deny."""
    own = tuple(group for group in groups if group.category not in APART)
    if not config.root or not own:
        return ()
    return tuple(sentence for check in CHECKS for sentence in check(own, config))


class _Stack(NamedTuple):
    """A list of layers: where it stands, and the matrices of each."""

    name: str
    layers: dict[int, frozenset[str]]


def _stacks(groups: Groups) -> list[_Stack]:
    """The lists of layers, the one with most parameters first."""
    size: Counter[str] = Counter()
    held: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for group in groups:
        name, numbered, below = group.pattern.partition(".*.")
        if not numbered:
            continue
        size[name] += group.parameters
        matrix = group.kind is Kind.WEIGHT and group.operator is Operator.LINEAR
        for layer in group.numbered:
            held[name][layer].update({below.rpartition(".")[0]} if matrix else ())
    return [
        _Stack(name, {layer: frozenset(parts) for layer, parts in held[name].items()})
        for name, _ in size.most_common()
    ]


def _lists(groups: Groups, config: ModelConfig) -> Iterator[str]:
    stacks = _stacks(groups)
    yield from _layers(stacks, config)
    yield from _lacking(stacks)


def _layers(stacks: list[_Stack], config: ModelConfig) -> Iterator[str]:
    stated = config.layers
    if not stacks or not stated:
        return
    claims = {config.text.positive(name) for name in (*LAYERS, "num_hidden_groups")}
    if any(len(stack.layers) in claims for stack in stacks):
        return
    name, held = stacks[0]
    missing = stated - len(held)
    if max(held) + 1 == stated and missing:
        lowest = next(layer for layer in range(stated) if layer not in held)
        first = f"layer {lowest}" if missing == 1 else f"{missing:,} layers"
        yield (
            f"config.json says {_layers_of(stated)}, the files lack {first} of {name}: "
            "what is missing is not counted."
        )
    else:
        yield f"config.json says {_layers_of(stated)}, the files hold {len(held):,}: {FILES}"


def _layers_of(count: int) -> str:
    return _plural(count, "layer", "layers")


def _lacking(stacks: list[_Stack]) -> Iterator[str]:
    for name, held in stacks:
        counts = Counter(held.values())
        usual = max(counts, key=counts.__getitem__)
        # A first layer may do without what mixes in the one before it (RWKV-7).
        short = sorted(layer for layer, parts in held.items() if parts < usual and layer)
        others = sum(parts == usual for parts in held.values())
        if not short or len(short) > max(len(held) // RARE, 1) or others < len(held) - len(short):
            continue
        part = min(usual - held[short[0]])
        rest = f", and {_layers_of(len(short) - 1)} more lack some" if len(short) > 1 else ""
        yield (
            f"{name}.{short[0]} has no {part}, which the other layers have{rest}: "
            "what is missing is not counted."
        )


def _tables(groups: Groups) -> list[TensorGroup]:
    return [
        group
        for group in groups
        if group.category is Category.EMBEDDING and group.operator is Operator.EMBEDDING
    ]


def _vocabulary(groups: Groups, config: ModelConfig) -> Iterator[str]:
    rows = max((table.out_features for table in _tables(groups)), default=0)
    stated = config.vocab_size
    if rows and stated and rows < stated:
        held = f"the embedding has {rows:,} rows"
        yield f"config.json says a vocabulary of {stated:,}, {held}: {FILES}"


def _hidden(groups: Groups, config: ModelConfig) -> Iterator[str]:
    table = max(_tables(groups), key=lambda table: table.out_features, default=None)
    stated = config.hidden_size
    if table is None or not stated or not table.in_features:
        return
    # Factorised embeddings are narrower than the model, and their width has a field of its own.
    named = {config.text.positive(name) for name in config.text.names() if "emb" in name}
    if table.in_features not in named | {stated}:
        yield (
            f"config.json says a hidden size of {stated:,}, the embedding is "
            f"{table.in_features:,} wide: the files are believed for the counts, config.json for "
            "activations."
        )


def _quantized(groups: Groups, config: ModelConfig) -> Iterator[str]:
    method = config.quantization.text("quant_method")
    if method and not any(map(_is_packed, groups)):
        yield f"config.json says {method}, but no tensor is packed: {FILES}"


def _is_packed(group: TensorGroup) -> bool:
    low = (group.dtype.bits <= 8 or group.dtype.block > 1) and group.kind is Kind.WEIGHT
    return low or group.kind is Kind.SCALE or group.dtype.name in WORDS


def _not_understood(groups: Groups, config: ModelConfig) -> Iterator[str]:
    stored = sum(
        group.count
        for group in groups
        if group.kind is Kind.WEIGHT
        and group.dtype.name in WORDS
        and len(group.shape) > 1
        and group.logical_shape == group.shape
    )
    if stored and config.quantization:
        method = config.quantization.text("quant_method") or "no method is named"
        tensors = _plural(stored, "tensor is", "tensors are")
        yield f"{tensors} packed in a way that is not known ({method}): counted as stored."


def _experts(groups: Groups, config: ModelConfig) -> Iterator[str]:
    stated = config.experts or 0
    if stated > 1 and not any(g.experts or g.category is Category.EXPERTS for g in groups):
        yield f"config.json says {stated:,} experts, the files hold none: {FILES}"


def _head(groups: Groups, config: ModelConfig) -> Iterator[str]:
    writes = (config.architecture or "").endswith("ForCausalLM") and config.tied is False
    if writes and _tables(groups) and not any(g.category is Category.HEAD for g in groups):
        yield (
            "config.json says that the head is not tied to the embedding, but no head is "
            "stored: none is counted."
        )


def _key_heads(groups: Groups, config: ModelConfig) -> Iterator[str]:
    text, heads = config.text, config.heads
    shared = text.positive("num_key_value_heads")
    size = text.positive("head_dim") or (config.hidden_size or 0) // (heads or 1)
    queries, keys = _rows(groups, "q_proj"), _rows(groups, "k_proj")
    # Only queries that agree tell that the size of a head is the one the keys have.
    if not heads or not shared or not keys or heads * size not in queries:
        return
    if shared * size not in keys:
        yield (
            f"config.json says {_plural(shared, 'key-value head', 'key-value heads')} of {size:,}, "
            f"the key projections have {min(keys):,} rows: {FILES}"
        )


def _rows(groups: Iterable[TensorGroup], suffix: str) -> set[int]:
    return {
        group.out_features
        for group in groups
        if group.suffix == suffix and group.kind is Kind.WEIGHT and group.out_features
    }


def _plural(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


CHECKS: tuple[Callable[[Groups, ModelConfig], Iterator[str]], ...] = (
    _lists,
    _vocabulary,
    _hidden,
    _quantized,
    _not_understood,
    _experts,
    _head,
    _key_heads,
)
