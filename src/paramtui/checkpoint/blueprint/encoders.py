"""Text encoders: one row a model_type."""

from collections.abc import Callable

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, no_class, task_of
from paramtui.checkpoint.blueprint.parts import (
    Part,
    Parts,
    embedding,
    linear,
    norm,
    stack,
    tensor,
    within,
)

Head = Callable[[Facts], Parts]
"""What a masked language model ends in."""


def post_norm_layer(attention: dict[str, str]) -> Part:
    """BERT's layer (arXiv:1810.04805) with these names for query, key, value, output and norm."""

    def parts(facts: Facts) -> Parts:
        size, inner = facts.hidden, facts.intermediate
        for name in ("query", "key", "value", "output"):
            yield from linear(f"attention.{attention[name]}", size, size, bias=True)
        yield from norm(f"attention.{attention['norm']}", size, bias=True)
        yield from linear("intermediate.dense", size, inner, bias=True)
        yield from linear("output.dense", inner, size, bias=True)
        yield from norm("output.LayerNorm", size, bias=True)

    return parts


BERT_LAYER = post_norm_layer(
    {
        "query": "self.query",
        "key": "self.key",
        "value": "self.value",
        "output": "output.dense",
        "norm": "output.LayerNorm",
    }
)
DEBERTA_LAYER = post_norm_layer(
    {
        "query": "self.query_proj",
        "key": "self.key_proj",
        "value": "self.value_proj",
        "output": "output.dense",
        "norm": "output.LayerNorm",
    }
)
MPNET_LAYER = post_norm_layer(
    {
        "query": "attn.q",
        "key": "attn.k",
        "value": "attn.v",
        "output": "attn.o",
        "norm": "LayerNorm",
    }
)


def embeddings(facts: Facts, width: int, *, positions: bool = True, types: bool = True) -> Parts:
    """Words, positions and, where there are any, token types; a norm over their sum."""
    yield from embedding("embeddings.word_embeddings", facts.vocab, width)
    if positions:
        rows = facts.need("max_position_embeddings")
        yield from embedding("embeddings.position_embeddings", rows, width)
    kinds = facts.find("type_vocab_size")
    if types and kinds:
        yield from embedding("embeddings.token_type_embeddings", kinds, width)
    yield from norm("embeddings.LayerNorm", width, bias=True)


def encoder(base: str, body: Part, masked: Head, classifier: Head) -> Part:
    """A body under the head of its class; the bare class keeps the pooler, if there is one."""

    def parts(facts: Facts) -> Parts:
        task = task_of(facts)
        yield from within("" if task == "none" else base, body(facts))
        if task in ("masked", "words"):
            yield from masked(facts)
        elif task == "classes":
            yield from classifier(facts)
        elif task == "tokens":
            yield from linear("classifier", facts.hidden, facts.labels, bias=True)
        elif task == "spans":
            yield from linear("qa_outputs", facts.hidden, 2, bias=True)
        elif task != "none":
            raise no_class(facts)

    return parts


def pooler(facts: Facts, *tasks: str) -> Parts:
    """A matrix over the first token, in the classes that use it."""
    if task_of(facts) in tasks:
        yield from linear("pooler.dense", facts.hidden, facts.hidden, bias=True)


def plain_classifier(facts: Facts) -> Parts:
    """One matrix over the pooled state."""
    return linear("classifier", facts.hidden, facts.labels, bias=True)


def roberta_classifier(facts: Facts) -> Parts:
    """Two matrices over the first token."""
    yield from linear("classifier.dense", facts.hidden, facts.hidden, bias=True)
    yield from linear("classifier.out_proj", facts.hidden, facts.labels, bias=True)


def predictions(facts: Facts) -> Parts:
    """BERT's masked language model head; the decoder is the embedding where they are tied."""
    size = facts.hidden
    yield from tensor("cls.predictions.bias", facts.vocab)
    yield from linear("cls.predictions.transform.dense", size, size, bias=True)
    yield from norm("cls.predictions.transform.LayerNorm", size, bias=True)
    if not facts.tied:
        yield from linear("cls.predictions.decoder", size, facts.vocab, bias=True)


def roberta_head(facts: Facts) -> Parts:
    """RoBERTa's masked language model head."""
    size = facts.hidden
    yield from tensor("lm_head.bias", facts.vocab)
    yield from linear("lm_head.dense", size, size, bias=True)
    yield from norm("lm_head.layer_norm", size, bias=True)
    if not facts.tied:
        yield from linear("lm_head.decoder", size, facts.vocab, bias=True)


def bert_body(facts: Facts) -> Parts:
    """Embeddings, layers and the pooler of the classes that have one."""
    yield from embeddings(facts, facts.hidden)
    yield from stack(facts, BERT_LAYER, "encoder.layer")
    yield from pooler(facts, "none", "classes", "pretraining")


