"""Ollama as a person meets it: its addresses, what state each server is in with the button that helps, its models.

Part of the models and settings page; `app.ollama` does what is pressed here.
"""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QFrame, QLineEdit, QVBoxLayout, QWidget

from app.ollama import Ollama, remedy_of
from app.widgets.parts import Label, button, clear, column, row
from engine.text_messages import HostState

WHAT = (
    "Ollama runs language models on your own machine. PairLens asks it for words only: captions, differences, how"
    " two classes differ. Everything else works without it."
)
REMOTE = "Allow other machines and cloud models: captions and images are sent there"
WHERE = "https://ollama.com/download"
EXAMPLE = "qwen3:4b"
STATES = {
    "ready": "ready",
    "idle": "ready; loads its model with the first question",
    "model missing": "no model yet",
    "not running": "not running",
    "not installed": "not installed",
    "not Ollama": "something else",
}


class OllamaPanel(QWidget):
    """Shows states when they change; fields are saved when they are left."""

    def __init__(self, ollama: Ollama) -> None:
        super().__init__()
        self._ollama = ollama
        self.hosts = QLineEdit()
        self.hosts.setAccessibleName("Addresses of Ollama")
        self.hosts.setPlaceholderText("Addresses, divided by spaces; several share the work")
        self.remote = QCheckBox(REMOTE)
        self.model = QLineEdit()
        self.model.setAccessibleName("Language model to get")
        self.model.setPlaceholderText(f"As ollama.com names it, for example {EXAMPLE}")
        self.get = button("Get", self._get)
        self.get.setAccessibleName("Get this language model")
        self._cards = QVBoxLayout()
        self._cards.setSpacing(8)
        self._arrange()
        self.hosts.editingFinished.connect(self._save)
        self.remote.clicked.connect(self._save)
        self.model.returnPressed.connect(self._get)
        self.model.textChanged.connect(lambda text: self.get.setEnabled(bool(text.strip())))
        self.get.setEnabled(False)
        ollama.changed.connect(self.show_states)

    def refresh(self) -> None:
        """Show the settings, and look at the servers."""
        hosts, remote = self._ollama.settings()
        if not self.hosts.hasFocus():
            self.hosts.setText(" ".join(hosts))
        self.remote.setChecked(remote)
        self._ollama.look()

    def show_states(self) -> None:
        """A card for each server."""
        clear(self._cards)
        states = self._ollama.states
        if states is None:
            self._cards.addWidget(Label("Looking…" if self._ollama.is_looking else "", "quiet"))
            return
        if states.problem is not None:
            self._cards.addWidget(Label(states.problem.sentence, wrap=True))
        for host in states.hosts:
            self._cards.addWidget(self._card(host))

    def _arrange(self) -> None:
        again = button("Look again", self._ollama.look)
        again.setAccessibleName("Look for Ollama again")
        where = row(self.hosts, again)
        get = row(self.model, self.get)
        box = column(Label("Ollama", "title"), Label(WHAT, wrap=True), spacing=12)
        box.addLayout(where)
        box.addWidget(self.remote)
        box.addLayout(self._cards)
        box.addLayout(get)
        self.setLayout(box)

    def _card(self, host: HostState) -> QFrame:
        made = QFrame()
        made.setProperty("kind", "card")
        made.setAccessibleName(f"Ollama at {host.url}")
        text = column(spacing=4)
        text.addLayout(row(Label(host.url, "heading"), Label(STATES.get(host.state, host.state), "chip"), 1))
        text.addWidget(Label(f"{host.sentence} {remedy_of(host)}".strip(), "quiet", wrap=True))
        whole = row(margins=(16, 12, 16, 12), spacing=16)
        whole.addLayout(text, 1)
        if host.state == "not installed":
            whole.addWidget(button("Open ollama.com", lambda: QDesktopServices.openUrl(QUrl(WHERE))))
        elif host.state == "not running":
            whole.addWidget(button("Start Ollama", self._ollama.start))
        elif host.state == "model missing":
            whole.addWidget(button(f"Get {EXAMPLE}", lambda: self._ollama.pull(EXAMPLE)))
        made.setLayout(whole)
        return made

    def _save(self) -> None:
        hosts, remote = self.hosts.text().replace(",", " ").split(), self.remote.isChecked()
        if (hosts, remote) != self._ollama.settings():
            self._ollama.set_hosts(hosts, remote=remote)

    def _get(self) -> None:
        if model := self.model.text().strip():
            self._ollama.pull(model)
