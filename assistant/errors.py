"""What can go wrong, in one small tree. Knows nothing of the rest of the product.

BenchcoachError
├── InputError            the text or file a person gave cannot be used          exit 2
├── SettingsError         a setting is wrong                                     exit 2
├── LibraryError          a file in knowledge/ or prompts/ is broken             exit 3
├── ModelError            a model did not do what was asked                      exit 4
│   ├── ModelUnavailable  it cannot be reached, or it stopped
│   ├── ModelTimeout      it took too long
│   ├── ModelRefused      it said no: key, limit, too long a text
│   └── UnreadableReply   it answered, but not in a form that can be read
├── EngineError           the embedded model cannot be prepared or started       exit 4
│   └── WeightsError      its weights are missing, damaged or do not fit on disk
├── StoreError            what is kept cannot be read or written                 exit 6
│   ├── NotKept           by the organisation's choice nothing is kept here
│   └── Held              a legal hold suspends deletion
├── NotAllowed            this person may not do that, or is not signed in       exit 7
├── TooMuch               more than one person, or the budget, may ask for        exit 4
├── Cancelled             a person stopped it                                    exit 130
└── ServeError            the web app cannot start: port taken, address refused  exit 5

Each error carries three texts: the message for the person, a hint for what to do next,
and a detail for the log. None of them ever holds text from a draft.
"""

from __future__ import annotations


class BenchcoachError(Exception):
    """Base of everything Benchcoach raises on purpose."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(BenchcoachError):
    """The text or file a person gave cannot be used."""

    exit_code = 2


class SettingsError(BenchcoachError):
    """A setting has a value that cannot be used."""

    exit_code = 2


class LibraryError(BenchcoachError):
    """A file of the knowledge library or a prompt is broken; the message names file and place."""

    exit_code = 3


class ModelError(BenchcoachError):
    """A model did not do what was asked."""

    exit_code = 4


class ModelUnavailable(ModelError):  # noqa: N818 - reads as the sentence it is
    """The model cannot be reached, or it stopped while answering."""


class ModelTimeout(ModelError):  # noqa: N818
    """The model took longer than the settings allow."""


class ModelRefused(ModelError):  # noqa: N818
    """The model's server refused the request: key, rate or length."""


class UnreadableReply(ModelError):  # noqa: N818
    """The model answered, but not in the form that was asked for."""


class EngineError(BenchcoachError):
    """The embedded model cannot be prepared or started."""

    exit_code = 4


class WeightsError(EngineError):
    """The embedded model's weights are missing, damaged, or do not fit on the disk."""


class StoreError(BenchcoachError):
    """What is kept cannot be read or written."""

    exit_code = 6


class NotKept(StoreError):  # noqa: N818
    """By the organisation's choice nothing is kept here."""


class Held(StoreError):  # noqa: N818
    """A legal hold suspends deletion."""


class NotAllowed(BenchcoachError):  # noqa: N818
    """The person who asks may not do that, or is not signed in."""

    exit_code = 7


class TooMuch(BenchcoachError):  # noqa: N818
    """More than one person may ask for at once, within a minute, or for the money that is left."""

    exit_code = 4


class Cancelled(BenchcoachError):  # noqa: N818
    """A person stopped the work; nothing was lost."""

    exit_code = 130


class ServeError(BenchcoachError):
    """The web app cannot start: the port is taken or the address is refused."""

    exit_code = 5
