"""A run so small that every network in it learns within a second, on one thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizer

from models.illustrator.training.conditioning import CaptionReader
from models.illustrator.training.config import Config, load_config
from models.illustrator.training.dataset import Latents, Pictures
from models.illustrator.training.encoding import encode_shard
from models.illustrator.training.rendering import plan_shards, render_shard
from models.illustrator.training.shards import Shard
from models.illustrator.training.vocabulary import Vocabulary

TINY = Path(__file__).with_name("tiny.toml")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def config() -> Config:
    return load_config(str(TINY))


@pytest.fixture(scope="session")
def vocabulary(config: Config) -> Vocabulary:
    return Vocabulary.of(config.data)


@pytest.fixture(scope="session")
def full_vocabulary() -> Vocabulary:
    return Vocabulary.of(load_config("full").data)


@pytest.fixture(scope="session")
def pictures_folder(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for plan in plan_shards(config):
        render_shard(config, plan, folder)
    return folder


@pytest.fixture(scope="session")
def pictures(pictures_folder: Path) -> Pictures:
    return Pictures.of_split(pictures_folder, "train")


@pytest.fixture(scope="session")
def seen(pictures_folder: Path) -> Pictures:
    return Pictures.of_split(pictures_folder, "seen")


@pytest.fixture(scope="session")
def latents_folder(
    config: Config, pictures_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Latents of an untrained autoencoder: all that a test of the transformer needs."""
    from models.illustrator.training.dataset import write_latents
    from models.illustrator.training.reconstruction import build_autoencoder

    torch.manual_seed(0)
    network = build_autoencoder(config)
    folder = tmp_path_factory.mktemp("latents")
    for path in pictures_folder.glob("*.safetensors"):
        shard = Shard(path)
        encoded, sketches = encode_shard(network, shard)
        write_latents(folder / path.name, encoded * 20, sketches * 20, shard, {})
    return folder


@pytest.fixture(scope="session")
def latents(latents_folder: Path) -> Latents:
    return Latents.of_split(latents_folder, "train")


@pytest.fixture(scope="session")
def seen_latents(latents_folder: Path) -> Latents:
    return Latents.of_split(latents_folder, "seen")


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence encoder of random weights that spells its words."""
    folder = tmp_path_factory.mktemp("encoder")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_LETTERS, *(f"##{c}" for c in _LETTERS)]
    words += ["fox", "cat", "dog", "rabbit", "bear", "forest", "meadow", "hills"]
    BertTokenizer(vocab={word: n for n, word in enumerate(words)}).save_pretrained(folder)
    torch.manual_seed(0)
    shape = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
    )
    BertModel(shape).save_pretrained(folder)
    return folder


@pytest.fixture
def reader(config: Config, encoder_folder: Path) -> CaptionReader:
    told = config.model_copy(update={"text_encoder": str(encoder_folder)})
    return CaptionReader.load(told, torch.float32)
