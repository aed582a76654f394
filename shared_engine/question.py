"""What is asked, made concrete: the content at the size of a search, what it shall become, who renders it, and the space it may move in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from shared_engine.errors import InputError, ParameterError
from shared_engine.extensions import load, proposers
from shared_engine.meaning import Meaning
from shared_engine.objective import Objective
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.proxy import shrink
from shared_engine.renderer import Array, Measured, Renderer, Stage
from shared_engine.senses import Senses, senses
from shared_engine.space import Space, choose_tools, outside, resolve_locks, tidy
from shared_engine.types import Media, StudySpec, Tool, Value, Values

SEARCH_SIDE = 384
"""Longer side of the picture that is searched, in pixels."""


@dataclass(frozen=True)
class Question:
    """One study made concrete: a small content, its proposals (the leading one first), a renderer and the space it may move in.

    `space` holds what the engine itself can render; `whole` also what only the host can, where the host draws candidates. `measured` is
    set beside what is found, and `kept`: what the user holds of tools that nobody renders here.
    """

    content: Media
    proposals: Sequence[Proposal]
    renderer: Renderer
    space: Space
    whole: Space
    senses: Senses
    meaning: Meaning
    measured: Sequence[Measured] = ()
    kept: Values = field(default_factory=dict)
    renders: dict[tuple[int, float], tuple[Proposal, Media]] = field(default_factory=dict)
    """What proposals made of the content, by the proposal's identity and the likeness: a sound takes its time."""

    def objective(self, stage: Stage, proposal: Proposal, likeness: float) -> Objective:
        return Objective(stage, self.target(stage, proposal, likeness), self.senses.metrics, self.renderer.differentiable)

    def target(self, stage: Stage, proposal: Proposal, likeness: float) -> Array:
        """What a proposal asks for, as `stage` shows it."""
        known = (id(proposal), likeness)
        if known not in self.renders:
            self.renders[known] = proposal, proposal.render(self.content, likeness)
        return stage.target(self.renders[known][1])

    def completed(self, values: Values, likeness: float) -> dict[str, Value]:
        """`values` that were found, with what is measured, as much of it as `likeness` asks for, and what is kept."""
        space = Space([one.tool for one in self.measured])
        read = {key: value for one in self.measured for key, value in one.values.items()}
        scaled = {key: tidy(space.parameters[key], value) for key, value in space.mix({}, read, likeness).items()}
        return {**values, **scaled, **self.kept}

    def begin(self, proposal: Proposal, likeness: float, otherwise: Values) -> dict[str, Value]:
        """Where a search for `proposal` begins: at the settings that it knows, else at `otherwise` or where the renderer likes to."""
        mixed = self.space.mix({}, proposal.values, likeness)
        known = self.renderer.noticed({key: value for key, value in mixed.items() if key in proposal.values})
        return {**self.renderer.begin, **(known or otherwise)}


def propose(
    spec: StudySpec, content: Media, tools: Sequence[Tool] = (), able: Collection[str] = (), own: Sequence[Proposer] = ()
) -> list[Proposal]:
    """Every proposal that the installed proposers and the renderer's `own` make, most confident first; the one that `spec.proposer` names
    leads.

    `tools`: those that are used in any case; `able`: aspects of the tools that may be used.
    """
    if not spec.references:
        raise InputError("there is no reference", "Show at least one.")
    for reference in spec.references:
        if reference.media.kind != content.kind:
            raise InputError(
                f"the reference is a {reference.media.kind}, the content a {content.kind}", "Show a reference of the same kind."
            )
        same = reference.media.data.shape == spec.content.data.shape and np.allclose(reference.media.data, spec.content.data, atol=1e-4)
        if same and reference.original is None:
            raise InputError("the reference is the content itself", "Show one that looks or sounds as the content should.")
    asked = [one.among(tools) for one in (*proposers(content.kind), *own)]
    found = [p for p in (proposer.propose(content, spec.references) for proposer in asked) if p is not None]
    found = [p.weighed(spec.aspects) if spec.aspects else p for p in found if p.needs <= set(able)]
    found.sort(key=lambda p: (p.proposer != spec.proposer, -p.confidence))
    if not found or (spec.proposer not in ("auto", found[0].proposer)):
        names = ", ".join(p.proposer for p in found) or "none"
        raise ParameterError(
            f"the proposer {spec.proposer!r} has nothing to say to these references", f"Leave it to auto, or choose: {names}."
        )
    return found


def renderer_of(spec: StudySpec) -> Renderer:
    """The renderer that a study names, with the scene where the study brings one."""
    scene = {} if spec.scene is None else {"scene": spec.scene}
    renderer: Renderer = load("renderers", spec.renderer)(available=spec.available, **scene)
    return renderer


def pose(spec: StudySpec, drawn: bool = False) -> Question:
    """Checks a study's wishes against the renderer's tools and makes it concrete. `drawn`: the host renders candidates."""
    renderer = renderer_of(spec)
    if renderer.kind != spec.content.kind:
        raise InputError(f"{spec.renderer} renders {renderer.kind}, not {spec.content.kind}", "Choose the host that fits the content.")
    content = shrink(spec.content, SEARCH_SIDE) if spec.content.kind == "image" else spec.content
    held = resolve_locks(renderer.chain, spec.locks, spec.start)
    locked = {key.split(".")[0] for key in held}
    own = {tool.id for tool in renderer.tools}
    chosen = choose_tools(renderer.chain, spec.only)
    usable = [tool for tool in (chosen if spec.only else renderer.chain) if tool.id not in locked]
    free = [tool for tool in usable if drawn or tool.id in own]
    proposals = propose(spec, content, chosen, {aspect for tool in free for aspect in tool.aspects}, renderer.proposers)
    wanted = frozenset[str]().union(*(proposal.needs | proposal.gains for proposal in proposals))
    chosen += [tool for tool in free if tool.aspects & wanted and tool not in chosen]
    searched = {tool.id for tool in chosen} if drawn and proposals[0].textured else set()
    settable = {tool.id for tool in usable} - searched
    measured = [one for one in renderer.measured(spec.content, spec.references) if one.tool.id in settable]
    kept = {} if drawn else {key: value for key, value in held.items() if key.split(".")[0] not in own}
    aside = {one.tool.id for one in measured} | {key.split(".")[0] for key in kept}
    tools = [tool for tool in renderer.chain if (tool.id in locked or tool in chosen) and tool.id not in aside]
    whole = Space(tools, {**outside(tools, spec.only), **{key: value for key, value in held.items() if key not in kept}})
    at_work = set(whole.restricted([id for id, axes in whole.axes.items() if axes]).axes)
    foreign = [tool.label for tool in tools if tool.id in at_work - own]
    if foreign and not drawn:
        raise ParameterError(f"only the host itself can render {', '.join(foreign)}", "Ask from inside the host, or leave it out.")
    if not whole.dimension and not measured:
        raise ParameterError("everything is locked: nothing is left to search", "Unlock a tool, or allow more with `only`.")
    space = Space([tool for tool in tools if tool.id in own], whole.held) if foreign else whole
    leader, *others = proposals
    meaning = Meaning(leader, spec.picks, content, renderer, senses(content), spec.likeness, spec.seed)
    return Question(content, [meaning.proposal, *others], renderer, space, whole, senses(content), meaning, measured, kept)
