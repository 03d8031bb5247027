"""The words by which answers are announced, joined and taken back, in the languages that models answer in.

Bare words stand in lists, one language a line; only what grammar needs is written as a pattern.
"""

from __future__ import annotations

import re


def _any(words: str) -> str:
    """Return a pattern for one of the words; `_` stands for a blank."""
    return "(?:" + "|".join(word.replace("_", " ") for word in words.split()) + ")"


START, END = r"(?<![A-Za-z])", r"(?![A-Za-z])"
ADVERB = _any(
    "therefore thus hence simply just clearly then indeed also definitely for_sure surely exactly donc daher"
    " por_tanto portanto quindi"
)
BOLD = r"(?: ?\*\*)?"
SUBJECT = _any("problem question equation inequality system exercise whole")
OF = rf"(?: (?:to|of|for|in) (?:the |this |our )?(?:{SUBJECT}|part \(?\w\)?))?"
IS = rf"{_any('is are was would_be will_be should_be must_be equals becomes')}(?: {ADVERB})*(?: ?:)?"
ANNOUNCEMENTS = (
    rf"(?:final |correct |right |best |overall )?answers?{OF}{BOLD} ?(?:{IS}|:|=|[-\u2013\u2014](?=\s)|(?=\ue000))",
    rf"(?:final )?(?:solutions?|results?){OF}{BOLD} ?{IS}",
    rf"(?:réponse|solution|résultat)(?: finale?| correcte?| exacte?)?{BOLD} (?:est|sont|vaut)(?: donc)?(?: ?:)?",
    rf"réponse(?: finale)?{BOLD} ?:",
    rf"{_any('antwort lösung ergebnis endergebnis')}{BOLD}"
    r"(?: (?:ist|sind|lautet|beträgt)(?: also| daher)?(?: ?:)?| ?:)",
    rf"{_any('respuesta solución resultado resposta solução risposta soluzione risultato')}"
    rf"(?: {_any('finale? correcta correta corretta definitiva')})?{BOLD}(?: (?:es|son|é|são|è|sono)(?: ?:)?| ?:)",
    rf"{_any('antwoord odpowiedź odpověď svar(?:et)? vastaus cevap jawaban(?:nya)? đáp_án đáp_số')}{BOLD}"
    r"(?: (?:is|to|je|är|on|adalah|là)(?: ?:)?| ?:)",
    rf"{_any('ответ результат відповідь')}{BOLD}(?: (?:равен|есть|это)| ?[:\u2014\u2013-])",
    r"(?:最终|最終|正确|正確)?(?:答案|结果|結果|解)(?:应该|就)?[是为為：:]+",
    r"(?:故|因此|所以)?(?<![不没未])(?:选择?|選)[：:]?(?=\s*[A-J](?![A-Za-z]))|答[：:]",
    r"(?:最終的な)?(?:答え|解答|正解|解|答)(?:は|[：:])、?",
    r"(?:정답|답|해답)(?:은|이|[：:])",
    r"(?:الإجابة|الجواب)(?: النهائية?)?(?: هي| هو| ?:)",
    r"उत्तर(?: है| ?:)",
)
STRONG = re.compile(
    rf"{START}(?:{'|'.join(ANNOUNCEMENTS)})"
    r"|\A[\s*_#>-]*(?:final answer|the answer)[\s*_:]*\Z|\A[\s*_#>]*(?-i:A) ?[:=]",
    re.IGNORECASE,
)
"""An announcement; what follows it is the answer. Made for one sentence."""
TRAILING = re.compile(
    r"\s*,?\s*(?:is|are|being|as) (?:the|our|my)"
    rf"(?: {_any('final correct right required desired')})? (?:answer|solution|result)s?",
    re.IGNORECASE,
)
"""Words that follow an answer: "... is our answer"."""
NOT = _any(
    "not n't never neither nor false wrong incorrect cannot can't isn't aren't won't anything_but unlike rather_than"
    r" instead_of if whether suppose assum\w+ unless except"
    r" unlikely doubt(?:ful)? rul(?:e|es|ed)_out let(?![\'\u2019]) pas nicht kein\w* falsch não non не"
)
NEGATION = re.compile(
    rf"{START}{NOT}{END}|n't{END}|不是|不选|不選|排除|并非|不对|不等|ではな|아니", re.IGNORECASE
)
"""Words that deny or only suppose what follows them."""
BACK = _any(
    r"or\b maybe perhaps possibly alternatively actually no\b wait hmm but\b otherwise it_(?:could|might|may) another"
    r" on_second_thought oder ou\b 或 也许 可能"
)
DOUBT = re.compile(rf"[\s\-\u2014(]*{BACK}", re.IGNORECASE)
"""How a sentence begins that takes the answer back."""
FILLER = _any(
    "approximately about around roughly exactly precisely simply just only thus therefore then equal_to given_by indeed"
    " donc environ etwa genau also aproximadamente exactamente entonces quindi circa примерно 约 約"
)
WEAK = _any("have has had get by to gives? yields?")
VERB = _any(
    "is are was were be becomes? equals? equal_to being of_exactly totals? obtain"
    " (?:remainder|total|sum|product|difference|profit|loss|average|probability)_of"
    " est(?:_de)? sont vaut ist sind beträgt lautet es son está é são è sono vale wynosi bedraagt"
    " равен равна равно равны составляет هو هي"
)
COPULA = re.compile(
    rf"(?:{START}(?:{VERB}|{WEAK})(?: {FILLER}| a| an| the)*|[=是为為有はが得은는이가\u2014]|等于)"
    rf"\s*{FILLER}?\s*[:\uff1a*$\u20ac\u00a3\u00a5]*\s*\Z",
    re.IGNORECASE,
)
"""What a clause ends with that the value follows."""
WEAK_COPULA = re.compile(rf"{START}{WEAK}\b[^A-Za-z]*\Z", re.IGNORECASE)
"""Those that count only where no "is" does."""
CLAUSE = _any(
    "when if where since because so_that assuming while wenn weil parce quando cuando porque perché"
)
CONDITION = re.compile(rf"{START}{CLAUSE}{END}|因为|当|當", re.IGNORECASE)
"""What opens a condition or a reason; values in it are not what the sentence states."""
ASIDE = (
    r"(?:given|for (?!all|every|any)|which|such that|after|out of|rounded|to the nearest"
    r"|to (?!the |an? |each|both|get|give|obtain|be |equal)[a-z]{2,})"
)
SUBORDINATE = re.compile(rf"{START}(?:{CLAUSE}|{ASIDE}){END}|因为|当|當", re.IGNORECASE)
"""What may open one, but also stands in the middle of a statement."""
SO = _any(
    r"so thus therefore hence consequently then finally in_total in_conclusion in_all altogether as_a_result overall"
    r" donc ainsi also daher somit folglich por_(?:lo_)?tanto así portanto logo quindi dunque итак следовательно"
    r" 因此 所以 故 综上 よって したがって 따라서"
)
CONCLUSION = re.compile(rf"[\s*_>#-]*{SO}{END}", re.IGNORECASE)
"""How a sentence begins that states the result."""
RESULT = re.compile(
    rf"[,;\uff0c] (?:and |but )?(?:so(?! that)|thus|therefore|hence|then){END}"
    rf"|[,;] (?:leaving|giving|making|for a total of){END}"
    rf"| and (?:so(?! that)|thus|therefore|hence){END}|[,\uff0c](?:所以|因此|故)",
    re.IGNORECASE,
)
"""What leads on to the result in the middle of a sentence."""
REASON = re.compile(rf"[\s*_>#-]*(?:{CLAUSE}|as|given){END}[^,\uff0c\n]*[,\uff0c]", re.IGNORECASE)
"""A reason or a condition in front of its sentence."""
BREAK = re.compile(rf"[;\uff1b:]|,? (?:so|but|thus|therefore|hence){END}")
"""Where a new statement begins inside a sentence: a negation before it says nothing of what follows."""
CONNECTOR = r"(?:, and|, or|and|or|und|oder|et|ou|y|o|e|i|и|или|和|或|与|及|\u3001|,|\uff0c|;|\uff1b)"
RULED_OUT = re.compile(
    r"[\s)$*]{0,4},? ?(?:is|are|was|were|must be|seems)(?: also| clearly)?"
    r" (?:wrong|false|incorrect|impossible|not (?:correct|right|true|possible|the (?:\w+ )?answer))(?![A-Za-z])",
    re.IGNORECASE,
)
"""What says of the candidate before it that it is none."""
CORRECTION = re.compile(
    r"[\s$.,*\\)\]}!]{0,12}(?:actually|wait|no[,.! ]|correction|sorry|oops|hold on|on second thought|hmm)",
    re.IGNORECASE,
)
"""How a text goes on behind an answer that it takes back."""


def denied(prose: str, start: int, end: int) -> bool:
    """Whether a negation stands in the range, in the statement that goes on behind it: "C is wrong; it is" has none."""
    for match in BREAK.finditer(prose, start, end):
        start = match.end()
    return NEGATION.search(prose, start, end) is not None
