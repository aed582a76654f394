"""What a user changed by hand in our filters since they were made, as values that the next search can begin with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exploration import Exploration
from live_filters import PREFIX
from readback import like_template, read_back, same


@dataclass(frozen=True)
class Continued:
    """`values` by key, `recipe` as it stands now, `edited`: ids of the filters that were changed. `foreign`: names of filters on the layer
    that cannot be said in values: they stay where they are."""

    values: Mapping[str, Any]
    recipe: Sequence[Mapping[str, Any]]
    edited: frozenset[str]
    foreign: frozenset[str]


def continue_from(
    exploration: Exploration, layer: Any, filters: Sequence[Any], take: Mapping[str, Any], done: Callable[[Continued], None]
) -> None:
    """Asks the engine what the filters mean as values, and compares them with the take that they were made from."""
    templates = {entry["name"]: entry for entry in take.get("imitation", {}).get("recipe", ())}
    side = max(layer.get_width(), layer.get_height())
    entries = [
        like_template(entry, templates[entry["name"]], side) if entry["name"] in templates else entry for entry in read_back(layer, filters)
    ]

    def read(reply: Mapping[str, Any], blobs: Sequence[Any]) -> None:
        refused = {one["index"] for one in reply["refused"]}
        recipe = [entry for index, entry in enumerate(entries) if index not in refused]
        ids = {tool["label"]: tool["id"] for tool in exploration.tools}
        edited = {ids[one["name"]] for one in recipe if one["name"] in ids and not same(one, templates.get(one["name"], {"operation": ""}))}
        foreign = {PREFIX + entries[index]["name"] for index in refused}
        done(Continued(reply["values"], recipe, frozenset(edited), frozenset(foreign)))

    body = {"renderer": exploration.open_body["renderer"], "available": exploration.open_body["available"], "recipe": entries}
    exploration.pump.ask("read", body, read, exploration.fail)