def bert(facts: Facts) -> Parts:
    """BERT; its pretraining class also tells whether two sentences follow each other."""
    if task_of(facts) != "pretraining":
        yield from encoder("bert", bert_body, predictions, plain_classifier)(facts)
        return
    yield from within("bert", bert_body(facts))
    yield from predictions(facts)
    yield from linear("cls.seq_relationship", facts.hidden, 2, bias=True)


def roberta_body(facts: Facts) -> Parts:
    """BERT's, with a pooler in the bare class only."""
    yield from embeddings(facts, facts.hidden)
    yield from stack(facts, BERT_LAYER, "encoder.layer")
    yield from pooler(facts, "none")


def mpnet_body(facts: Facts) -> Parts:
    """BERT's without token types, with relative position buckets for all layers."""
    yield from embeddings(facts, facts.hidden, types=False)
    yield from stack(facts, MPNET_LAYER, "encoder.layer")
    buckets = facts.need("relative_attention_num_buckets")
    yield from embedding("encoder.relative_attention_bias", buckets, facts.heads)
    yield from pooler(facts, "none")


def distilbert_layer(facts: Facts) -> Parts:
    """BERT's layer under other names."""
    size, inner = facts.hidden, facts.need("hidden_dim")
    for name in ("q_lin", "k_lin", "v_lin", "out_lin"):
        yield from linear(f"attention.{name}", size, size, bias=True)
    yield from norm("sa_layer_norm", size, bias=True)
    yield from linear("ffn.lin1", size, inner, bias=True)
    yield from linear("ffn.lin2", inner, size, bias=True)
    yield from norm("output_layer_norm", size, bias=True)


def distilbert_body(facts: Facts) -> Parts:
    """No token types and no pooler."""
    yield from embeddings(facts, facts.hidden)
    yield from stack(facts, distilbert_layer, "transformer.layer")


def distilbert_head(facts: Facts) -> Parts:
    """DistilBERT's masked language model head."""
    size = facts.hidden
    yield from linear("vocab_transform", size, size, bias=True)
    yield from norm("vocab_layer_norm", size, bias=True)
    if facts.tied:
        yield from tensor("vocab_projector.bias", facts.vocab)
    else:
        yield from linear("vocab_projector", size, facts.vocab, bias=True)


def distilbert_classifier(facts: Facts) -> Parts:
    """Two matrices over the first token."""
    yield from linear("pre_classifier", facts.hidden, facts.hidden, bias=True)
    yield from plain_classifier(facts)


def electra_body(facts: Facts) -> Parts:
    """BERT's without pooler; narrow embeddings are projected."""
    size, width = facts.hidden, facts.need("embedding_size")
    yield from embeddings(facts, width)
    if width != size:
        yield from linear("embeddings_project", width, size, bias=True)
    yield from stack(facts, BERT_LAYER, "encoder.layer")


def electra_head(facts: Facts) -> Parts:
    """The generator's head."""
    width = facts.need("embedding_size")
    yield from norm("generator_predictions.LayerNorm", width, bias=True)
    yield from linear("generator_predictions.dense", facts.hidden, width, bias=True)
    if facts.tied:
        yield from tensor("generator_lm_head.bias", facts.vocab)
    else:
        yield from linear("generator_lm_head", width, facts.vocab, bias=True)


def electra(facts: Facts) -> Parts:
    """ELECTRA (arXiv:2003.10555); the pretraining class is the discriminator."""
    if task_of(facts) != "pretraining":
        yield from encoder("electra", electra_body, electra_head, roberta_classifier)(facts)
        return
    yield from within("electra", electra_body(facts))
    yield from linear("discriminator_predictions.dense", facts.hidden, facts.hidden, bias=True)
    yield from linear("discriminator_predictions.dense_prediction", facts.hidden, 1, bias=True)


ROBERTA = Family(
    encoder("roberta", roberta_body, roberta_head, roberta_classifier), {"type_vocab_size": 2}
)

ENCODERS: dict[str, Family] = {
    "bert": Family(bert, {"type_vocab_size": 2}),
    "camembert": ROBERTA,
    "distilbert": Family(
        encoder("distilbert", distilbert_body, distilbert_head, distilbert_classifier)
    ),
    "electra": Family(electra, {"embedding_size": 128, "type_vocab_size": 2}),
    "mpnet": Family(
        encoder("mpnet", mpnet_body, roberta_head, roberta_classifier),
        {"relative_attention_num_buckets": 32},
    ),
    "roberta": ROBERTA,
    "xlm-roberta": ROBERTA,
}
