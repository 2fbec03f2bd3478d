import gguf
import pytest

from paramtui.checkpoint.formats.ggml_types import FILE_TYPES, GGML_TYPES


@pytest.mark.parametrize("kind", list(gguf.GGMLQuantizationType), ids=lambda kind: kind.name)
def test_every_type_of_the_gguf_package(kind: gguf.GGMLQuantizationType) -> None:
    dtype = GGML_TYPES[kind.value]
    assert (dtype.name, dtype.block, dtype.bits) == (
        kind.name,
        gguf.GGML_QUANT_SIZES[kind][0],
        8 * gguf.GGML_QUANT_SIZES[kind][1],
    )


def test_every_file_type_of_the_gguf_package() -> None:
    names = {
        kind.value: kind.name.removeprefix("MOSTLY_").removeprefix("ALL_")
        for kind in gguf.LlamaFileType
        if kind is not gguf.LlamaFileType.GUESSED
    }
    assert {number: FILE_TYPES[number] for number in names} == names


def test_types_that_llama_cpp_has_dropped_take_what_their_origin_takes() -> None:
    # They hold the same blocks in another order (ggml-common.h of 2024, block_q4_0x4).
    for number in (31, 32, 33):
        assert GGML_TYPES[number].nbytes(64) == GGML_TYPES[2].nbytes(64) == 36
    for number in (36, 37, 38):
        assert GGML_TYPES[number].nbytes(64) == GGML_TYPES[20].nbytes(64) == 36
