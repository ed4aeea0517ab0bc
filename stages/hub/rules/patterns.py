"""Tasks as roles side by side: which inputs make which output, how often people propose it, and how to ask for it.

Weights estimate how often somebody who is shown two rows of a dataset with these columns proposes the task.

Wordings: {0}, {1} ... are the nouns of the inputs in order, {out} that of the output; {a0}, {a_out} the same with
their article, {this0} with `this` or `these`, {it0} is `it` or `them`; {all} are all inputs in a row; {pick} and {fit}
ask for one of several options. "" leaves the wording to the label: what is judged, or what a text should express.
"""

from dataclasses import dataclass

ALTERNATIVES = {
    "passage": ("context", "text", "dialogue", "summary"),
    "document": ("text", "context", "dialogue", "claim", "prompt"),
}
"""Words of the patterns for whichever of several roles is there first."""


@dataclass(frozen=True)
class Pattern:
    """Roles that make a task. `|` stands between alternatives; without: roles whose presence forbids the task."""

    inputs: str
    output: str
    weight: float
    wording: str = ""
    without: str = ""


FITTING = "Given {a0} and {a1}, write {a_out} that fits them."
DESCRIBE = "Describe in words what the given {0} does."
SOLVE = "Given {a0}, write {a_out} that works out its answer step by step."

PATTERNS = (
    # Inference.
    Pattern("premise hypothesis", "verdict|label", 0.8),
    Pattern("hypothesis label", "premise", 0.5, FITTING),
    Pattern("premise label", "hypothesis", 0.6, FITTING),
    Pattern("premise", "hypothesis", 0.6, "Given {a0}, write {a_out} that may or may not follow from it.", "label"),
    Pattern("premise", "hypothesis", 0.33, "Given {a0}, write {a_out} that may or may not follow from it."),
    # Questions.
    Pattern("question choices", "answer", 0.75, "Given {a0} and its {1}, {pick}.", "passage"),
    Pattern("question choices", "label", 0.6, "Given {a0} and its {1}, {pick}.", "passage answer"),
    Pattern("passage question choices", "answer", 0.5, "Given {a0}, {a1} about {it0} and its {2}, {pick}."),
    Pattern("passage question choices", "label", 0.5, "Given {a0}, {a1} about {it0} and its {2}, {pick}.", "answer"),
    Pattern("passage choices", "label", 0.5, "Given {a0} and several {1}, {fit}.", "question answer"),
    Pattern("passage choices", "answer", 0.6, "Given {a0} and several {1}, {fit}.", "question"),
    Pattern("passage question", "answer", 0.65, "Read the given {0} and answer the {1}."),
    Pattern("passage question", "label", 0.5, "", "answer choices"),
    Pattern("passage question answer", "verdict", 0.32, "", "choices"),
    Pattern("question answer", "verdict", 0.4, "", "passage choices"),
    Pattern("passage question candidate", "verdict", 0.35),
    Pattern("question candidate", "verdict", 0.5, "", "passage"),
    Pattern("fact question", "answer", 0.35, "Use the given {0} to answer the {1}."),
    Pattern("passage", "question", 0.7, "Given {a0}, write {a_out} that can be answered from {it0}."),
    Pattern(
        "question", "text", 0.35, "Given {a0}, write {a_out} that answers it.", "answer choices context title summary"
    ),
    Pattern("passage answer", "question", 0.3, "Given {a0} and {a1}, write {a_out} about the {0} with {this1}."),
    Pattern("question", "answer", 0.6, "Answer the given {0}.", "passage choices"),
    Pattern("question", "answer", 0.25, "Answer the given {0} from what you know.", "choices"),
    Pattern("answer", "question", 0.5, "Given {a0}, write {a_out} with {this0}.", "passage choices"),
    Pattern("question answer", "explanation", 0.5, "Given {a0} and its {1}, write {a_out} that explains the {1}."),
    Pattern("question", "explanation", 0.65, SOLVE, "answer"),
    Pattern("question", "explanation", 0.45, SOLVE),
    Pattern("explanation", "question", 0.2, "Given {a0}, write the {out} that it solves."),
    Pattern("question", "label", 0.45, "", "passage choices answer"),
    Pattern("text verdict", "question", 0.35, FITTING, "answer choices"),
    Pattern("question", "about", 0.32, "", "passage"),
    Pattern("about", "question", 0.3, "", "passage"),
    # Documents.
    Pattern("document", "summary", 0.85, "Summarize the given {0}."),
    Pattern("summary", "document", 0.6, "Given {a0}, write {a_out} that it could be the summary of."),
    Pattern("document", "title", 0.65, "Write {a_out} for the given {0}.", "question"),
    Pattern("document", "title", 0.45, "Write {a_out} for the given {0}."),
    Pattern("summary", "title", 0.4, "Write {a_out} for the given {0}.", "document"),
    Pattern("title", "document", 0.25, "Write {a_out} with the given {0}."),
    Pattern("document", "keywords", 0.6, "Name the {out} of the given {0}."),
    Pattern("keywords", "document", 0.3, "Write {a_out} that covers the given {0}."),
    Pattern("prompt input", "output", 0.6, "Follow the given {0} for the given {1}."),
    Pattern("document|input|other", "output", 0.65, "Given {a0}, write the corresponding {out}."),
    Pattern("output", "document|input|other", 0.35, "Given {a0}, write the {out} that it corresponds to."),
    Pattern("title document", "output", 0.5, "Given {a0} and {a1}, write the corresponding {out}."),
    Pattern("keywords", "output", 0.65, "Write {a_out} that uses the given {0}."),
    Pattern("output", "keywords", 0.4, "Name the {out} of the given {0}."),
    # Code.
    Pattern("prompt", "explanation", 0.6, "Write {a_out} for the given {0}.", "question"),
    Pattern("text|prompt", "code", 0.7, "Write {a_out} that does what the given {0} describes."),
    Pattern("question", "code", 0.7, "Write {a_out} that answers the given {0}.", "text prompt"),
    Pattern("code", "text|prompt", 0.7, DESCRIBE, "docstring"),
    Pattern("code", "docstring", 0.7, "Write {a_out} for the given {0}."),
    Pattern("docstring", "code", 0.6, "Write {a_out} that does what the given {0} says."),
    Pattern("code", "question", 0.35, "Write {a_out} that the given {0} answers.", "text prompt"),
    Pattern("code", "label", 0.6),
    # Dialogue.
    Pattern("context|dialogue|text|question|prompt", "response", 0.65, "Write {a_out} to the given {0}."),
    # Claims and single texts, and what is said of them.
    Pattern("claim", "label", 0.65),
    Pattern("label", "claim", 0.4),
    Pattern("context claim", "label", 0.5),
    Pattern("claim", "explanation", 0.4, "Explain why the given {0} is true or false."),
    Pattern("text", "label", 0.6, "", "claim question code"),
    Pattern("title document", "verdict", 0.35, "", "question choices"),
    Pattern("text focus", "label", 0.45, "", "choices"),
    Pattern("text focus choices", "label", 0.6, "Given {a0}, {a1} in it and several {2}, {fit}.", "question"),
    Pattern("context response", "verdict", 0.5),
    Pattern("context", "label", 0.45, "", "claim premise question response"),
    Pattern("dialogue", "label", 0.5),
    Pattern("context", "about", 0.3),
    Pattern("title|explanation", "label", 0.45, "", "document question code premise"),
    Pattern("label", "text", 0.35, "", "title summary question claim code choices"),
)
