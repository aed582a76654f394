"""The main job: from what a study is asked to what it answers. Propose, transcribe, look for alternatives, explain."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared_engine import alternatives as gallery
from shared_engine.errors import InputError, ParameterError
from shared_engine.explain import effects, name_of
from shared_engine.extensions import load, proposers
from shared_engine.journal import Journal
from shared_engine.objective import Objective
from shared_engine.proposers.proposer import Proposal
from shared_engine.proxy import shrink
from shared_engine.renderer import Array, Renderer, Stage
from shared_engine.senses import Senses, senses
from shared_engine.space import Space, choose_tools, parameters_by_key, resolve_locks, tidy
from shared_engine.study import Study
from shared_engine.transcribe import BRIEF, SETTLED, Fit, Transcriber
from shared_engine.types import Alternative, Candidate, Imitation, Media, Progress, Score, StudySpec, Value, Values

SEARCH_SIDE = 384
"""Longer side of the picture that is searched, in pixels."""

SAMPLE, CHECK = 768, 4096
"""Elements that the search looks at, and those on which finalists are scored (other ones)."""

BEST = "best"
"""The journal's stage of what may be applied; alternatives are recorded under their reason."""


@dataclass(frozen=True)
class Question:
    """One study made concrete: a small content, its proposals (the leading one first), a renderer and the space it may move in."""

    content: Media
    proposals: Sequence[Proposal]
    renderer: Renderer
    space: Space
    senses: Senses

    def objective(self, stage: Stage, proposal: Proposal, likeness: float) -> Objective:
        target = stage.target(proposal.render(self.content, likeness))
        return Objective(stage, target, self.senses.metrics, self.renderer.differentiable)

    def begin(self, proposal: Proposal, likeness: float, otherwise: Values) -> dict[str, Value]:
        """Where a search for `proposal` begins: at the settings that it knows, else at `otherwise`."""
        return self.space.mix({}, proposal.values, likeness) if proposal.values else dict(otherwise)


def propose(spec: StudySpec, content: Media) -> list[Proposal]:
    """Every proposal that the installed proposers make, most confident first; the one that `spec.proposer` names leads."""
    if not spec.references:
        raise InputError("there is no reference", "Show at least one.")
    for reference in spec.references:
        if reference.media.kind != content.kind:
            raise InputError(
                f"the reference is a {reference.media.kind}, the content a {content.kind}", "Show a reference of the same kind."
            )
    found = [p for p in (proposer.propose(content, spec.references) for proposer in proposers(content.kind)) if p is not None]
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


def pose(spec: StudySpec) -> Question:
    """Checks a study's wishes against the renderer's tools and makes it concrete."""
    renderer = renderer_of(spec)
    if renderer.kind != spec.content.kind:
        raise InputError(f"{spec.renderer} renders {renderer.kind}, not {spec.content.kind}", "Choose the host that fits the content.")
    content = shrink(spec.content, SEARCH_SIDE) if spec.content.kind == "image" else spec.content
    held = resolve_locks(renderer.tools, spec.locks, spec.start)
    locked = {key.split(".")[0] for key in held}
    tools = [tool for tool in renderer.tools if tool.id in locked or tool in choose_tools(renderer.tools, spec.only)]
    space = Space(tools, held)
    if not space.dimension:
        raise ParameterError("everything is locked: nothing is left to search", "Unlock a tool, or allow more with `only`.")
    return Question(content, propose(spec, content), renderer, space, senses(content))


