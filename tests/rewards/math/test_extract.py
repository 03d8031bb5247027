"""Where completions state their answers: one table per way of stating one."""

from __future__ import annotations

import pytest

from rewards.math.extract import find_answer
from rewards.math.extract.choice import chosen_letter
from rewards.places import NoAnswer

BOXED = [
    (r"So it is \boxed{42}.", "42"),
    (r"\boxed{1} no no no \boxed{2}", "2"),
    (r"\boxed{5}\boxed{5} \boxed{5}", "5"),
    (r"\fbox{7}", "7"),
    (r"\boxed 7", "7"),
    (r"\boxed{\boxed{7}}", "7"),
    (r"$x \in \boxed{\{-1\} \cup [0,7)}$", r"\{-1\} \cup [0,7)"),
    (r"$\boxed{k = 45} \quad \text{and} \quad \boxed{n = 2}$", "k = 45, n = 2"),
    (r"$y_1=\boxed{2}$ and $y_2=\boxed{3}$", "y_1= 2, y_2= 3"),
    (r"\(\boxed{1}\), \(\boxed{2}\) or \(\boxed{3}\)", "1, 2, 3"),
    (r"\boxed{\text{a \} b}}", r"\text{a \} b}"),
    (r"<think>\boxed{1}</think> \boxed{2}", "2"),
    ("\\boxed{3}. I put it in \\boxed{} as you asked.", "3"),
    (r"\boxed{4}<|im_end|><|im_start|>user \boxed{5}", "4"),
    (r"<answer>\boxed{9}</answer>", "9"),
    (r"\boxed{1} <answer>2</answer>", "2"),
    (r"<answer>1</answer> \boxed{2}", "2"),
    ("<ANSWER> 12 </Answer>", "12"),
    ("<answer>$x=3$</answer>", "x=3"),
    ("6 * 7 = 42\n#### 42", "42"),
    ("#### 42\nThat is all.", "42"),
    ("#### Step 1\n5 apples\n\nThe answer is 7.", "7"),
]
ANNOUNCED = [
    ("The answer is 42.", "42"),
    ("the answer is: $\\frac{1}{2}$.", r"\frac{1}{2}"),
    ("So the final answer is 3.5", "3.5"),
    ("Final Answer: The final answer is $x^2$. I hope it is correct.", "x^2"),
    ("**Final Answer**\n\n$$12$$", "12"),
    ("### Answer:\n(3, 4)", "(3, 4)"),
    ("**Answer:** 73", "73"),
    ("**Answer: 73**", "73"),
    ("Answer: **73**", "73"),
    ("She sells 9.\nA: 18", "18"),
    ("The answer to the problem is $7$", "7"),
    ("The solution to the equation is x = 4.", "x = 4"),
    ("the solution is $[2, \\infty)$", r"[2, \infty)"),
    ("Thus $x \\le 2$ is our answer.", r"x \le 2"),
    ("So 17 is the correct answer.", "17"),
    ("The answer is 5 because 2 + 3 = 5.", "5"),
    ("The answer is 12. This is 3 times 4.", "12"),
    ("答案是42。", "42"),
    ("所以，最终答案为：$\\frac{1}{2}$。", r"\frac{1}{2}"),
    ("答えは 42 です。", "42"),
    ("정답은 42입니다.", "42"),
    ("La réponse est 42.", "42"),
    ("Réponse : 42", "42"),
    ("Die Antwort lautet 42.", "42"),
    ("Das Ergebnis ist $42$.", "42"),
    ("La respuesta final es 42.", "42"),
    ("A resposta é 42.", "42"),
    ("La risposta è 42.", "42"),
    ("Ответ: 42", "42"),
    ("الإجابة هي 42", "42"),
    ("उत्तर: 42", "42"),
    ("Odpowiedź: 42", "42"),
]
CONCLUDED = [
    ("Therefore, the probability that Alice wins is 2/3.", "2/3"),
    ("There are 5 girls.\nTherefore, the number of girls is 5.", "5"),
    ("So she has 12 apples left.", "12"),
    ("3 + 4 = 7\nHe pays 7 + 63 = 70", "7 + 63 = 70"),
    ("Therefore, the value of \\(x\\) is:\n\\[\n48.\n\\]", "48"),
    ("Thus, the number of values is\n\n\\[13\\]", "13"),
    ("Thus it takes \\(12\\) minutes to catch it.", "12"),
    ("The values of $x$ are $2$ and $3$.", "2 and 3"),
    ("Hence $x = 5$ when $y = 2$.", "x = 5"),
    ("When $y = 2$, the sum is $7$.", "7"),
    ("\\begin{align*} a &= 50+40 \\\\ &= 90. \\end{align*}", "90"),
    ("It costs $5 and then $6, so the total is $11.", "$11"),
    ("The rest is easy. The total is 42.\n\nLet me know if you have questions!", "42"),
    ("Donc le coût final est de 100 - 30 = 70", "100 - 30 = 70"),
    ("Also beträgt die Summe 42.", "42"),
    ("因此，面积为 42。", "42"),
    ("Итак, сумма равна 42.", "42"),
    ("Por lo tanto, el total es 42.", "42"),
    ("したがって、面積は 42 です。", "42"),
    ("따라서 넓이는 42입니다.", "42"),
    ("Portanto, o total é 42.", "42"),
    ("Quindi il totale è 42.", "42"),
]
BARE = [
    ("42", "42"),
    (" 42.\n", "42"),
    (r"\frac{1}{2}", r"\frac{1}{2}"),
    (r"$x+1$", "x+1"),
    ("**73**", "73"),
    ("x = 3 or x = 4", "x = 3 or x = 4"),
    ("1, 2 and 3", "1, 2 and 3"),
    ("exp(16)", "exp(16)"),
    ("-2*pi", "-2*pi"),
    ("x^2 - y", "x^2 - y"),
    ("14.0 + -1.0i", "14.0 + -1.0i"),
    (r"\{1, 2\}", r"\{1, 2\}"),
    ("(-oo, 3]", "(-oo, 3]"),
    ("5 cm", "5 cm"),
    ("$5$ cm", "5 cm"),
    ("{1, 2} ∪ (3, 4)", "{1, 2} ∪ (3, 4)"),
]
NONE = [
    "",
    " \n",
    "<think>The answer is 42.",
    "<think>The answer is 42.</think>",
    r"<think>\boxed{42}</think> I do not know. Or do I?",
    r"\boxed{42",
    "<answer>42",
    "The answer is definitely not 42.",
    "The answer is not 42.",
    "It is false that the answer is 42.",
    "If the answer is 42, I am glad.",
    "The answer is 5. Or maybe 6.",
    "The answer is 5. Wait, it could be 6.",
    "What is 6 times 7?",
    "0 is larger than 9",
    "After 5 days he had paid with 20 dollars",
    "The total is 42. No, that is wrong.",
    "The answer is either 5 apples or maybe 6 pears.",
]


