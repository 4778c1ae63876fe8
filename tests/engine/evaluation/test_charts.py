"""Plots of a report."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from engine.evaluation import charts
from engine.evaluation.charts import Point


@pytest.mark.parametrize("models", [1, 5, 200])
def test_every_bar_has_a_width_however_many_models_there_are(models: int) -> None:
    series = [(f"model {number}", [Point(0.7), Point(0.6), Point(0.5)]) for number in range(models)]
    picture = ElementTree.fromstring(charts.bars(["a", "b", "c"], series))
    rects = picture.findall(".//{*}rect")
    assert len(rects) == 1 + 4 * models  # the ground; three bars and a mark of the legend each
    assert all(float(rect.attrib["width"]) > 0 for rect in rects)
