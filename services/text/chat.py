"""From chat messages to the token ids that a model reads.

It does not know models' weights or how an answer is made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from lanternist.runtime.errors import InvalidArgumentError
from services.text.engine import ChatMessage

# No tokenizer packs ordinary text this tightly: what is longer cannot fit, and is not read at all.
_MOST_CHARACTERS_PER_TOKEN = 32


class ChatReader:
    """Renders conversations with a model's own chat template.

    Args:
        tokenizer: Of the model; has a chat template.
        context_tokens: Tokens that the model can hold, prompt and answer together.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, context_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._context_tokens = context_tokens
        marks = [
            token.content for token in tokenizer.added_tokens_decoder.values() if token.special
        ]
        self._marks = re.compile("|".join(re.escape(m) for m in marks)) if marks else None

    def read(self, messages: Sequence[ChatMessage]) -> list[int]:
        """Token ids of the conversation, ready for the answer to follow.

        Text that spells one of the model's control tokens (`<|im_end|>`, say) is split by a space,
        so that no message can end itself and speak in another role.

        Raises:
            InvalidArgumentError: The conversation leaves no room for an answer, or the model's
                template refuses it (some know no system role).
        """
        limit = self._context_tokens - 1
        characters = sum(len(message.content) for message in messages)
        if characters > limit * _MOST_CHARACTERS_PER_TOKEN:
            raise self._too_long(f"{characters:,} characters")
        conversation = [
            {"role": message.role, "content": self._harmless(message.content)}
            for message in messages
        ]
        try:
            text = self._tokenizer.apply_chat_template(
                conversation, add_generation_prompt=True, tokenize=False
            )
        except TemplateError as error:
            raise InvalidArgumentError(
                "messages", f"the model's chat template refuses them: {str(error)[:200]}"
            ) from error
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        if len(ids) > limit:
            raise self._too_long(f"{len(ids):,} tokens")
        return ids

    def _harmless(self, content: str) -> str:
        if self._marks is None:
            return content
        return self._marks.sub(lambda mark: f"{mark[0][:1]} {mark[0][1:]}", content)

    def _too_long(self, size: str) -> InvalidArgumentError:
        return InvalidArgumentError(
            "messages",
            f"hold {size}; the model reads at most {self._context_tokens - 1:,} tokens.",
            reason="CONVERSATION_TOO_LONG",
            metadata={"max_tokens": str(self._context_tokens - 1)},
        )
