"""The main job: from what a study is asked to what it answers. Propose, transcribe, look for alternatives, explain."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from shared_engine import alternatives as gallery
from shared_engine.choices import as_they_stand
from shared_engine.errors import Interrupted
from shared_engine.explain import effects, measured_effect, name_of
from shared_engine.host_search import HOST, TOLERANCE, HostSearch, joint_space
from shared_engine.host_stage import Draw
from shared_engine.journal import Journal
from shared_engine.objective import Objective
from shared_engine.proposers.proposer import Proposal
from shared_engine.question import Question, pose
from shared_engine.renderer import Array, Stage
from shared_engine.space import Space, parameters_by_key, tidy
from shared_engine.study import Study
from shared_engine.transcribe import BRIEF, SETTLED, SHORTER, Effort, Fit, Transcriber
from shared_engine.types import Alternative, Candidate, Imitation, Leaning, Progress, Score, StudySpec, Value, Waypoint

PATH_ROUNDS = 3
"""Rounds that each point of the likeness path may search, in the few settings that the best uses."""

OTHERS = 0.25
"""Share of the alternatives that is kept for other proposers than the leading one, where there are that many; the rest are readings."""

SAMPLE, CHECK = 768, 4096
"""Elements that the search looks at, and those on which finalists are scored (other ones)."""

ALTERNATIVES = "looking for alternatives"
"""What is done when the answer is there."""

BEST, DRAFT = "best", "draft"
"""The journal's stages of the answer, and of what stood between the phases of its search; alternatives go by their reason."""


def imitate(
    spec: StudySpec,
    *,
    journal: Journal | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
    draw: Draw | None = None,
) -> Imitation:
    """Searches native settings that give the content the reference's effect.

    `report` is called a few dozen times; `cancelled` is asked between batches: True ends the search with the best so far.
    With the `journal` of an earlier, interrupted run it goes on from that run's best. Where the host can `draw`, it renders the tools that
    nobody else can, and the finalists. Errors: InputError, ParameterError.
    """
    report(Progress("proposing", 0.0))
    question = pose(spec, draw is not None)
    free = not (spec.only or spec.locks)  # else the proposal is more than the tools may do
    leader = question.proposals[0]
    report(Progress("searching", 0.05, proposed=(lambda content: leader.render(content, spec.likeness)) if free else None))
    return Imitator(spec, question, journal, report, cancelled, draw).run()


@dataclass(frozen=True)
class Answer:
    """Where a study has come to. `objective` and `stage` are those that it can be explained with."""

    fit: Fit
    best: Candidate
    score: Score
    baseline: Score
    objective: Objective
    stage: Stage
    warnings: list[str]
    leaning: Leaning | None = None
    replica_error: float | None = None


