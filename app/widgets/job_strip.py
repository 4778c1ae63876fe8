"""The strip at the bottom: one line a running job, with count, rate, time left, Pause and Cancel. No dialog.

Fed by `app.engine_client` through the main window: `show_progress` makes or updates a line, `end` takes it away,
`offer_stop` adds *Stop now* to a job that does not answer its cancel. A job appears once it has run for a moment, so
that quick ones do not flash; the strip is hidden while nothing runs.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout, QWidget

from app.widgets.parts import ElidedLabel, Label, button, row
from engine.protocol import Progress

SHOWN_AFTER_MS = 400


def time_left(seconds: float | None) -> str:
    """``seconds`` as a person says it: "about 13 s left", "about 4 min left"; empty while it cannot be told."""
    if seconds is None:
        return ""
    if seconds < 1:
        return "almost done"
    if seconds < 90:
        return f"about {round(seconds)} s left"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"


def amount(value: float, unit: str) -> str:
    """``value`` with thousands separated; bytes as MB."""
    if unit == "bytes":
        return f"{value / 1e6:,.1f} MB"
    return f"{round(value):,}"


def count(progress: Progress) -> str:
    """``3,120 / 8,400 images``, or how many so far where the total is not known; empty while nothing is counted."""
    if progress.total is None and not progress.done:
        return ""
    done = amount(progress.done, progress.unit)
    noun = "" if progress.unit == "bytes" else f" {progress.unit}"
    return f"{done} / {amount(progress.total, progress.unit)}{noun}" if progress.total else f"{done}{noun}"


def rate(progress: Progress) -> str:
    """``412/s``, or empty while it cannot be told."""
    if progress.rate is None:
        return ""
    if progress.unit == "bytes":
        return f"{amount(progress.rate, 'bytes')}/s"
    return f"{progress.rate:,.0f}/s" if progress.rate >= 10 else f"{progress.rate:.1f}/s"


class _JobLine(QWidget):
    def __init__(self, strip: JobStrip, job: int) -> None:
        super().__init__()
        self._title = ElidedLabel("", "strong")
        self._count = Label()
        self._rate = Label("", "quiet")
        self._left = Label("", "quiet")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        self._paused = False
        self.pause = button("Pause", lambda: strip.pause.emit(job, not self._paused))
        self.pause.hide()
        self.cancel = button("Cancel", lambda: strip.cancel_job(job))
        self.stop = button("Stop now", strip.stop_now.emit)
        self.stop.setToolTip("Ends the engine and starts it again; what was finished is kept.")
        self.stop.hide()
        said = (self._title, self._bar, self._count, self._rate, self._left)
        self.setLayout(row(*said, 1, self.stop, self.pause, self.cancel, spacing=16))

    def show_progress(self, progress: Progress) -> None:
        self._title.set_whole(progress.title)
        self._count.setText(count(progress))
        self._rate.setText(rate(progress))
        self._left.setText("paused" if progress.paused else time_left(progress.seconds_left))
        self._paused = progress.paused
        self.pause.setVisible(progress.can_pause)
        self.pause.setText("Go on" if progress.paused else "Pause")
        self.pause.setAccessibleName(f"{'Go on with' if progress.paused else 'Pause'} {progress.title}")
        # A bar without a total would have to move by itself; a plain empty one is calmer.
        self._bar.setVisible(bool(progress.total))
        self._bar.setMaximum(1000)
        self._bar.setValue(round(1000 * progress.done / progress.total) if progress.total else 0)
        self._bar.setAccessibleName(f"Progress of {progress.title}")
        self.cancel.setAccessibleName(f"Cancel {progress.title}")
        self.stop.setAccessibleName(f"Stop {progress.title} now")


class JobStrip(QFrame):
    """The lines of all running jobs.

    Signals:
        cancel(int): the person cancels this job.
        pause(int, bool): the person holds this job, or lets it go on.
        stop_now(): the person wants the engine killed.
    """

    cancel = Signal(int)
    pause = Signal(int, bool)
    stop_now = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "strip")
        self.setAccessibleName("Running jobs")
        self._lines: dict[int, _JobLine] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 4, 16, 4)
        self._layout.setSpacing(2)
        self.hide()

    def show_progress(self, progress: Progress) -> None:
        """Update the job's line; its first progress makes it."""
        line = self._lines.get(progress.job)
        if line is None:
            line = self._lines[progress.job] = _JobLine(self, progress.job)
            line.hide()
            self._layout.addWidget(line)
            QTimer.singleShot(SHOWN_AFTER_MS, line, lambda: self._show_line(progress.job))
        line.show_progress(progress)

    def cancel_job(self, job: int) -> None:
        """What the Cancel button does: ask, and say that it was heard. A job that is over hears nothing."""
        line = self._lines.get(job)
        if line is not None:
            line.cancel.setEnabled(False)
            line.cancel.setText("Cancelling…")
            self.cancel.emit(job)

    def offer_stop(self, job: int) -> None:
        """The job did not answer its cancel in time: offer to kill the engine."""
        if job in self._lines:
            self._lines[job].stop.show()

    def end(self, job: int) -> None:
        """The job is over."""
        line = self._lines.pop(job, None)
        if line is not None:
            self._layout.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.setVisible(any(not line.isHidden() for line in self._lines.values()))

    def _show_line(self, job: int) -> None:
        if job in self._lines:
            self._lines[job].show()
            self.show()
