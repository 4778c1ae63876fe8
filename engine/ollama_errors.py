"""The named problems of language models that Ollama runs; the other ones are in `engine.errors`."""

from __future__ import annotations

from engine.errors import PairLensError


class LanguageModelError(PairLensError):
    """Something about the language models that Ollama runs; everything else works without them."""

    code = "ollama"
    remedy = "See `pairlens doctor`, or use the built-in writer: --writer rules."


class OllamaNotRunning(LanguageModelError):
    """No Ollama answers at any of the hosts."""

    code = "ollama-not-running"
    remedy = "Start it (`ollama serve`), install it from ollama.com, or use the built-in writer: --writer rules."


class OllamaModelMissing(LanguageModelError):
    """Ollama runs, and has no model of this name."""

    code = "ollama-model-missing"
    remedy = "Get it: `pairlens differences pull MODEL`, or name one that is there (`pairlens doctor` lists them)."


class OllamaOutOfMemory(LanguageModelError):
    """The model does not fit into the memory that is free."""

    code = "ollama-out-of-memory"
    remedy = "Choose a smaller model, or close other programs; what was written is kept."


class OllamaTooSlow(LanguageModelError):
    """Several answers in a row took longer than the time allowed."""

    code = "ollama-too-slow"
    remedy = "Choose a smaller model, or allow more time with --seconds; what was written is kept."


class OllamaFailed(LanguageModelError):
    """Ollama answers with errors of its own."""

    code = "ollama-failed"
    remedy = "Look into Ollama's log and start the same command again; what was written is kept."


class HostNotLocal(LanguageModelError):
    """The host is another machine: captions or images would leave this one."""

    code = "host-not-local"
    remedy = "Use an address of this machine, or allow it with --remote."


class ModelInCloud(LanguageModelError):
    """The model runs at a service: captions or images would leave this machine."""

    code = "model-in-cloud"
    remedy = "Choose a model that runs here, or allow it with --remote."


class AnswerUnfit(LanguageModelError):
    """One answer of the model that cannot be used; ``name`` is what it is counted under."""

    code = "answer-unfit"
    remedy = "The pair is skipped; the others go on."

    def __init__(self, name: str, sentence: str, *, details: str = "") -> None:
        super().__init__(sentence, details=details)
        self.name = name
