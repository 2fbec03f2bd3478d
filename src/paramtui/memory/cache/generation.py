"""Whether a model writes token after token, and so keeps a cache."""

from paramtui.checkpoint.config import ModelConfig

ENCODERS = frozenset(
    {
        "albert",
        "beit",
        "bert",
        "big_bird",
        "camembert",
        "clip",
        "clip_text_model",
        "clip_vision_model",
        "convbert",
        "convnext",
        "deberta",
        "deberta-v2",
        "deit",
        "dinov2",
        "distilbert",
        "electra",
        "ernie",
        "esm",
        "eurobert",
        "flaubert",
        "funnel",
        "hubert",
        "layoutlm",
        "layoutlmv2",
        "layoutlmv3",
        "longformer",
        "luke",
        "mobilebert",
        "modernbert",
        "mpnet",
        "nomic_bert",
        "nystromformer",
        "rembert",
        "roberta",
        "roberta-prelayernorm",
        "roformer",
        "siglip",
        "siglip2",
        "siglip_vision_model",
        "squeezebert",
        "swin",
        "swinv2",
        "unispeech",
        "vit",
        "vit_mae",
        "wav2vec2",
        "wavlm",
        "xlm-roberta",
        "xlm-roberta-xl",
        "xmod",
    }
)
"""Families that read a whole sequence at once and keep nothing of it (transformers 5.23)."""
READING = (
    "EncoderModel",
    "ForMaskedLM",
    "ForImageClassification",
    "ForTokenClassification",
    "ForQuestionAnswering",
    "VisionModel",
)
"""Endings of the class names of models that only read."""
WRITING = ("ForCausalLM", "LMHeadModel")
"""Endings of those that write, whatever their family."""


def generates(config: ModelConfig) -> bool:
    """Whether the model writes token after token; diffusion models and encoders do not."""
    if config.root.text("_class_name") or config.root.flag("is_causal") is False:
        return False
    architecture = config.architecture or ""
    if architecture.endswith(READING):
        return False
    if config.model_type in ENCODERS and not architecture.endswith(WRITING):
        return config.root.flag("is_decoder") is True
    return True
