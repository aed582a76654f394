"""What every renderer must hold to."""

from typing import Any

import numpy as np
import pytest

from shared_engine.renderer import Renderer
from shared_engine.space import Space
from shared_engine.types import Media


class RendererTests:
    """Subclass with fixtures `renderer` and `content`; `tolerance` is what counts as the same sample."""

    tolerance = 1e-5

    @pytest.fixture
    def renderer(self) -> Renderer:
        raise AssertionError("give a fixture `renderer`")

    @pytest.fixture
    def content(self) -> Media:
        raise AssertionError("give a fixture `content`")

    def points(self, renderer: Renderer, count: int, seed: int = 0) -> tuple[Space, np.ndarray]:
        space = Space(list(renderer.tools))
        wander = np.random.default_rng(seed).normal(0, 0.15, (count, space.dimension))
        return space, np.clip(space.neutral + wander, 0, 1)

    def render(self, renderer: Renderer, content: Media, space: Space, points: np.ndarray, sample: int | None = None) -> np.ndarray:
        batch: Any = points
        if renderer.differentiable:
            import torch

            batch = torch.tensor(points, dtype=torch.float32)
        return np.asarray(renderer.stage(content, sample).render(space.decode(batch), len(points)))

    def test_tools_are_named_once_and_defaults_lie_in_their_ranges(self, renderer: Renderer) -> None:
        assert len({tool.id for tool in renderer.tools}) == len(renderer.tools) > 0
        for tool in renderer.tools:
            assert tool.label and tool.help
            assert len({p.id for p in tool.parameters}) == len(tool.parameters)
            for p in tool.parameters:
                assert p.choices or p.low <= p.default <= p.high, tool.key(p)

    def test_defaults_change_nothing(self, renderer: Renderer, content: Media) -> None:
        space = Space(list(renderer.tools))
        stage = renderer.stage(content)
        neutral = self.render(renderer, content, space, space.neutral[None])[0]
        np.testing.assert_allclose(neutral, np.asarray(stage.target(content)), atol=self.tolerance)
        assert renderer.recipe(space.values(space.neutral)) == []

    def test_a_batch_is_its_candidates_one_by_one(self, renderer: Renderer, content: Media) -> None:
        space, points = self.points(renderer, 3)
        together = self.render(renderer, content, space, points)
        for row in range(3):
            np.testing.assert_allclose(together[row], self.render(renderer, content, space, points[row : row + 1])[0], atol=self.tolerance)

    def test_renders_are_finite_over_the_whole_space(self, renderer: Renderer, content: Media) -> None:
        space = Space(list(renderer.tools))
        corners = np.random.default_rng(3).integers(0, 2, (6, space.dimension)).astype(float)
        assert np.isfinite(self.render(renderer, content, space, corners)).all()

    def test_the_content_stays_as_it_is(self, renderer: Renderer, content: Media) -> None:
        before = content.data.copy()
        space, points = self.points(renderer, 2)
        self.render(renderer, content, space, points)
        np.testing.assert_array_equal(before, content.data)

    def test_recipes_are_json_and_read_back(self, renderer: Renderer) -> None:
        import json

        space, points = self.points(renderer, 1)
        values = space.values(points[0])
        recipe = json.loads(json.dumps(renderer.recipe(values)))
        assert recipe
        again = renderer.values(recipe)
        for key, value in values.items():
            assert again.get(key, space.parameters[key].default) == pytest.approx(value, abs=1e-5), key