class Imitator:
    """One study on its way from question to answer."""

    def __init__(
        self,
        spec: StudySpec,
        question: Question,
        journal: Journal | None,
        report: Callable[[Progress], None],
        cancelled: Callable[[], bool],
        draw: Draw | None = None,
    ) -> None:
        self.began = time.monotonic()
        self.spec = spec
        self.question = question
        self.journal = journal
        self.report = report
        self.cancelled = cancelled
        self.draw = draw
        self.portion = (0.0, 1.0)
        self.found: Answer | None = None
        self.space = question.space
        self.study = Study(question.whole.tools, spec.start, dict(question.whole.held), spec.budget, spec.seed, journal=journal)
        self.stage = question.renderer.stage(question.content, SAMPLE, spec.seed)
        checked = question.renderer.stage(question.content, CHECK, spec.seed + 1)
        self.check = question.objective(checked, question.proposals[0], spec.likeness)
        self.baseline = self.check.score(self.space, spec.start)

    def run(self) -> Imitation:
        leader = self.question.proposals[0]
        if self.draw:
            self.portion = (0.0, 0.4 if self._foreign() else 0.9)
        answer = self._best(leader)
        self.found = answer
        if self.spec.alternatives:
            self._tell(ALTERNATIVES, 0.55)
        path = self._path(leader, answer.fit)
        others = self._alternatives(answer.fit)
        if self.draw:
            self.portion = (self.portion[1], 1.0)
            try:
                answer, others = self._in_host(self.draw, leader, answer, others)
            except Interrupted:
                answer.warnings.append("The host did not render the answer: its score is that of the engine's own render.")
        reasons = effects(answer.objective, answer.fit, answer.stage, self.question.senses.changes) if answer.fit.space.dimension else []
        reasons += [measured_effect(one) for one in self.question.measured]
        renderer, best = self.question.renderer, self._completed(answer.best)
        return Imitation(
            best=best,
            score=answer.score,
            baseline=answer.baseline,
            recipe=renderer.recipe(Space(renderer.chain).mix(self.spec.start, best.values, self.spec.strength)),
            proposer=leader.proposer,
            strength=self.spec.strength,
            alternatives=[replace(one, candidate=self._completed(one.candidate)) for one in others],
            effects=reasons,
            warnings=answer.warnings,
            evaluations=self.study.evaluations,
            seconds=time.monotonic() - self.began,
            path=[replace(one, values=self.question.completed(one.values, one.likeness)) for one in path],
            replica_error=answer.replica_error,
            leaning=answer.leaning,
            painted={one.proposer: one.painted for one in self.question.proposals if one.painted},
        )

    def _completed(self, found: Candidate) -> Candidate:
        """What was found, with what was measured beside it."""
        return replace(found, values=self.question.completed(found.values, self.spec.likeness))

    def _foreign(self) -> list[str]:
        """The chosen tools that only the host renders."""
        own = {tool.id for tool in self.space.tools}
        return [tool.id for tool in self.question.whole.tools if tool.id not in own]

    def _in_host(self, draw: Draw, leader: Proposal, answer: Answer, others: list[Alternative]) -> tuple[Answer, list[Alternative]]:
        """The finalists with the scores of the host's own pixels; before that the search for what only the host can render."""
        question, spec, foreign = self.question, self.spec, self._foreign()
        label = "searching in the host" if foreign else "rendering in the host"
        search = HostSearch(
            question.renderer,
            question.senses,
            leader,
            spec.likeness,
            self.study,
            draw,
            self.cancelled,
            lambda done: self._tell(label, done),
        )
        baseline, score = search.scores([spec.start, answer.best.values])
        error = search.replica_error(answer.best.values)
        answer = replace(answer, baseline=baseline, score=score, replica_error=error)
        others = [
            replace(one, score=told) for one, told in zip(others, search.scores([one.candidate.values for one in others]), strict=True)
        ]
        if foreign or error > TOLERANCE:
            answer = self._searched_in_host(search, answer, foreign)
        if error > TOLERANCE and not foreign:  # else renders of tries are small and quick, and may be grainy
            answer.warnings.append(
                f"The host shows these settings up to {255 * error:.0f}/255 unlike the engine's render; it had the last word in the search."
            )
        return answer, others

    def _searched_in_host(self, search: HostSearch, answer: Answer, foreign: list[str]) -> Answer:
        space = joint_space(self.question.whole, answer.fit.space, foreign)
        resumed = self.journal.best(HOST) if self.journal else None
        start = space.encode(resumed[0].values if resumed else answer.best.values)
        fit = self._followed(search.run(space, start, self.spec.max_tools), search.objective)
        found = Candidate(f"{HOST}-{self.study.evaluations:06d}", self._tidied(fit))
        (score,) = search.scores([found.values])
        if score.total >= min(answer.score.total, answer.baseline.total):
            return answer
        return replace(answer, fit=fit, best=found, score=score, objective=search.objective, stage=search.stage, warnings=[])

    def _best(self, leader: Proposal) -> Answer:
        """Transcribes the leading proposal; an earlier run's best or doing nothing wins where it is better."""
        share = 0.55 if self.spec.alternatives else 0.9
        finished = self.journal.best(BEST) if self.journal else None
        resumed = finished or (self.journal.best(DRAFT) if self.journal else None)
        begin = {**self.question.begin(leader, self.spec.likeness, {}), **self.spec.start}
        start = self.space.encode(resumed[0].values if resumed else begin)
        objective = self.question.objective(self.stage, leader, self.spec.likeness)

        def tell(label: str, fraction: float) -> None:
            self._tell(label, share * (0.1 + 0.9 * fraction))

        def keep(draft: Fit) -> None:
            self._settle(draft, DRAFT)

        transcriber = Transcriber(self.study, objective, self.spec.max_tools, self.cancelled, report=tell, keep=keep)
        settled = transcriber.run(self.space, start)
        fit = self._followed(settled, objective)
        best, score = self._settle(fit, BEST)
        if finished and finished[1].total < score.total:
            best, score = finished
            fit = Fit(self.space, self.space.encode(best.values), score.total)
        warnings = []
        if score.total >= self.baseline.total:
            best, score = Candidate(best.id, dict(self.spec.start)), self.baseline
            fit = Fit(self.space, self.space.encode(self.spec.start), self.baseline.total)
            warnings = ["Nothing came closer to the reference than the content as it is; it was left so."]
        small = self.question.renderer.stage(self.question.senses.small(self.question.content))
        renders = [small.media(one.space.decode(one.point[None]), 1)[0] for one in (settled, fit)] if self.spec.picks else None
        leaning = self.question.meaning.leaning(*renders) if renders else None
        return Answer(fit, best, score, self.baseline, objective, small, warnings, leaning)

    def _followed(self, fit: Fit, objective: Objective) -> Fit:
        """The fit where the user's picks lead it."""
        point = self.question.meaning.followed(fit.space, fit.point)
        return fit if point is fit.point else Fit(fit.space, point, float(objective.evaluate(fit.space, point[None]).values[0]))

    def _path(self, leader: Proposal, best: Fit) -> list[Waypoint]:
        """The best at other likenesses, from the nearest one outwards: each begins where its neighbour ended."""
        here, found = self.spec.likeness, []
        for side in (sorted(x for x in self.spec.path if x > here), sorted((x for x in self.spec.path if x < here), reverse=True)):
            point = best.point
            for likeness in side:
                objective = self.question.objective(self.stage, leader, likeness)
                rounds = Effort.candidates(PATH_ROUNDS, best.space)
                point, value = self.study.search(objective, best.space, point, rounds, self.cancelled)
                found.append(Waypoint(likeness, self._tidied(Fit(best.space, point, value))))
        return sorted(found, key=lambda waypoint: waypoint.likeness)

    def _alternatives(self, fit: Fit) -> list[Alternative]:
        """Transcribes the variants from the best answer on and keeps those that differ."""
        if not self.spec.alternatives:
            return []
        question, spec, senses = self.question, self.spec, self.question.senses
        others = min(len(question.proposals) - 1, round(OTHERS * spec.alternatives))
        readings = question.meaning.readings(spec.alternatives - others)
        asked = list(
            gallery.variants(question.proposals, readings, spec.likeness, question.space, spec.max_tools, senses.aspects, fit.space)
        )
        small = senses.small(question.content)
        stage = question.renderer.stage(small)
        (answer,) = stage.media(fit.space.decode(fit.point[None]), 1)
        kept, found = [self.check.render(fit.space, self._tidied(fit))], []
        for count, variant in enumerate(asked):
            if self.cancelled() or len(found) == spec.alternatives:
                break
            self._tell(ALTERNATIVES, 0.55 + 0.4 * count / len(asked))
            if self._asks_for_else(variant) and min(gallery.distances(self._proposed(variant), kept, senses.difference)) < senses.apart:
                continue  # tools would come close to it: not worth their search
            other = self._answer(variant, fit)
            render = self.check.render(other.space, self._tidied(other))
            distances = gallery.distances(render, kept, senses.difference)
            if min(distances) < senses.apart:
                continue
            kept.append(render)
            candidate, score = self._settle(other, variant.reason, render)
            (after,) = stage.media(other.space.decode(other.point[None]), 1)
            words = tuple(senses.changes(answer if variant.reading else small, after))
            if variant.reading:
                words = gallery.telling(words or ("a fine correction",), [one.words for one in found])
                name = ", ".join(words)
            else:
                words = words[:2]
                name = name_of(variant.reason, words)
            found.append(Alternative(name, variant.reason, candidate, score, distances[0], words))
        self._tell(ALTERNATIVES, 0.95)
        return found

    def _asks_for_else(self, variant: gallery.Variant) -> bool:
        """Whether a variant wants to go elsewhere than the answer, and not there by other means."""
        return variant.proposal is not self.question.proposals[0] or variant.likeness != self.spec.likeness

    def _proposed(self, variant: gallery.Variant) -> Array:
        """What a variant asks for, as finalists are seen."""
        return self.question.target(self.check.stage, variant.proposal, variant.likeness)

    def _answer(self, variant: gallery.Variant, best: Fit) -> Fit:
        objective = self.question.objective(self.stage, variant.proposal, variant.likeness)
        if variant.shorter:
            return Transcriber(self.study, objective, variant.max_tools, self.cancelled, SHORTER).run(best.space, best.point)
        begin = self.question.begin(variant.proposal, variant.likeness, best.values)
        space, start, effort = variant.space, variant.space.encode(begin), BRIEF
        if space.parameters.keys() & variant.proposal.values.keys():
            # What knows its settings has chosen; where all tools may answer, it is the answer.
            space, start = as_they_stand(space, start)
            effort = SETTLED if variant.space.dimension == self.question.space.dimension else BRIEF
        return Transcriber(self.study, objective, variant.max_tools, self.cancelled, effort).run(space, start)

    def _settle(self, fit: Fit, label: str, render: Array | None = None) -> tuple[Candidate, Score]:
        """A fit as a candidate with tidy values, scored on other samples than it was searched on (`render`, where it is there already), and
        recorded."""
        values = self._tidied(fit)
        candidate = Candidate(f"{label}-{self.study.evaluations:06d}", values)
        score = self.check.score(fit.space, values) if render is None else self.check.judge(render)
        if label in (BEST, DRAFT):
            self.study.offer(candidate, score, label)
        elif self.journal:
            self.journal.record(self.space.tools, candidate, score, label)
        return candidate, score

    def _tidied(self, fit: Fit) -> dict[str, Value]:
        known, held = parameters_by_key(self.question.whole.tools), self.question.whole.held
        values = {key: value if key in held else tidy(known[key], value) for key, value in fit.values.items()}
        return {key: value for key, value in values.items() if value != known[key].default or key in held}

    def _tell(self, label: str, fraction: float) -> None:
        low, high = self.portion
        fraction = low + (high - low) * fraction
        eta = (time.monotonic() - self.began) * (1 - fraction) / fraction if fraction > 0.05 else None
        found, score = (self.found.best, self.found.score) if self.found else self.study.best or (None, None)
        best = self._completed(found) if found else None
        worth = score.total if score else None
        final = self.found is not None and self.draw is None  # the host may have the last word
        self.report(Progress(label, fraction, eta, self.study.evaluations, worth, self.baseline.total, best, final=final))
