"""What the commands that ask a language model share: which model, at which servers, for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.writing_prompts import OLLAMA

if TYPE_CHECKING:
    from engine.local_llm import LocalModel
    from engine.store import Library, Writer

HostOption = Annotated[
    list[str] | None,
    typer.Option("--host", metavar="URL", help="An Ollama server; several share the work. The library remembers them."),
]
RemoteOption = Annotated[
    bool, typer.Option("--remote", help="Allow other machines and cloud models; captions and images are sent there.")
]
SecondsOption = Annotated[float, typer.Option("--seconds", min=1.0, help="What one answer of the model may take.")]


def language_model(
    library: Library, writer: str, host: list[str] | None, *, remote: bool, seconds: float
) -> LocalModel:
    """The model that "ollama:MODEL" names, at the servers given or those of the library. Raises LanguageModelError."""
    from engine.local_llm import LocalModel
    from engine.ollama_hosts import hosts_of

    return LocalModel(writer.removeprefix(OLLAMA), host or hosts_of(library.path), seconds=seconds, remote=remote)


def remember_hosts(writer: Writer, host: list[str] | None) -> None:
    """Keep the servers that were named, so that they need not be named again."""
    from engine.store import changes
    from engine.text_messages import HOSTS_SETTING

    if host:
        writer.call(lambda db: changes.put_setting(db, HOSTS_SETTING, " ".join(host)))
