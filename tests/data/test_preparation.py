"""A data set in the making reports its progress and is returned at the end."""

from collections.abc import Generator

from metagui.data.preparation import Preparation, result


def work() -> Generator[Preparation, None, str]:
    yield Preparation(1, 2, "Counting")
    yield Preparation(2, 2, "Counting")
    return "all"


def test_result_runs_to_the_end_and_returns_what_is_returned():
    assert result(work()) == "all"


def test_reports_pass_through_another_generator_which_keeps_the_result():
    def passing_on() -> Generator[Preparation, None, int]:
        made = yield from work()
        return len(made)

    running = passing_on()
    assert list(running) == [Preparation(1, 2, "Counting"), Preparation(2, 2, "Counting")]
    assert result(passing_on()) == 3
