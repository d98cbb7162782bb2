"""What is said aloud has sentences of one breath, cut only where a clause can stand alone."""

import pytest

from assistant.rewriting.spoken import SENTENCE_WORDS, shorter
from assistant.rewriting.wording import words

CUT = (
    (
        "On 3 May you left the van open at the depot with all the tools in it,",
        "and the driver was waiting for the keys.",
        "On 3 May you left the van open at the depot with all the tools in it.",
        "The driver was waiting for the keys.",
    ),
    (
        'You called "hold", brought the lights up to 30,',
        "walked the cast off stage left and had us running again in 8 minutes.",
        'You called "hold", brought the lights up to 30.',
        "You walked the cast off stage left and had us running again in 8 minutes.",
    ),
    (
        "The camera plan has a blind spot about three metres wide by the door,",
        "and the surveyor found it within the hour.",
        "The camera plan has a blind spot about three metres wide by the door.",
        "The surveyor found it within the hour.",
    ),
    (
        "You cancelled the class on 3, 10 and 17 June, an hour ahead each time,",
        "and eight members asked for their money.",
        "You cancelled the class on 3, 10 and 17 June, an hour ahead each time.",
        "Eight members asked for their money.",
    ),
)
WHOLE = (
    "When the dog crashed on the table at ten past three, you had the needle drawn up before the vet asked for it.",
    "I want to talk with you about the subtitles for episodes 3 and 4 that reached the client on Tuesday evening late.",
    "On Saturday you held back the second batch because the mix had gone soft, chilled it for an hour, baked it all.",
    'He wrote that the guard told him "if you cannot read the form then this is not my problem, and you can go home".',
    "You must ring me on all working days, also on Sunday, before you press the green button on either of the two.",
    "The desk was empty from 10 till 11:30 on both Saturdays, the 4th and the 11th, with sixty visitors or so about.",
)


@pytest.mark.parametrize(("begins", "goes_on", "first", "second"), CUT)
def test_a_long_sentence_is_said_as_two(begins: str, goes_on: str, first: str, second: str) -> None:
    line = f"{begins} {goes_on}"
    assert len(words(line)) > SENTENCE_WORDS
    assert shorter(line) == [first, second]


@pytest.mark.parametrize("line", WHOLE)
def test_a_sentence_stays_whole_where_its_parts_would_not_stand_alone(line: str) -> None:
    assert len(words(line)) > SENTENCE_WORDS
    assert shorter(line) == [line]
