"""Every named problem of PairLens, in one tree.

    PairLensError
    |- LibraryError      LibraryMissing LibraryBusy LibraryReadOnly LibraryForeign LibraryTooNew
    |                    LibraryDamaged DiskFull
    |- ImageError        ImageUnreadable ImageTooLarge ImageEmpty NotAnImage ImageChanged ImageVanished
    |                    ImageCrashesDecoder
    |- FolderError       FolderMissing FolderUnreadable FolderWithoutImages NothingIndexed
    |- ModelError        ModelUnknown (ModelPathUnfit) ModelNotHere ModelOffline ModelUnfit ModelUnsafe ModelDamaged
    |                    (CheckpointDamaged)
    |- PromptError       PromptEmpty PromptTooLong
    |- JudgementError    AttributeUnknown JudgementUnfit
    |- DeviceError       DeviceUnavailable OutOfMemory
    |- ExchangeError     FileUnfit TextUnfit CaptionsMissing (texts, import and export)
    |- LanguageModelError (engine.ollama_errors) OllamaNotRunning OllamaModelMissing OllamaOutOfMemory OllamaTooSlow
    |                    OllamaFailed HostNotLocal ModelInCloud AnswerUnfit
    |- TrainingError     (engine.training.errors) RecipeUnfit TooFewPairs RunUnknown RunBusy RunDamaged RunFailed
    |                    TrainingDiverged TrainingLost TooLittleMemory
    |- ClassificationError (engine.classify.errors) ClassesUnfit (ClassPromptUnfit) ClassSetUnfit ClassSetGone
    |                    ComparativeUnfit (ComparativesContradict) LabelsUnfit
    |- EvaluationError   (engine.evaluation.errors) TaskUnfit TaskDataUnfit TooFewLabelled
    |- EngineLost        the engine process ended in the middle of a job
    `- JobCancelled      not an error: the person asked for it

Each class holds a stable ``code`` and a ``remedy`` (what the person can do next); each instance holds one whole
sentence naming the thing that failed. Errors cross the process boundary as `Problem` (data), never as exceptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """A named problem as data: what crosses the pipe, what the window shows and the command line prints."""

    code: str
    sentence: str
    remedy: str
    details: str = ""

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".strip()


class PairLensError(Exception):
    """Base of every named problem; ``sentence`` says what happened to what, in words for a person."""

    code: ClassVar[str] = "unexpected"
    remedy: ClassVar[str] = "Copy the diagnostics (Help menu, or `pairlens doctor`) and report this."

    def __init__(self, sentence: str, *, details: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details

    def problem(self) -> Problem:
        """This error as data."""
        return Problem(self.code, self.sentence, self.remedy, self.details)


class LibraryError(PairLensError):
    """Something about the library file."""

    code = "library"
    remedy = "Run `pairlens doctor` to see what is wrong with the library."


class LibraryMissing(LibraryError):
    """There is no library at this path and the command only reads."""

    code = "library-missing"
    remedy = "Index a folder first: `pairlens index FOLDER`."


class LibraryBusy(LibraryError):
    """Another PairLens holds the library's lock."""

    code = "library-busy"
    remedy = "Close the other PairLens window or wait for its command to end, then try again."


class LibraryReadOnly(LibraryError):
    """The library or its folder cannot be written."""

    code = "library-read-only"
    remedy = "Make the file and its folder writable, or choose another library with --library."


class LibraryForeign(LibraryError):
    """The file is not a PairLens library."""

    code = "library-foreign"
    remedy = "Choose another file with --library; this one was left as it is."


class LibraryTooNew(LibraryError):
    """A newer PairLens wrote the library."""

    code = "library-too-new"
    remedy = "Update PairLens, or choose another library with --library."


class LibraryDamaged(LibraryError):
    """SQLite finds the file malformed."""

    code = "library-damaged"
    remedy = "Restore the newest backup: `pairlens doctor --restore`, or the button in the window."


class DiskFull(LibraryError):
    """No space is left where the library or a cache lies."""

    code = "disk-full"
    remedy = "Free some space and start again; what was finished is kept."


class ImageError(PairLensError):
    """One file that cannot be used as an image; the others are not affected."""

    code = "image"
    remedy = "Replace or repair the file, then refresh."


class ImageUnreadable(ImageError):
    """Truncated or damaged data, or a file that the system does not let us read."""

    code = "image-unreadable"


class ImageTooLarge(ImageError):
    """More pixels than PairLens opens (a decompression bomb, or a picture to scale down first)."""

    code = "image-too-large"
    remedy = "Scale the picture down and refresh."


class ImageEmpty(ImageError):
    """A file of zero bytes."""

    code = "image-empty"


class NotAnImage(ImageError):
    """Text, HTML, a device or a pipe under an image's name."""

    code = "not-an-image"
    remedy = "Rename or remove the file; it holds no picture."


class FolderGiven(NotAnImage):
    """A folder where one picture was asked for."""

    code = "folder-given"
    remedy = "Name one picture in it."


class ImageChanged(ImageError):
    """The file changed while it was being read."""

    code = "image-changed"
    remedy = "Refresh once the file is no longer being written."


class ImageVanished(ImageError):
    """No file of this name: it was there when the folder was read and is gone now, or whoever typed it mistook it."""

    code = "image-vanished"
    remedy = "Check its name, or refresh when it is back."


class ImageCrashesDecoder(ImageError):
    """A file whose decoding ends the process that does it, or does not come to an end."""

    code = "image-crashes-decoder"
    remedy = "Save the picture anew with another program, then refresh."