def imitate(
    spec: StudySpec,
    *,
    journal: Journal | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Imitation:
    """Searches native settings that give the content the reference's effect.

    `report` is called a few dozen times; `cancelled` is asked between batches: True ends the search with the best so far.
    With the `journal` of an earlier, interrupted run it goes on from that run's best. Errors: InputError, ParameterError.
    """
    began = time.monotonic()
    report(Progress("proposing", 0.0))
    question = pose(spec)
    space, renderer = question.space, question.renderer
    known = parameters_by_key(space.tools)
    study = Study(space.tools, spec.start, dict(space.held), spec.budget, spec.seed, journal=journal)
    stage = renderer.stage(question.content, SAMPLE, spec.seed)
    check = question.objective(renderer.stage(question.content, CHECK, spec.seed + 1), question.proposals[0], spec.likeness)
    baseline = check.score(space, spec.start)

    def tell_progress(label: str, fraction: float) -> None:
        eta = (time.monotonic() - began) * (1 - fraction) / fraction if fraction > 0.05 else None
        score = study.best[1].total if study.best else None
        report(Progress(label, fraction, eta, study.evaluations, score, baseline.total, study.best[0] if study.best else None))

    def settle(fit: Fit, label: str) -> tuple[Candidate, Score]:
        values = {key: value if key in space.held else tidy(known[key], value) for key, value in fit.values.items()}
        values = {key: value for key, value in values.items() if value != known[key].default or key in space.held}
        candidate = Candidate(f"{label}-{study.evaluations:06d}", values)
        score = check.score(fit.space, values)
        if label == BEST:
            study.offer(candidate, score, label)
        elif journal:
            journal.record(space.tools, candidate, score, label)
        return candidate, score

    share = 0.9 if not spec.alternatives else 0.55
    resumed = journal.best(BEST) if journal else None
    start = space.encode(resumed[0].values if resumed else {**question.begin(question.proposals[0], spec.likeness, {}), **spec.start})
    objective = question.objective(stage, question.proposals[0], spec.likeness)

    def tell_transcription(label: str, fraction: float) -> None:
        tell_progress(label, share * (0.1 + 0.9 * fraction))

    fit = Transcriber(study, objective, spec.max_tools, cancelled, report=tell_transcription).run(space, start)
    best, score = settle(fit, BEST)
    if resumed and resumed[1].total < score.total:
        best, score = resumed
        fit = Fit(space, space.encode(best.values), resumed[1].total)
    warnings = []
    if score.total >= baseline.total:
        warnings.append("Nothing came closer to the reference than leaving the content as it is; it was left as it is.")
        best, score = Candidate(best.id, dict(spec.start)), baseline
        fit = Fit(space, space.encode(spec.start), baseline.total)

    others = _alternatives(
        spec,
        question,
        study,
        stage,
        check,
        fit,
        cancelled,
        settle,
        lambda f: tell_progress("looking for alternatives", share + (0.95 - share) * f),
    )
    reasons = effects(objective, fit, renderer.stage(question.senses.small(question.content)), question.senses.changes)
    recipe = renderer.recipe(space.mix(spec.start, best.values, spec.strength))
    return Imitation(
        best=best,
        score=score,
        baseline=baseline,
        recipe=recipe,
        proposer=question.proposals[0].proposer,
        strength=spec.strength,
        alternatives=others,
        effects=reasons,
        warnings=warnings,
        evaluations=study.evaluations,
        seconds=time.monotonic() - began,
    )


def _alternatives(
    spec: StudySpec,
    question: Question,
    study: Study,
    stage: Stage,
    check: Objective,
    fit: Fit,
    cancelled: Callable[[], bool],
    settle: Callable[[Fit, str], tuple[Candidate, Score]],
    report: Callable[[float], None],
) -> list[Alternative]:
    """Transcribes the variants from the best answer on and keeps those that look different."""
    if not spec.alternatives:
        return []
    fits, reasons = [fit], [BEST]
    asked = list(gallery.variants(question.proposals, spec.likeness, question.space, spec.max_tools, question.senses.aspects))
    for count, variant in enumerate(asked):
        if cancelled():
            break
        objective = question.objective(stage, variant.proposal, variant.likeness)
        effort = SETTLED if variant.proposal.values else BRIEF
        transcriber = Transcriber(study, objective, variant.max_tools, cancelled, effort)
        begin = question.begin(variant.proposal, variant.likeness, fit.values)
        fits.append(transcriber.run(variant.space, variant.space.encode(begin)))
        reasons.append(variant.reason)
        report((count + 1) / len(asked))
    renders = [_render(objective=check, fit=one) for one in fits]

    def distance(a: Array, b: Array) -> float:
        return float(check.metrics[0][0].distance(a[None], b)[0])

    before = question.senses.small(question.content)
    small = question.renderer.stage(before)
    found = []
    for index in gallery.spread(renders, distance, question.senses.apart, spec.alternatives):
        candidate, score = settle(fits[index], reasons[index])
        (after,) = small.media(fits[index].space.decode(fits[index].point[None]), 1)
        name = name_of(question.senses.changes(before, after), reasons[index])
        found.append(Alternative(name, reasons[index], candidate, score, distance(renders[index], renders[0])))
    return found


def _render(objective: Objective, fit: Fit) -> Array:
    """One fit as the objective's stage renders it, without the batch axis."""
    points = fit.point[None]
    if not objective.differentiable:
        return objective.stage.render(fit.space.decode(points), 1)[0]
    import torch

    with torch.no_grad():
        return objective.stage.render(fit.space.decode(torch.tensor(points, dtype=torch.float32)), 1)[0]
