"""Tensors -> groups: patterns first, then what each pattern's tensors are to each other."""

from collections.abc import Iterable, Mapping

from paramtui.checkpoint.category import MATRICES, Category, Operator, Role, categorise
from paramtui.checkpoint.column_tensors import first_of
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.counting.apart import Bucket, split_apart
from paramtui.checkpoint.counting.buckets import buckets_of
from paramtui.checkpoint.counting.features import Features, leads_back, read_features, unflatten
from paramtui.checkpoint.counting.kinds import kind_of
from paramtui.checkpoint.counting.packing import FORMATS, UNKNOWN, Format
from paramtui.checkpoint.counting.siblings import Siblings
from paramtui.checkpoint.counting.unpacking import Packed
from paramtui.checkpoint.group import Kind, TensorGroup
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.named_tuple import NamedTuple
from paramtui.record import replace


def group_tensors(
    tensors: Iterable[TensorInfo], config: ModelConfig | None = None
) -> tuple[TensorGroup, ...]:
    """Tensors -> groups, in the order the files name them."""
    config = config or ModelConfig()
    buckets = split_apart(buckets_of(tensors), config)
    siblings = Siblings(buckets)
    matrices = {bucket: matrix for bucket in buckets if (matrix := _matrix(bucket, siblings))}
    model = _Model(
        config,
        siblings,
        matrices,
        {
            part.pattern: bucket
            for bucket, matrix in matrices.items()
            for part in matrix.parts.values()
        },
    )
    groups = tuple(_group(bucket, model) for bucket in buckets)
    return groups if any(group.experts for group in groups) else _without_experts(groups)


def _without_experts(groups: tuple[TensorGroup, ...]) -> tuple[TensorGroup, ...]:
    # Granite's hybrids call their feed-forward network `shared_mlp`, also where nothing is routed.
    return tuple(
        replace(group, category=Category.MLP)
        if group.category is Category.SHARED_EXPERTS
        else group
        for group in groups
    )


class _Matrix(NamedTuple):
    """How a bucket of matrices is packed, and what describes it."""

    format: Format
    parts: Mapping[str, Bucket]


class _Model(NamedTuple):
    """What a bucket is read against."""

    config: ModelConfig
    siblings: Siblings
    matrices: Mapping[Bucket, _Matrix]
    owners: Mapping[str, Bucket]
    """The matrix that each scale, zero point or the like describes, by the part's pattern."""


def _matrix(bucket: Bucket, siblings: Siblings) -> _Matrix | None:
    for row in FORMATS if len(bucket.shape) > 1 else ():
        if not row.holds(bucket.pattern, bucket.dtype.name):
            continue
        signs = row.signs.split()
        found = {
            suffix: part
            for suffix in signs + row.parts.split()
            if (part := siblings.beside(bucket, row.matrix, suffix))
        }
        if not signs or any(sign in found for sign in signs):
            return _Matrix(row, found)
    return None


def _group(bucket: Bucket, model: _Model) -> TensorGroup:
    owner = model.owners.get(bucket.pattern)
    if owner is not None:
        role = _role(bucket, model.matrices[owner].format.plain(owner.pattern), 2, model)
        return _finish(bucket, role, Kind.SCALE, bucket.shape, Features(), model)
    matrix = model.matrices.get(bucket)
    kind = Kind.WEIGHT if matrix else kind_of(bucket.pattern, bucket.dtype, bucket.shape)
    if not matrix and UNKNOWN.holds(bucket.pattern, bucket.dtype.name):
        quantised = bool(model.config.quantization) and len(bucket.shape) > 1
        matrix = _Matrix(UNKNOWN, {}) if quantised else None
    if matrix:
        return _packed(bucket, matrix, model)
    if kind is Kind.WEIGHT:
        return _weight(bucket, bucket.pattern, bucket.shape, model)
    role = _role(bucket, *_beside(bucket.pattern, model), model)
    return _finish(bucket, role, kind, bucket.shape, Features(), model)


def _packed(bucket: Bucket, matrix: _Matrix, model: _Model) -> TensorGroup:
    first, suffix = first_of(bucket.tensors).name, matrix.format.matrix
    shape = matrix.format.logical(
        Packed(
            module=first[: len(first) - len(suffix)],
            dtype=bucket.dtype,
            shape=bucket.shape,
            parts={name: (part.dtype, part.shape) for name, part in matrix.parts.items()},
            options=model.config.quantization,
            inputs=_around(bucket, suffix, model),
        )
    )
    plain = matrix.format.plain(bucket.pattern)
    if len(shape) == 1:
        bias, width = _bias(bucket, suffix, model), _width(bucket, model)
        shape = unflatten(shape[0], _layer_name(plain), bias, width)
    return _weight(bucket, plain, shape, model, suffix)


