"""The table of the glossary: a row each word; `[words]` and `[shown|word]` have their own."""

import re

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import Kind
from paramtui.record import Record
from paramtui.reports import glossary_examples as examples
from paramtui.reports.glossary_examples import (
    Example,
    of_bytes,
    of_category,
    of_component,
    of_kind,
)

LINK = re.compile(r"\[([^\]|]+)(?:\|([^\]]+))?\]")


class Entry(Record):
    """One word."""

    word: str
    text: str
    """One or two plain sentences."""
    about: tuple[str, ...] = ()
    """What on the screen it explains, by the place in the JSON."""
    example: Example | None = None
    aliases: tuple[str, ...] = ()
    """Other names and forms of the word."""


TABLE: tuple[Entry, ...] = (
    Entry(
        "parameter",
        "A number that training found: every [weight] and every [bias]. The “8B” in a model's "
        "name counts them: eight billion numbers.",
        ("parameters.total", "parameters.by_category", "parameters.by_dtype"),
        examples.parameters,
    ),
    Entry(
        "weight",
        "A [parameter] that something is multiplied by; nearly all are entries of matrices. "
        "“The weights” of a model often means all its parameters.",
        ("parameters.by_kind.weight",),
        of_kind(Kind.WEIGHT),
    ),
    Entry(
        "bias",
        "A [parameter] that is added, one for each output of a [linear layer]. "
        "Many newer models leave them out.",
        ("parameters.by_kind.bias",),
        of_kind(Kind.BIAS),
    ),
    Entry(
        "hyperparameter",
        "A number that people chose, such as the number of [layers] or the learning rate. It is "
        "not learned, so it is no [parameter]; those that give the model its form stand in "
        "config.json.",
        (),
        examples.layers,
    ),
    Entry(
        "model weights",
        "All [parameters] of the model as they lie in memory. They take their number times the "
        "size of one at the chosen [precision], and whatever the [quantisation] adds.",
        ("memory.weights",),
        of_component("weights"),
    ),
    Entry(
        "active parameters",
        "The [parameters] that one [token] meets: all of them, less the [experts] it does not "
        "visit. They tell how much is computed for a token; all parameters must be in memory "
        "all the same.",
        ("parameters.active",),
        examples.active,
    ),
    Entry(
        "tensor",
        "A block of numbers with a name and a [shape]: a list, a matrix, or a stack of matrices. "
        "A [checkpoint] is nothing but tensors.",
        ("parameters.tensors", "parameters.stored_elements"),
        examples.tensors,
    ),
    Entry(
        "shape",
        "The sizes of a [tensor]: rows × columns for a matrix. Multiplied, they give how many "
        "numbers it holds.",
        (),
        examples.largest_shape,
    ),
    Entry(
        "checkpoint",
        "The files of a trained model. To know what is in them it is enough to read their "
        "headers, without one of the [weights].",
        ("parameters.stored_bytes",),
        examples.both_units,
    ),
    Entry(
        "safetensors",
        "The usual format of a [checkpoint]: a header that names every [tensor] with its [shape] "
        "and [dtype], and then the numbers themselves.",
    ),
    Entry(
        "shard",
        "One of the files that a large [checkpoint] is cut into.",
        ("parameters.files",),
        examples.shards,
    ),
    Entry(
        "dtype",
        "How the numbers of a [tensor] are written, and so how many bits each takes: BF16, F32, "
        "U8 and so on.",
        (),
        examples.dtypes,
    ),
    Entry(
        "GiB and GB",
        "A GB is 10⁹ bytes, a GiB is 2³⁰ bytes, 7 % more. Disks are sold in GB, the memory of "
        "GPUs is counted in GiB.",
        (),
        examples.both_units,
        ("gib", "gb"),
    ),
    Entry(
        "bits per parameter",
        "The size of the files, in bits, divided by the [parameters]. Where it is more than the "
        "[precision] promises, [scales] or parts left in 16 bits make the difference.",
        ("parameters.bits_per_parameter",),
        examples.bits,
        ("bits per weight",),
    ),
    Entry(
        "scale",
        "A number beside a group of [quantised] [weights] that gives them back their size. "
        "Scales take memory, but they are no [parameters].",
        ("parameters.by_kind.scale",),
        of_bytes(Kind.SCALE),
        ("zero point",),
    ),
    Entry(
        "buffer",
        "A [tensor] that is stored but never learned, such as a mask or a list of positions. It "
        "is no [parameter].",
        ("parameters.by_kind.buffer",),
        of_bytes(Kind.BUFFER),
    ),
    Entry(
        "tied embeddings",
        "The [output head] and the [embedding] are one matrix, counted once. Some files hold it "
        "a second time.",
        ("parameters.by_kind.duplicate",),
        examples.tied,
        ("tied",),
    ),
    Entry(
        "token",
        "A piece of text, often a word or a part of one. Everything a model reads or writes is "
        "cut into tokens first.",
    ),
    Entry(
        "vocabulary",
        "All [tokens] that a model knows. The [embedding] has a row for each, and so has the "
        "[output head].",
        (),
        examples.vocabulary,
    ),
    Entry(
        "layer",
        "One of the blocks that every [token] passes, one after the other; usually [attention] "
        "and then a [feed-forward network], or [experts].",
        (),
        examples.layers,
        ("decoder layer", "block"),
    ),
    Entry(
        "linear layer",
        "A matrix that turns a list of numbers, its inputs, into another, its outputs. Most "
        "[parameters] of a model are in such matrices.",
        (),
        None,
        ("matrix",),
    ),
    Entry(
        "hidden size",
        "How many numbers stand for one [token] on its way from [layer] to layer, which is "
        "called the residual stream.",
        (),
        examples.width,
        ("width", "residual stream"),
    ),
    Entry(
        "embedding",
        "A table with a row for each [token] of the [vocabulary]. A token's row is what the "
        "first [layer] gets to see of it.",
        ("parameters.by_category.embedding",),
        of_category(Category.EMBEDDING),
    ),
    Entry(
        "position embedding",
        "A table with a row for each place in the text, so that order matters. Most newer models "
        "turn [queries] and [keys] by an angle instead (rotary), which takes no [parameters].",
        ("parameters.by_category.position",),
        of_category(Category.POSITION),
    ),
    Entry(
        "attention",
        "The part of a [layer] where a [token] looks at others and takes over what it needs. Its "
        "[parameters] are the matrices for [queries], keys and values, and one that joins the "
        "results.",
        ("parameters.by_category.attention",),
        of_category(Category.ATTENTION),
    ),
    Entry(
        "query, key and value",
        "Three lists of numbers that [attention] makes of every [token]. The query says what it "
        "looks for, the key what it has to offer, and the value is what it hands over.",
        (),
        None,
        ("query", "key", "value", "q_proj, k_proj, v_proj"),
    ),
    Entry(
        "attention head",
        "[Attention] works several times side by side, each time on a narrow slice; one such "
        "slice is a head. The [output head] is something else.",
        (),
        examples.attention_heads,
        ("head (attention)", "head"),
    ),
    Entry(
        "grouped-query attention",
        "Several [heads] of [queries] share one head of keys and values. The [KV cache] gets "
        "smaller by as much.",
        (),
        examples.shared_heads,
        ("GQA", "multi-query attention", "MQA"),
    ),
    Entry(
        "latent attention",
        "[Attention] that keeps one short list for each [token] and computes [keys] and values "
        "from it. The [KV cache] gets much smaller.",
        (),
        None,
        ("MLA", "latent", "multi-head latent attention"),
    ),
    Entry(
        "cross-attention",
        "[Attention] to something other than the text so far: to what an encoder has read, or to "
        "a picture. Its [keys] and values do not grow with what is written.",
    ),
    Entry(
        "sliding window",
        "A [layer] that looks back only so many [tokens], and so keeps no more of them in the "
        "[KV cache].",
        (),
        examples.window,
    ),
    Entry(
        "linear attention",
        "A stand-in for [attention] that folds every [token] into a [state] of fixed size "
        "instead of looking back at all of them.",
        ("parameters.by_category.linear_attention",),
        of_category(Category.LINEAR_ATTENTION),
    ),
    Entry(
        "state-space layer",
        "A [layer] that carries a [state] of fixed size from [token] to token, as in Mamba, and "
        "has no [KV cache].",
        ("parameters.by_category.ssm",),
        of_category(Category.SSM),
        ("ssm", "Mamba"),
    ),
    Entry(
        "state",
        "What [linear attention] and [state-space layers] remember of the text so far. It takes "
        "the same memory at any [context].",
        ("memory.state",),
        of_component("state"),
        ("recurrent state",),
    ),
    Entry(
        "feed-forward network",
        "Two or three matrices that work on each [token] by itself: wider, then narrow again. "
        "Most [parameters] of a model without [experts] are here.",
        ("parameters.by_category.mlp",),
        of_category(Category.MLP),
        ("MLP", "feed-forward", "FFN"),
    ),
    Entry(
        "norm",
        "A step that brings the numbers of a [token] to a common size. It has one or two "
        "[parameters] for each of them, few beside the matrices.",
        ("parameters.by_category.norm",),
        of_category(Category.NORM),
        ("normalisation", "LayerNorm", "RMSNorm"),
    ),
    Entry(
        "expert",
        "One of several [feed-forward networks] in a [layer], of which each [token] visits only a "
        "few. That saves computing, not memory: any of them may be the next one needed.",
        ("parameters.by_category.experts",),
        examples.experts,
        ("routed expert", "routed", "mixture of experts", "MoE"),
    ),
    Entry(
        "shared expert",
        "An [expert] that every [token] visits, beside those that the [router] picks.",
        ("parameters.by_category.shared_experts",),
        of_category(Category.SHARED_EXPERTS),
    ),
    Entry(
        "router",
        "A small matrix that picks the [experts] a [token] visits.",
        ("parameters.by_category.router",),
        of_category(Category.ROUTER),
        ("gate",),
    ),
    Entry(
        "output head",
        "The last matrix: from what the [layers] made of a [token] it gives each token of the "
        "[vocabulary] a score to come next.",
        ("parameters.by_category.head",),
        of_category(Category.HEAD),
        ("lm_head",),
    ),
    Entry(
        "vision tower",
        "A network of its own that turns pictures into lists of numbers. Its [parameters] are "
        "part of the total, and idle as long as there is only text.",
        ("parameters.by_category.vision",),
        of_category(Category.VISION),
    ),
    Entry(
        "audio tower",
        "A network of its own that turns sound into lists of numbers, or back.",
        ("parameters.by_category.audio",),
        of_category(Category.AUDIO),
    ),
    Entry(
        "projector",
        "The [layers] between a [vision tower] or an [audio tower] and the language model: they "
        "give its results the [width] of a [token].",
        ("parameters.by_category.projector",),
        of_category(Category.PROJECTOR),
    ),
    Entry(
        "multi-token prediction",
        "Further [layers] at the end that guess more than the next [token]. They help training "
        "and can speed up writing; the model runs without them, and many programs drop them.",
        ("parameters.by_category.mtp",),
        of_category(Category.MTP),
        ("MTP",),
    ),
    Entry(
        "convolution",
        "Small matrices that slide over a picture or a sound and compute each point from those "
        "around it: most of a U-Net, and of what turns pictures into latents and back.",
        ("parameters.by_category.convolution",),
        of_category(Category.CONVOLUTION),
    ),
    Entry(
        "components",
        "The models that a diffusion pipeline is made of, each with [weights|model weights] of its "
        "own: one reads the prompt, one draws, one makes a picture of what was drawn. All may be "
        "in memory together, or one at a time while the others wait.",
        ("scenario.components",),
        aliases=("diffusion pipeline",),
    ),
    Entry(
        "conditioning",
        "What tells a diffusion model how noisy its picture still is and what it should show: it "
        "gives each [norm] a scale and a shift.",
        ("parameters.by_category.conditioning",),
        of_category(Category.CONDITIONING),
        ("modulation",),
    ),
    Entry(
        "other",
        "[Parameters] whose names do not tell what they are for, and parts that belong nowhere "
        "else, such as the head of a classifier.",
        ("parameters.by_category.other",),
        of_category(Category.OTHER),
    ),
    Entry(
        "mode",
        "What the model is loaded for: [inference], or training an adapter ([LoRA], [QLoRA]), or "
        "training everything ([full fine-tuning]).",
        ("scenario.mode",),
    ),
    Entry(
        "inference",
        "Using a model as it is, to read and to write. Memory holds the [weights|model weights], "
        "the [KV cache] and the [activations] of the moment.",
    ),
    Entry(
        "full fine-tuning",
        "Training every [parameter] further. Each one needs a [gradient] and, with "
        "AdamW, two more numbers, so that memory is several times that of [inference].",
        (),
        None,
        ("full", "fine-tuning"),
    ),
    Entry(
        "LoRA",
        "Fine-tuning that leaves the model as it is and learns two narrow matrices beside each of "
        "the [target modules]. What they compute is added to what the module computes.",
        ("lora.targets",),
        examples.trainable,
    ),
    Entry(
        "QLoRA",
        "[LoRA] on a model whose own [weights] are held in 4 bits. Only the [adapter] is trained, "
        "in 16 or 32 bits.",
    ),
    Entry(
        "rank",
        "The narrow side of [LoRA's|LoRA] two matrices. Twice the rank is twice the "
        "[trainable parameters].",
        ("scenario.lora_rank", "lora.rank"),
        examples.rank,
    ),
    Entry(
        "adapter",
        "The matrices that [LoRA] adds to a model. They are small beside it, and are saved in a "
        "file of their own.",
        ("memory.adapter", "parameters.by_category.adapter", "lora.adapter_file_bytes"),
        of_component("adapter"),
    ),
    Entry(
        "target modules",
        "The [linear layers] that get an [adapter]. “all-linear” is all of them but the "
        "[output head].",
        ("scenario.lora_targets",),
        examples.targets,
        ("target", "all-linear"),
    ),
    Entry(
        "trainable parameters",
        "The [parameters] that training changes: all in [full fine-tuning], with [LoRA] those of "
        "the [adapter] only.",
        ("lora.trainable", "lora.percent"),
        examples.trainable,
    ),
    Entry(
        "frozen",
        "Left as it is while something else is trained, as the model itself is with [LoRA]. "
        "Frozen [parameters] need neither [gradients] nor [optimizer states].",
    ),
    Entry(
        "precision",
        "In how many bits the [weights] are held while the model is in use. Fewer bits take less "
        "memory and keep less detail.",
        ("scenario.precision",),
        examples.bits,
    ),
    Entry(
        "quantisation",
        "Holding [weights] in 8, 4 or fewer bits, with a [scale] for each group so that little "
        "is lost. Which parts are converted depends on the software.",
        (),
        examples.quantised,
        ("quantised", "quantization"),
    ),
    Entry("fp32", "32 bits a number, the full width that training once used everywhere."),
    Entry(
        "bf16",
        "16 bits a number, with the range of [fp32] and fewer digits. Most models today are "
        "trained and published so.",
    ),
    Entry("fp16", "16 bits a number, with more digits than [bf16] and less range."),
    Entry(
        "fp8",
        "Floating-point numbers of 8 bits, with a [scale] for each block or each output of a "
        "[linear layer].",
    ),
    Entry(
        "int8 and int4",
        "Whole numbers of 8 or 4 bits. By the textbook a [parameter] then takes 1 or ½ byte; real "
        "formats add [scales].",
        (),
        None,
        ("int8", "int4"),
    ),
    Entry(
        "nf4",
        "4 bits a [weight], with 16 values placed where the weights of a network usually lie, and "
        "a [scale] for each 64. Double quantisation holds these scales in 8 bits as well.",
        (),
        None,
        ("NormalFloat", "double quantisation"),
    ),
    Entry(
        "mxfp4 and nvfp4",
        "4-bit floating-point numbers with a [scale] for each 32 (mxfp4) or each 16 (nvfp4), "
        "which the newest GPUs compute with directly.",
        (),
        None,
        ("mxfp4", "nvfp4"),
    ),
    Entry(
        "GPTQ, AWQ and HQQ",
        "Three ways to bring the [linear layers] of a finished model to 4 bits. GPTQ and AWQ look "
        "at sample texts to lose less, HQQ does without.",
        (),
        None,
        ("GPTQ", "AWQ", "HQQ"),
    ),
    Entry(
        "GGUF",
        "The file format of llama.cpp. Names such as q4_k_m are mixtures: most matrices in 4 "
        "bits, those that matter more in 6.",
        (),
        None,
        ("llama.cpp",),
    ),
    Entry(
        "KV cache",
        "The [keys] and values of all [tokens] so far, kept so that each new token need not "
        "compute them again. It grows with [context] and [batch].",
        ("memory.kv_cache", "scenario.kv_precision"),
        of_component("kv_cache"),
        ("cache",),
    ),
    Entry(
        "context",
        "How many [tokens] a text has, what is read and what is written together.",
        ("scenario.context",),
        examples.context,
        ("context length",),
    ),
    Entry(
        "batch",
        "How many texts, or sequences, are worked on at once. [KV cache] and [activations] grow "
        "with it, the [weights|model weights] do not.",
        ("scenario.batch",),
    ),
    Entry(
        "gradient",
        "For each trained [parameter] the direction in which the error would grow; training goes "
        "the other way. There are as many as [trainable parameters].",
        ("memory.gradients",),
        of_component("gradients"),
    ),
    Entry(
        "backward pass",
        "The second half of a training step: from the error back through all [layers], to find "
        "the [gradients]. It needs the [activations] of the first half.",
    ),
    Entry(
        "activations",
        "What the [layers] compute on the way. [Inference] needs those of the moment; training "
        "keeps them for the [backward pass].",
        ("memory.activations",),
        of_component("activations"),
        ("activation",),
    ),
    Entry(
        "gradient checkpointing",
        "Keeping only what enters each [layer] and computing the other [activations] again in the "
        "[backward pass]. Memory shrinks, a step takes about a third longer.",
        ("scenario.gradient_checkpointing",),
        of_component("activations"),
        ("checkpointing",),
    ),
    Entry(
        "logits",
        "The scores of all [tokens] of the [vocabulary] to come next. Training needs them at "
        "every place of the text at once, so a large vocabulary costs much.",
        ("memory.logits",),
        of_component("logits"),
    ),
    Entry(
        "optimizer",
        "The rule by which training changes a [parameter] when it knows the [gradient]. AdamW, "
        "the usual one, remembers two numbers for each.",
        ("scenario.optimizer",),
    ),
    Entry(
        "optimizer state",
        "What the [optimizer] remembers of the steps before, and a full copy of the [weights] "
        "where it keeps [master weights].",
        ("memory.optimizer",),
        of_component("optimizer"),
    ),
    Entry(
        "training precision",
        "In how many bits [full fine-tuning] computes. “mixed” computes in 16 bits and keeps "
        "[master weights] and [optimizer states] in 32.",
        ("scenario.training_precision",),
        None,
        ("mixed",),
    ),
    Entry(
        "master weights",
        "A copy of the [weights] in 32 bits that training changes, since steps may be too small "
        "to show in 16.",
    ),
    Entry(
        "adapter precision",
        "In how many bits the [adapter] is held and trained: 32 as PEFT has it, or 16.",
        ("scenario.adapter_precision",),
        of_component("adapter"),
    ),
    Entry(
        "mark",
        "What is asked of one branch of the tree and of all below it: a [precision] of its own, to "
        "be frozen, to be trained, or to be pruned: left out of the model.",
        ("scenario.marks",),
        None,
        ("pruned",),
    ),
    Entry(
        "peak",
        "The most memory that all [tensors] take at one moment. A GPU that has less runs out "
        "of memory.",
        ("memory.peak_bytes",),
        examples.peak,
    ),
    Entry(
        "overhead",
        "What driver, libraries and the gaps between [tensors] (fragmentation) take beside the "
        "[peak]. It depends on the machine, so it is given as a range.",
        ("memory.overhead", "scenario.overheads"),
        of_component("overhead"),
        ("fragmentation",),
    ),
    Entry(
        "total",
        "[Peak] and [overhead] together: what a GPU must have.",
        ("memory.total_bytes", "memory.total_upper_bytes"),
        examples.total,
    ),
    Entry(
        "GPU",
        "The processor that does the arithmetic, with a memory of its own. All of the [total] must "
        "stand in that memory, less what its driver keeps.",
        ("scenario.gpus", "gpu.usable_bytes"),
        None,
        ("accelerator",),
    ),
    Entry(
        "parallel",
        "How several [GPUs|GPU] share one model: each holds a part of every matrix (tensor), some "
        "of the [layers] (pipeline), whole [experts], or a shard of everything (FSDP, ZeRO).",
        ("scenario.parallel",),
        None,
        ("tensor parallel", "pipeline", "FSDP", "ZeRO"),
    ),
    Entry(
        "GPU memory utilisation",
        "The share of a [GPU]'s memory that an engine takes for itself; vLLM's default is 0.92, "
        "older versions' 0.9.",
        ("scenario.gpu_memory_utilization",),
    ),
    Entry(
        "training tokens",
        "How many [tokens] a whole training run reads. The work grows with them and with the "
        "[active parameters]: about 6 × both, in arithmetic operations.",
        ("scenario.training_tokens",),
    ),
)
