"""The replica's `gegl:` filters against pure GEGL."""

import pytest
from replica_trials import Row, gegl_rows, pure_gegl, table

POINT, LOCAL = 1.0, 3.0
"""Allowed errors in steps of 1/255: of filters that see one pixel, and of Shadows-Highlights away from the border."""

pytestmark = pytest.mark.timeout(1800)  # hundreds of renders by another program: minutes on a machine that is shared


@pytest.fixture(scope="module")
def rows():
    gegl = pure_gegl()
    if not gegl.version:
        pytest.skip("the replica was not compared with GEGL: /usr/bin/python3 and the GIMP roots have none (gir1.2-gegl-0.4)")
    found = gegl_rows(gegl)
    gegl.close()
    return found


def test_filters_and_chains_are_those_of_gegl(rows: list[Row], capsys):
    with capsys.disabled():
        print("\n" + table(rows))
    assert rows
    for row in rows:
        assert row.judged <= (LOCAL if "local" in row.filter or row.filter == "shadows-highlights" else POINT), row