def _around(bucket: Bucket, suffix: str, model: _Model) -> frozenset[int]:
    """Inputs a matrix may have: the residual stream's, or the outputs of those before it."""
    if not leads_back(_layer_name(bucket.pattern.removesuffix(suffix) + ".weight")):
        width = _width(bucket, model) or model.siblings.only_width
        return frozenset({width} if width else ())
    return model.siblings.rows_before(bucket)


def _weight(
    bucket: Bucket, plain: str, shape: Shape, model: _Model, suffix: str | None = None
) -> TensorGroup:
    role = _role(bucket, plain, len(shape), model)
    bias = _bias(bucket, suffix, model)
    features = read_features(role.operator, shape, _layer_name(plain), bias, _width(bucket, model))
    return _finish(bucket, role, Kind.WEIGHT, shape, features, model)


def _role(bucket: Bucket, plain: str, dimensions: int, model: _Model) -> Role:
    role = categorise(plain, dimensions)
    if role.category is Category.ROUTER and _is_bare_router(plain, model):
        role = role._replace(operator=Operator.OTHER)
    if bucket.apart is Category.MTP:
        return role._replace(category=Category.MTP)
    if bucket.apart and (role.category is not Category.NORM or _gates(plain)):
        return role._replace(category=bucket.apart)
    # diffusers' configurations are those that name their class; the names of kernels differ.
    if role[:2] == (Category.OTHER, Operator.CONVOLUTION) and "_class_name" in model.config.root:
        return role._replace(category=Category.CONVOLUTION)
    return role


def _gates(plain: str) -> bool:
    """Whether a norm of a recurrent mixer is that of its gated output."""
    return plain.rpartition(".")[0].endswith((".norm", ".o_norm"))


def _is_bare_router(plain: str, model: _Model) -> bool:
    # Routers with a correction or a bias are modules of their own (DeepSeek, gpt-oss), and so are
    # those of DeepSeek's descendants, which count their experts as `n_routed_experts`.
    module = plain.rpartition(".")[0]
    own = any(f"{module}.{name}" in model.siblings for name in ("e_score_correction_bias", "bias"))
    return own or model.config.text.integer("n_routed_experts") is not None


def _layer_name(plain: str) -> str:
    """What a layer is called: the module of a `weight`, a bare parameter itself."""
    module, _, last = plain.rpartition(".")
    return module.rpartition(".")[2] if last == "weight" else last


def _beside(pattern: str, model: _Model) -> tuple[str, int]:
    """The plain name of the weight beside a bias, and its rank."""
    module, _, last = pattern.rpartition(".")
    if last != "bias":
        return pattern.removesuffix("_bias"), 3 if pattern.endswith("_bias") else 1
    for name in sorted(MATRICES):
        for bucket in model.siblings.named(f"{module}.{name}"):
            return f"{module}.weight", max(len(bucket.shape), 1)
    return f"{module}.weight", 1


def _bias(bucket: Bucket, suffix: str | None, model: _Model) -> int | None:
    """How many outputs the bias beside a matrix has."""
    of = suffix if suffix is not None else ".weight" if bucket.pattern.endswith(".weight") else ""
    bias = model.siblings.beside(bucket, of, ".bias" if of.startswith(".") else "_bias")
    return bias.shape[-1] if bias and bias.shape else None


def _width(bucket: Bucket, model: _Model) -> int | None:
    return model.siblings.width(bucket.pattern) or model.config.hidden_size


def _finish(
    bucket: Bucket, role: Role, kind: Kind, shape: Shape, features: Features, model: _Model
) -> TensorGroup:
    tensors, layers = bucket.members()
    return TensorGroup(
        pattern=bucket.pattern,
        dtype=bucket.dtype,
        shape=bucket.shape,
        logical_shape=shape,
        category=role.category,
        kind=Kind.DUPLICATE if bucket.repeated else kind,
        operator=role.operator,
        matrices=features.matrices,
        in_features=features.inputs,
        out_features=features.outputs,
        tensors=tensors,
        layers=layers,
        experts=_experts(bucket, features, model.config.experts) if role.routed else 0,
    )


def _experts(bucket: Bucket, features: Features, stated: int | None) -> int:
    """Experts of a layer: tensors that differ in the expert's number, or the first axis."""
    copies = bucket.most_in_a_layer
    packed = len(bucket.shape) > 1 and not bucket.pattern.endswith(".weight")
    first = bucket.shape[0] if packed and copies == 1 else 1
    # DBRX stacks its experts in the rows of one matrix.
    if stated and len(bucket.shape) == 2 and first > stated and first % stated == 0:
        first = stated
    return max(copies, features.matrices, first)
