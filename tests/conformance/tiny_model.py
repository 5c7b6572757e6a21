"""Writes a model of two megabytes that babbles: a random chain of fifty words inside a real llama graph.

Run with the Python of the environment that has gguf: `python tiny_model.py OUT.gguf`. Any prompt can be read, since
every byte is a token. Each word has a vector of its own; the output layer makes a few other words likely after it.
"""

# mypy: ignore-errors
# Runs in an environment of its own, with packages that ours does not have.

import sys

import gguf
import numpy

WIDTH, HEADS, LAYERS, INNER, WINDOW = 128, 4, 2, 256, 4096
SAID = (
    "the a track signal train question answer route yard stream local remote early late small large reply token "
    "cost price fault retry limit cloud desk tree river stone light sound green blue takes gives finds shows keeps "
    "makes runs stops waits and or but with from into over under"
)
WORDS = SAID.split()
BLANK = "\u2581"  # what SentencePiece writes for a blank


def vocabulary() -> tuple[list[str], list[int]]:
    """Return the tokens and their types; every beginning of a word is one, since words are merged letter by letter."""
    kinds = gguf.TokenType
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    types = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL] + [kinds.BYTE] * 256
    plain = [BLANK, *(chr(code) for code in range(33, 127)), *(BLANK + word for word in WORDS)]
    beginnings = [BLANK + word[:size] for word in WORDS for size in range(1, len(word))]
    plain = list(dict.fromkeys(plain + beginnings))
    return tokens + plain, types + [kinds.NORMAL] * len(plain)


def chain(tokens: list[str], chance: numpy.random.Generator) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return the input and output layers that make each word lead to six others, and a full stop to the end."""
    vectors = chance.standard_normal((len(tokens), WIDTH)).astype(numpy.float32)
    vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
    place = {token: index for index, token in enumerate(tokens)}
    words, stop = [place[BLANK + word] for word in WORDS], place["."]
    likely = numpy.full((len(tokens), len(tokens)), -1.0, numpy.float32)
    for token in range(len(tokens)):
        likely[token, chance.choice(words, 6, replace=False)] = 1.0
    likely[words, stop] = 0.9
    likely[stop] = -1.0
    likely[stop, place["</s>"]] = 1.0
    return vectors, ((likely.T @ vectors) * 0.55).astype(numpy.float32)


def write(path: str) -> None:
    """Write the model."""
    chance = numpy.random.default_rng(7)
    tokens, types = vocabulary()
    vectors, output = chain(tokens, chance)
    bytes_end = 259
    scores = [0.0] * 3 + [-1e4] * 256 + [-float(100 - len(token)) for token in tokens[bytes_end:]]
    out = gguf.GGUFWriter(path, "llama")
    out.add_name("tiny-babble")
    out.add_context_length(WINDOW)
    out.add_embedding_length(WIDTH)
    out.add_block_count(LAYERS)
    out.add_feed_forward_length(INNER)
    out.add_head_count(HEADS)
    out.add_head_count_kv(HEADS)
    out.add_rope_dimension_count(WIDTH // HEADS)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_vocab_size(len(tokens))
    out.add_file_type(gguf.LlamaFileType.ALL_F32)
    out.add_tokenizer_model("llama")
    out.add_tokenizer_pre("default")
    out.add_token_list(tokens)
    out.add_token_scores(scores)
    out.add_token_types(types)
    out.add_bos_token_id(1)
    out.add_eos_token_id(2)
    out.add_unk_token_id(0)
    out.add_add_bos_token(True)
    out.add_chat_template("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:")
    ones = numpy.ones(WIDTH, numpy.float32)
    out.add_tensor("token_embd.weight", vectors)
    out.add_tensor("output_norm.weight", ones)
    out.add_tensor("output.weight", output)
    for layer in range(LAYERS):
        for name, shape in (
            ("attn_q", (WIDTH, WIDTH)),
            ("attn_k", (WIDTH, WIDTH)),
            ("attn_v", (WIDTH, WIDTH)),
            ("attn_output", (WIDTH, WIDTH)),
            ("ffn_gate", (INNER, WIDTH)),
            ("ffn_up", (INNER, WIDTH)),
            ("ffn_down", (WIDTH, INNER)),
        ):
            weights = (chance.standard_normal(shape) * 0.02).astype(numpy.float32)
            out.add_tensor(f"blk.{layer}.{name}.weight", weights)
        out.add_tensor(f"blk.{layer}.attn_norm.weight", ones)
        out.add_tensor(f"blk.{layer}.ffn_norm.weight", ones)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


if __name__ == "__main__":
    write(sys.argv[1])
