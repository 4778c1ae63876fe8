"""The prompt bar: asking, flipping, recalling, suggesting, explaining."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.widgets.parts import Label
from app.widgets.prompt_bar import Explanation, PromptBar, leading_word

PHRASES = ("brighter", "more bright colours", "darker")


def suggest(text: str) -> Sequence[str]:
    return [phrase for phrase in PHRASES if text in phrase]


@pytest.fixture
def bar(qtbot: QtBot) -> PromptBar:
    made = PromptBar()
    made.prompt.set_suggest(suggest)
    qtbot.addWidget(made)
    made.resize(1000, 48)
    made.show()
    return made


def test_enter_asks_with_the_reverse(qtbot: QtBot, bar: PromptBar) -> None:
    qtbot.keyClicks(bar.prompt, "  more cheerful ")
    qtbot.keyClicks(bar.reverse, "gloomier")
    with qtbot.waitSignal(bar.asked) as asked:
        qtbot.keyClick(bar.reverse, Qt.Key.Key_Return)
    assert asked.args == ["more cheerful", "gloomier"]


def test_enter_on_nothing_goes_back_to_the_folders_order(qtbot: QtBot, bar: PromptBar) -> None:
    bar.prompt.setText("   ")
    with qtbot.assertNotEmitted(bar.asked), qtbot.waitSignal(bar.cleared):
        qtbot.keyClick(bar.prompt, Qt.Key.Key_Return)


def test_flip_turns_round_and_back(qtbot: QtBot, bar: PromptBar) -> None:
    with qtbot.waitSignal(bar.flipped) as flipped:
        bar.flip_button.click()
    assert flipped.args == [False]
    with qtbot.waitSignal(bar.flipped) as flipped:
        bar.flip_button.click()
    assert flipped.args == [True]


def test_up_and_down_recall_prompts_with_their_reverses(qtbot: QtBot, bar: PromptBar) -> None:
    bar.prompt.set_history([("brighter", ""), ("larger", "smaller")])
    bar.prompt.setText("mine")
    qtbot.keyClick(bar.prompt, Qt.Key.Key_Up)
    assert (bar.prompt.text(), bar.reverse.text()) == ("brighter", "")
    for _ in range(3):  # the oldest stays
        qtbot.keyClick(bar.prompt, Qt.Key.Key_Up)
    assert (bar.prompt.text(), bar.reverse.text()) == ("larger", "smaller")
    for _ in range(3):
        qtbot.keyClick(bar.prompt, Qt.Key.Key_Down)
    assert bar.prompt.text() == "mine"


def test_typing_suggests_and_enter_takes_what_was_typed(qtbot: QtBot, bar: PromptBar) -> None:
    qtbot.keyClicks(bar.prompt, "bright")
    popup = bar.prompt.completer().popup()
    assert [popup.model().index(row, 0).data() for row in range(popup.model().rowCount())] == list(PHRASES[:2])
    with qtbot.waitSignal(bar.asked) as asked:
        qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert asked.args == ["bright", ""]
    assert not popup.isVisible()


def test_the_answer_shows_the_reverse_that_was_found_and_the_explanation(qtbot: QtBot, bar: PromptBar) -> None:
    assert not bar.explain_button.isEnabled()
    bar.show_answer("cheerful", "gloomy", True, ("<img src='x'> against gloomy",))
    assert bar.reverse.text() == ""
    assert bar.reverse.placeholderText() == "automatic: gloomy"
    bar.explain_button.click()
    popover = bar.findChild(Explanation)
    assert popover is not None
    assert popover.isVisible()
    texts = [(label.text(), label.textFormat()) for label in popover.findChildren(Label)]
    assert ("<img src='x'> against gloomy", Qt.TextFormat.PlainText) in texts
    popover.close()
    bar.show_answer("cheerful", "sad", False, ())
    assert bar.reverse.text() == "sad"


@pytest.mark.parametrize(
    ("prompt", "word", "turned"),
    [
        ("", "more", "less"),
        ("cheerful", "more", "less"),
        ("brighter", "which is", "which is not"),
        (" more  cheerful", "which is", "which is not"),
        ("the first has a longer beak than the second", "where", "where not"),
    ],
)
def test_the_word_before_the_field_reads_on_into_it(prompt: str, word: str, turned: str) -> None:
    assert leading_word(prompt, more=True) == word
    assert leading_word(prompt, more=False) == turned


def test_the_word_follows_what_is_typed_and_flipped(qtbot: QtBot, bar: PromptBar) -> None:
    def words() -> list[str]:
        return [label.text() for label in bar.findChildren(Label)]

    assert "more" in words()
    qtbot.keyClicks(bar.prompt, "brighter")
    assert "which is" in words()
    bar.flip()
    assert "which is not" in words()


def test_every_suggestion_can_be_read(qtbot: QtBot, bar: PromptBar) -> None:
    qtbot.keyClicks(bar.prompt, "bright")
    popup = bar.prompt.completer().popup()
    qtbot.waitUntil(popup.isVisible)
    model = popup.model()
    assert model.rowCount() == 2
    last = popup.visualRect(model.index(1, 0))
    assert last.height() >= popup.fontMetrics().height()
    assert popup.viewport().rect().contains(last)
