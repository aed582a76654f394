"""The replica's `gimp:` filters, and chains with all others, against real GIMPs."""

import numpy as np
import pytest
from replica_trials import (
    FILTERS,
    PHOTOS,
    Trial,
    chain_trials,
    compare,
    find_gimps,
    gimp_renders,
    gimp_rows,
    gimp_with_all,
    photo,
    replicated,
    table,
)

from plugins_gimp.filters import GRAIN, GRAIN_SIDE, NOISE_PER_DEVIATION

TOLERANCE = 1.0
"""In steps of 1/255."""

pytestmark = pytest.mark.timeout(1800)  # hundreds of renders by another program: minutes on a machine that is shared


@pytest.fixture(scope="module")
def gimp():
    host = gimp_with_all()
    if host is None:
        pytest.skip("the replica was not compared with GIMP: no GIMP 3.2 here (python packaging/gimp_root.py sid, or UTSUSHI_GIMP)")
    return host


def test_filters_and_chains_are_those_of_gimp(gimp, capsys):
    rows = gimp_rows(gimp)
    with capsys.disabled():
        print("\n" + table(rows))
    assert rows
    for row in rows:
        assert row.judged <= TOLERANCE, row


def test_every_slot_of_hue_saturation_and_soft_and_hard_borders(gimp):
    """Each of the six ranges alone, without overlap, with half and with full overlap."""
    slots = [f"hue-saturation.{slot}" for slot in ("master", "red", "yellow", "green", "cyan", "blue", "magenta")]
    shifts = {"hue": 0.12, "saturation": 0.4, "lightness": -0.2}
    trials = [
        Trial(photo(path, 128), {f"{slot}-{name}": value for name, value in shifts.items()} | {"hue-saturation.overlap": overlap})
        for path in PHOTOS[:3]
        for slot in slots
        for overlap in (0.0, 0.5, 1.0)
    ]
    for trial, truth in zip(trials, gimp_renders(gimp, trials), strict=True):
        off = np.abs(truth - replicated(trial.picture, trial.values)).max(-1) * 255 > TOLERANCE
        # Without overlap a pixel exactly between two ranges falls to either side, as rounding will have it.
        assert off.mean() <= (0.01 if trial.values["hue-saturation.overlap"] == 0 else 0.0), trial.values


def test_neighbours_in_linear_light_are_run_one_by_one_by_every_gimp():
    """GEGL's channel mixer gives another result when it works in place; no GIMP lets it, and neither does the replica."""
    filters = [FILTERS[name] for name in ("exposure", "color-temperature", "channel-mixer", "saturation", "linear-contrast")]
    trials = chain_trials(filters, 7, 128, count=2, length=4)
    hosts = find_gimps()
    if not hosts:
        pytest.skip("the replica was not compared with GIMP: none is here")
    for host in hosts:
        assert compare(str(host), "linear chain", trials, gimp_renders(host, trials), chain=True).largest <= TOLERANCE


def test_settings_reach_gimp_and_come_back(gimp):
    """Opacity blends in linear light: half of a black-and-white conversion."""
    trial = Trial(photo(PHOTOS[0], 96), {"mono-mixer.opacity": 0.5, "mono-mixer.red": 0.2, "mono-mixer.green": 0.7, "mono-mixer.blue": 0.1})
    (truth,) = gimp_renders(gimp, [trial])
    assert np.abs(truth - trial.picture).max() > 0.05
    assert compare("GIMP", "mono-mixer", [trial], [truth]).largest <= TOLERANCE


def test_noise_is_as_strong_as_the_engine_reckons():
    """Half of the setting, in all channels alike, on any picture as strong as its size asks for."""
    hosts = find_gimps()
    if not hosts:
        pytest.skip("GIMP's noise was not measured: no GIMP is here")
    for host in hosts:
        for side in (200, 400):
            trial = Trial(np.full((side // 2, side, 3), 0.5, np.float32), {f"{GRAIN}.amount": 0.1})
            (noisy,) = gimp_renders(host, [trial])
            assert noisy.mean() == pytest.approx(0.5, abs=0.002)
            assert noisy.std() == pytest.approx(0.1 / NOISE_PER_DEVIATION * side / GRAIN_SIDE, rel=0.05)
            assert np.ptp(noisy, axis=-1).max() < 1e-5