class FolderError(PairLensError):
    """Something about a folder."""

    code = "folder"
    remedy = "Check the folder's name and permissions."


class FolderMissing(FolderError):
    """No such folder, or its drive is not there."""

    code = "folder-missing"
    remedy = "Check the name, or connect the drive; nothing said about its images is lost."


class FolderUnreadable(FolderError):
    """The system does not let us list the folder."""

    code = "folder-unreadable"
    remedy = "Give yourself permission to read it, then refresh."


class FolderWithoutImages(FolderError):
    """A folder with no image in it."""

    code = "folder-without-images"
    remedy = "Choose a folder that holds JPEG, PNG, WebP, GIF, TIFF, BMP, HEIC or AVIF files."


class NothingIndexed(FolderError):
    """The library holds no image, or no vector, where a question looks."""

    code = "nothing-indexed"
    remedy = "Index first: `pairlens index FOLDER`."


class ModelError(PairLensError):
    """Something about a model."""

    code = "model"
    remedy = "See `pairlens models list`."


class ModelUnknown(ModelError):
    """No model has this name."""

    code = "model-unknown"
    remedy = "See `pairlens models list` for the names."


class ModelPathUnfit(ModelUnknown):
    """A path that was given as a model, or as a checkpoint, is none."""

    code = "model-path-unfit"
    remedy = "Check the path; a model's folder holds open_clip_config.json and a file of weights."


class ModelNotHere(ModelError):
    """The model is known but its files are not on this machine."""

    code = "model-not-here"
    remedy = "Get it first: `pairlens models get NAME`, or the Models page of the window."


class ModelOffline(ModelError):
    """The model is not on this machine and the hub cannot be reached."""

    code = "model-offline"
    remedy = "Connect to the network, or copy the files here and use `local-dir:FOLDER`."


class ModelUnfit(ModelError):
    """The checkpoint does not fit the architecture."""

    code = "model-unfit"
    remedy = "Name the architecture that the checkpoint was made with."


class ModelUnsafe(ModelError):
    """The checkpoint holds pickled code."""

    code = "model-unsafe"
    remedy = "Use a safetensors file; PairLens never runs code from a checkpoint."


class ModelDamaged(ModelError):
    """The files of the model are incomplete or damaged."""

    code = "model-damaged"
    remedy = "Get it again; a model that PairLens fetched, by `pairlens models remove NAME` and `models get NAME`."


class CheckpointDamaged(ModelDamaged):
    """A file that was to become a model is damaged, or no checkpoint at all."""

    code = "checkpoint-damaged"
    remedy = "Get the file again from where it came from."


class PromptError(PairLensError):
    """Something about the words typed."""

    code = "prompt"
    remedy = "Type a comparison such as: brighter, more cheerful, larger."


class PromptEmpty(PromptError):
    """Nothing but white space."""

    code = "prompt-empty"


class PromptTooLong(PromptError):
    """More words than the text encoder reads."""

    code = "prompt-too-long"
    remedy = "Shorten it to a few words."


class JudgementError(PairLensError):
    """Something about an attribute or the answers people gave."""

    code = "judgement"
    remedy = "Check the attribute and the pair, then try again."


class AttributeUnknown(JudgementError):
    """The library has no attribute of this name."""

    code = "attribute-unknown"
    remedy = "Make it first: `pairlens judgements next --attribute NAME`, with --prompt TEXT where words describe it."


class JudgementUnfit(JudgementError):
    """An answer about images that are not there or are one and the same, or one that is no answer."""

    code = "judgement-unfit"


class DeviceError(PairLensError):
    """Something about the device that computes."""

    code = "device"
    remedy = "Use --device cpu."


class DeviceUnavailable(DeviceError):
    """The chosen device is not there."""

    code = "device-unavailable"


class OutOfMemory(DeviceError):
    """Even one image at a time does not fit."""

    code = "out-of-memory"
    remedy = "Close other programs, choose a smaller model, or use --device cpu."


class ExchangeError(PairLensError):
    """Something about an imported or exported file."""

    code = "exchange"
    remedy = "Check the file and try again."


class FileUnfit(ExchangeError):
    """The file to import is not in the expected format."""

    code = "file-unfit"


class TextUnfit(ExchangeError):
    """A caption or a sentence that cannot be kept as it was typed."""

    code = "text-unfit"
    remedy = "Type something else; what was there before is kept."


class CaptionsMissing(ExchangeError):
    """Too few images have what a writer of differences works from."""

    code = "captions-missing"
    remedy = "Bring captions in first: `pairlens captions import FILE`, or have a model write them."


class OneFolder(ExchangeError):
    """Pairs are to reach across folders, and there is one."""

    code = "one-folder"
    remedy = "Choose the pairs at random, or index a second folder first."


class EngineLost(PairLensError):
    """The engine process ended unexpectedly."""

    code = "engine-lost"
    remedy = "PairLens starts it again by itself; queued work goes on. The log is engine.log."


class JobCancelled(PairLensError):
    """The person cancelled the job; what was finished is kept."""

    code = "cancelled"
    remedy = ""


def remedy_of(code: str) -> str:
    """What the person can do about a problem that is known by its code only; "" for a code that no problem has."""
    kinds = [PairLensError]
    for kind in kinds:
        if kind.code == code:
            return kind.remedy
        kinds += kind.__subclasses__()
    return ""
