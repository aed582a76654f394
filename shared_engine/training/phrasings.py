"""Phrasings of instructions for captions.py: "<0>" is the first thing that is said, {n} and {o} are parts, {w} the whole.

"<0:u>", "<0:k>" and "<0:t>" are the Japanese predicate, adverb and continuation.
"""

PRE = (
    "<0> {n}", "<0> {n}", "a <0> {n}", "the <0> {n}", "its <0> {n}", "some <0> {n}",
)  # fmt: skip
PREDICATE = (
    "{n} is <0>", "the {n} is <0>", "the {n} should be <0>", "its {n} must be <0>", "{n} <0>", "the {n} <0>", "{n}: <0>", "{n} = <0>",
    "{n} - <0>", "{n} in <0>", "the {n} in <0>", "make the {n} <0>", "paint the {n} <0>", "turn its {n} <0>", "I want the {n} <0>",
    "the {n} to be <0>", "whose {n} is <0>", "the {n} painted <0>", "the {n}, please, <0>", "{n} that is <0>", "<0> for the {n}",
    "<0> on the {n}",
)  # fmt: skip
PRE_TWO = (
    "<0> <1> {n}", "<0>, <1> {n}", "<0> and <1> {n}", "a <0>, <1> {n}", "a <0> and <1> {n}", "the <0> <1> {n}", "a <0> {n} that is <1>",
    "a <0> {n}, <1>", "<0> {n} in <1>",
)  # fmt: skip
PREDICATE_TWO = (
    "{n} is <0> and <1>", "{n} that is <0> and <1>", "whose {n} is <0> and <1>",
    "the {n} should be <0> and <1>", "{n}: <0>, <1>", "make the {n} <0> and <1>", "the <0> {n} is <1>",
    "{n} <0> and <1>", "the {n} <0>, and <1>", "the {n} is <0>. Make {it} <1>", "make the <0> {n} <1>",
)  # fmt: skip
SHARED = (
    "<0> {n} and {o}", "{n} and {o} <0>", "the {n} and the {o} are <0>", "the {n} and {o} in <0>", "<0> {n} and <1> {o}",
    "a <0> {n} and a <1> {o}",
)  # fmt: skip
WHOLE_ONE = (
    "a <0> {w}", "<0> {w}", "a {w}, <0>", "a {w}, <0>", "a {w}, <0>", "the {w} is <0>", "a {w} in <0>", "a {w} that is <0>",
    "make the {w} <0>", "I want a <0> {w}", "{w}: <0>", "one <0> {w}", "it is a <0> {w}", "{w} <0>", "make it <0>", "a <0> one",
    "a <0>-coloured {w}", "<0>", "it should be <0>", "a {w}, all in <0>",
)  # fmt: skip
WHOLE_TWO = (
    "a <0> <1> {w}", "a <0>, <1> {w}", "a <0> {w} in <1>", "a <0> {w}, <1>", "the <0> {w} should be <1>", "a {w} that is <0> and <1>",
    "<0> <1> {w}", "a <0> and <1> {w}", "make it <0> and <1>", "a <0> {w} that is <1>",
)  # fmt: skip
AFTER_WHOLE = (
    " with ", " with ", " with ", ", with ", " and ", ", ", ". ", "; ", " that has ", ", having ", ": ", " but with ", ". It has ", " - ",
)  # fmt: skip
BETWEEN = (
    (", ", " and "), (", ", ", and "), (" and ", " and "), ("; ", "; "), (". ", ". "), (", ", ", "), (" with ", " and "), (", ", " but "),
    (". ", ". And "),
)  # fmt: skip
LAST = (
    " on ", " for ",
)  # fmt: skip
LATE = (
    ", <0>", ", but in <0>", ", <0>", ", all in <0>", " - <0>", ", <0>, please", ", but <0>", "; otherwise <0>", ", <0> otherwise",
    ", the rest <0>", " and <0> otherwise", ", <0> all over",
)  # fmt: skip
"""The colour of the whole behind its parts: "an owl with its wings spread, white"."""
LISTED = (
    "{n} <0>", "<0> {n}", "{n}: <0>", "the {n} <0>", "a <0> {n}", "<0> <1> {n}", "<0>, <1> {n}", "a <0>, <1> {n}", "{n} <0> <1>",
    "{n} <0> and <1>", "{n}, <0>",
)  # fmt: skip
LIST_SIGNS = (
    " ", " ", " ", ", ", "; ", " / ", "\n", ". ", " and ", ",",
)  # fmt: skip
ACTS = (
    "<0> the {n}", "<0> its {n}", "<0> the {n} a bit", "<0> the {n}, please", "please <0> the {n}", "<0> the {n} and make {it} <1>",
    "<0> the <1> {n}",
)  # fmt: skip
DENIED = (
    "the {n} should be the same <0> as the {o}", "{n} in the same <0> as the {o}", "the {n} is <0> than the {o}",
    "not <0> but <1> {n}", "the {n}, not the {o}, <0>", "the {n} <0>, not <1>", "<1> {n} instead of <0>",
    "make the {n} <0> but keep the {o}",
)  # fmt: skip
AGAIN = (
    "the {n} <0>. Make {it} <1>", "the {n} is too <0>, make {it} <1>", "<0> {n}. <1>", "the {n} is <0>. {they} should be <1>",
    "the {n} <0>, even <1>",
)  # fmt: skip
JA_PRE = (
    "<0>{n}",
)  # fmt: skip
JA_PREDICATE = (
    "{n}は<0:u>", "{n}が<0:u>", "{n}を<0:u>に", "{n}は<0:k>", "<0>{n}",
)  # fmt: skip
JA_WHOLE = (
    "<0>{w}", "{w}は<0:u>", "{w}を<0:u>に", "{w}、<0:u>",
)  # fmt: skip
DEGREES = (
    "", "", "", "very ", "slightly ", "a bit ", "much ", "really ", "a little ",
)  # fmt: skip