@pytest.mark.parametrize(("text", "expected"), BOXED)
def test_explicit_places(text: str, expected: str) -> None:
    assert find_answer(text).text == expected


@pytest.mark.parametrize(("text", "expected"), ANNOUNCED)
def test_announced_answers(text: str, expected: str) -> None:
    found = find_answer(text)
    assert expected in (found.text, found.narrower)


@pytest.mark.parametrize(("text", "expected"), CONCLUDED)
def test_the_value_of_the_final_sentence(text: str, expected: str) -> None:
    found = find_answer(text)
    assert expected in (found.text, found.narrower)


@pytest.mark.parametrize(("text", "expected"), BARE)
def test_texts_that_are_an_answer_and_nothing_else(text: str, expected: str) -> None:
    assert find_answer(text).text == expected


@pytest.mark.parametrize("text", NONE)
def test_texts_that_state_no_answer(text: str) -> None:
    with pytest.raises(NoAnswer):
        find_answer(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The answer is for sure D, it can't be A or B", "D"),
        ("réponse est C non A", "C"),
        ("B不是 A", "B"),
        ("(B) 12", "B"),
        (r"\textbf{(C)}", "C"),
        ("A correct choice is B", "B"),
        ("not A but B", "B"),
        ("neither A nor B", None),
        ("A or B", None),
        ("none of them", None),
        ("I think it is E.", "E"),
    ],
)
def test_the_letter_that_a_phrase_chooses(text: str, expected: str | None) -> None:
    assert chosen_letter(text) == expected


@pytest.mark.parametrize("text", [t for t, _ in [*BOXED, *ANNOUNCED, *CONCLUDED, *BARE]])
def test_the_span_lies_where_the_answer_stands(text: str) -> None:
    found = find_answer(text)
    assert 0 <= found.start < found.end <= len(text)
    if found.rule in ("box", "tag", "hash") and "$" not in text:
        assert text[found.start : found.end] == found.text


def test_the_last_number_counts_only_where_it_is_asked_for() -> None:
    text = "After 5 days he had paid with 20 dollars"
    assert find_answer(text, last_number=True).text == "20"


def test_other_statements_are_reported_as_rivals() -> None:
    assert find_answer("The answer is 6. Let me check again.\nThe answer is 5.").rivals == ("6",)
    assert find_answer(r"\boxed{5} or 6").rivals == ("6",)
