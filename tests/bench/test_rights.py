"""The figures of rights measure what they say; how fast they are is printed, never asserted."""

from authz.labels import Label
from authz.policy import Policy
from tests.bench.measure import Figure
from tests.bench.rights import REGIONS, Figures, another, labels, measured, report, rights
from tests.unit.authz.company import policy as small_policy


def test_the_world_is_of_the_size_that_the_figures_speak_of() -> None:
    assert len(REGIONS) == 39
    assert 60 <= len(labels().all) <= 70
    assert len(labels().of) == 400
    one, ten = rights(), rights(10)
    assert (len(one.roles), len(ten.roles)) == (10, 100)
    assert (len(one.teams), len(ten.teams)) == (16, 160)
    assert len(one.teams["team0"].roles) == len(ten.teams["team0"].roles) == 10


def test_each_compilation_measured_is_a_compilation() -> None:
    policy = Policy.of(rights(), labels())
    profiles = [policy.profile(another(policy, number)) for number in range(4)]
    assert len({id(each) for each in profiles}) == 4
    assert policy.profile(another(policy, 0)) is profiles[0]
    assert {"region", "vip", "is_self", "case_open"} <= set(profiles[0].attrs)


def test_ten_times_the_data_changes_nothing_for_the_same_roles() -> None:
    one, ten = Policy.of(rights(), labels()), Policy.of(rights(10), labels())
    mine, theirs = one.profile(another(one, 1)), ten.profile(another(ten, 1))
    assert (mine.verdicts, mine.attrs, mine.depends) == (theirs.verdicts, theirs.attrs, theirs.depends)


def test_a_warm_row_is_the_very_same_object() -> None:
    policy = small_policy()
    profile = policy.profile(policy.actor("hr", "somebody"))
    assert profile.row(("br", False, False)) is profile.row(("br", False, False))
    assert profile.row(("br", False, False))[policy.labels.all.index(Label("hr", "internal"))] == 0


def test_the_report_tells_every_figure_with_its_spread() -> None:
    text = report(Figures(*(Figure([float(place), place + 1.0, place + 2.0]) for place in range(1, 8))))
    assert "2 ns (1–3)" in text
    assert "3 µs (2–4)" in text
    assert "5 ms (4–6)" in text
    assert text.count("\n| ") == 8


def test_one_round_measures_everything() -> None:
    figures = measured(rounds=1)
    for name in Figures.__slots__:
        assert len(getattr(figures, name).rounds) == 1
