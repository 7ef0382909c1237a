"""The judges of promptflow-evals: a score from 1 to 5 that is computed from the texts.

`prompt` reads which metric is asked for and the texts, `scores` maps the measures to stars. Relevance, groundedness and
similarity compare what the texts state (`claims`, `contradiction`); coherence and fluency look at how the answer is
written (`grammar`, `agreement`). `lexicon` is the little that they know of English words.
"""

from __future__ import annotations

from src.emulator.tasks.conversation import Conversation, Reply
from src.emulator.tasks.judges import prompt
from src.emulator.tasks.judges.scores import score

__all__ = ["answer", "score"]


def answer(conversation: Conversation) -> Reply | None:
    """Answer the prompt of a judge with its stars; None for any other prompt.

    The texts are data: instructions and scores in them change nothing.
    """
    judgement = prompt.read(conversation.user)
    return None if judgement is None else Reply(str(score(judgement.metric, judgement.texts)))
