"""A sample of the mutation score: each of these defects is found, by a check of a row that it breaks.

`make mutants` goes through all of them, and prints the table.
"""

from collections.abc import Callable, Iterable

from ocpi.conformance.registry import Target

from . import score
from .mutants import CATALOGUE, Mutant, of
from .stages import EmspStage, MockStage

EVERY = 12


def _sample(target: Target, wanted: Callable[[Mutant], bool]) -> Iterable[Mutant]:
    return [mutant for mutant in of(target) if wanted(mutant)][::EVERY]


def test_the_catalogue_has_sixty_defects_and_no_name_twice() -> None:
    assert len(CATALOGUE) >= 60
    assert len({str(mutant) for mutant in CATALOGUE}) == len(CATALOGUE)


def test_defects_of_a_cpo_are_found(cpo_stage: MockStage) -> None:
    sample = _sample(Target.CPO, lambda mutant: mutant.where == "in")
    assert not (missed := [each for each in score.quickly(cpo_stage, sample) if not each.found]), score.table(missed)


def test_defects_in_what_a_cpo_sends_are_found(cpo_stage: MockStage) -> None:
    sample = _sample(Target.CPO, lambda mutant: mutant.where == "out")
    assert not (missed := [each for each in score.quickly(cpo_stage, sample) if not each.found]), score.table(missed)


def test_defects_of_an_emsp_are_found(emsp_stage: EmspStage) -> None:
    sample = _sample(Target.EMSP, lambda mutant: True)
    assert not (missed := [each for each in score.quickly(emsp_stage, sample) if not each.found]), score.table(missed)
