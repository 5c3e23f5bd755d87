from __future__ import annotations

import pytest

from orchestrator.story.language import base, detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The fox and the owl went to the river, and it was cold.", "en"),
        ("Le renard et le hibou allèrent à la rivière, et il faisait froid.", "fr"),
        ("El zorro y la lechuza fueron al río, y hacía mucho frío.", "es"),
        ("Der Fuchs und die Eule gingen zum Fluss, und es war kalt.", "de"),
        ("Лиса и сова пошли к реке.", "ru"),
        ("狐狸和猫头鹰走到河边。", "zh"),
        ("きつねとふくろうは川へ行きました。", "ja"),
        ("Hmm!", ""),
        ("12 345", ""),
        ("", ""),
    ],
)
def test_detection(text: str, language: str) -> None:
    assert detect(text) == language


def test_base_is_the_primary_subtag() -> None:
    assert (base("fr-CA"), base("EN"), base("")) == ("fr", "en", "")
