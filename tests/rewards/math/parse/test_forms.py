"""Every form of the grammar with its canonical form, which reads back to the same tree."""

from __future__ import annotations

import pytest

from rewards.math.parse import parse
from rewards.math.show import show

FORMS = r"""
x^2 + 2*x => x^2 + 2*x
(1/2)x => 1/2*x
1/2x => 1/2*x
x/2y => x/(2*y)
a/bc => a/(b*c)
a/b/c => a/b/c
2^3^2 => 2^(3^2)
2^-3 => 2^(-3)
\frac12 => 1/2
\frac a b => a/b
\frac\pi6 => pi/6
\frac1{72} => 1/72
{a \over b} => a/b
n \choose k => binomial(n, k)
\binom52 => binomial(5, 2)
5 sqrt 2 => 5*sqrt(2)
√2 => sqrt(2)
2√3 => 2*sqrt(3)
x^{1/2} => sqrt(x)
cbrt(8) => 8^(1/3)
n! => n!
|x-1|+|y| => |x - 1| + |y|
||x|-1| => ||x| - 1|
\left|\frac{x}{2}\right| => |x/2|
\lfloor x/2 \rfloor => floor(x/2)
\log_2 8 => log(8, 2)
log2(8) => log(8, 2)
\sin 2\pi x => sin(2*pi*x)
\cos \frac{7}{5}\pi => cos((7/5)*pi)
\sin x \cos x => sin(x)*cos(x)
sin 30° => sin(30°)
\rho\sin\theta = \sqrt{3} => rho*sin(theta) = sqrt(3)
45\degree => 45°
37^\circ C => 37°C
1 1/2 => 3/2
1½ => 3/2
12\frac{3}{5} => 63/5
-1\frac12 => -3/2
2\frac{5}{3} => 2*(5/3)
0.\overline{142857} => 1/7
0.(3) => 1/3
0.333... => 1/3
3.14159... => 3.14159
10{,}000 => 10000
11,\! 111,\! 111 => 11111111
1 000 000 => 1000000
1\,000 => 1000
1.234.567 => 1234567
1.234,56 => 1234.56
1{,}5 => 1.5
0,5 => 0, 5
(1,7,103, 105) => (1, 7, 103, 105)
(1,000, 2,000) => (1000, 2000)
1.5\times10^{-3} => 1.5*10^(-3)
2e-3 => 2*e - 3
1e-5 => 0.00001
28 pct => 28%
1101_{\text{two}} => 1101_2
FF_{16} => FF_16
12 € => 12 euro
$12.55 => 12.55 dollar
1,000 dollars => 1000 dollar
5.4 \text{ square units} => 5.4 unit^2
60 \text{ miles per hour} => 60 mi/h
9.8\,\mathrm{m/s^2} => 9.8 \text{m/s^2}
3\,\mathrm{m}\cdot\mathrm{s}^{-1} => 3 \text{m*s^-1}
10 m/s => 10 \text{m/s}
5 ft 3 in => 63 in
\frac{3 m}{2}-1 => 3*m/2 - 1
\frac{1}{2}at^2 => 1/2*a*t^2
2h 30min => 2:30
15th Day => 15 day
11^{\mathrm{th}} => 11
1 : (4/3) => 1 : 4/3
5 x 4 => 5*4
3 − 2 × 4 ÷ 8 => 3 - 2*4/8
x² + x₁ => x^2 + x_1
①⑫ => 112
２＋３ => 2 + 3
3<sup>x</sup>≥x<sup>2</sup> => 3^x ≥ x^2
∀x＞0, 3^x≥x => 3^x ≥ x where x > 0
1;2;3 => 1, 2, 3
1、2和3 => 1, 2, 3
2 oder 3 => 2, 3
{1,2} => \{1, 2\}
\{\} => ∅
[0,1[ => [0, 1)
(1,2] or [3,4) => (1, 2] ∪ [3, 4)
(1,2) or (3,4) => (1, 2), (3, 4)
(-\infty,0)∪(0,+∞) => (-∞, 0) ∪ (0, ∞)
\{x | x<3/2\} - \{-6\} => \{x | x < 3/2\} ∖ \{-6\}
\{x \in \mathbb{R} : |x|<1\} => \{x ∈ ℝ | |x| < 1\}
x \in R => x ∈ ℝ
\mathbb{R}_{\geq 0} => ℝ_{>=0}
\mathbb{Z}^+ => ℤ^+
all real numbers => ℝ
-5\leqslant a <= b => -5 ≤ a ≤ b
x \ne 3 => x ≠ 3
x = \pm 2 => x = ±2
(x, y) = (1, 2) \text{ or } (3, 4) => (x, y) = (1, 2), (3, 4)
x=1\text{ and }y=2 => x = 1 and y = 2
x_{1}=1,\quadx_{2}=2 => x_1 = 1, x_2 = 2
x=2n\pi\ (n\in\mathbb{Z}) => x = 2*n*pi where n ∈ ℤ
f(x) = x \text{ for all } x \in \mathbb{Q}_{>0} => f(x) = x where x ∈ ℚ_{>0}
(3t, 5t) \text{ for some integer } t => (3*t, 5*t) where some integer t
x ≡ 3 (mod 7) => x = 3 (mod 7)
5 mod 3 => mod(5, 3)
\begin{pmatrix}1&2\\3&4\\\end{pmatrix} => [[1, 2], [3, 4]]
\left[\begin{array}{cc}1&2\\3&4\end{array}\right] => [[1, 2], [3, 4]]
\begin{pmatrix} a & b \cr c & d \end{pmatrix} => [[a, b], [c, d]]
[[1,2],[3,4]] => [[1, 2], [3, 4]]
(1,2)^T => [[1], [2]]
\begin{aligned} x&=1 \\ y&=2 \end{aligned} => x = 1, y = 2
\hat{i}+2\mathbf{j} => \hat{i} + 2*\hat{j}
\vec{a} => a
\overline{z} => conjugate(z)
A(3, 4) => A(3, 4)
f'(x) = 2x => f'(x) = 2*x
\prod_{i=1}^n i => product(i, i, 1, n)
F_n = \sum_{k=0}^{n-1} F_k F_{n-k-1} => F_n = sum(F_k*F_{n-k-1}, k, 0, n - 1)
1+2+\cdots+n => 1 + 2 + ... + n
-x + \tan^{-1}(x) + C => -x + arctan(x) + C
x \in \boxed{\{-1\} \cup [0,7)}.$ => x ∈ \{-1\} ∪ [0, 7)
$\boxed{a=4,\,-8}$ => a = 4, -8
**73** => 73
\\dfrac{2}{3} +\frac{1}{72} => 2/3 + 1/72
$\text{only }x=0$ => x = 0
= 5 => 5
\textbf{A} => A
line segment, circle => line segment, circle
\text{infinitely many} => infinitely many
"""
ROWS = [tuple(line.split(" => ", 1)) for line in FORMS.strip().splitlines()]


@pytest.mark.parametrize(("text", "shown"), ROWS, ids=[row[0] for row in ROWS])
def test_a_form_and_its_canonical_form(text: str, shown: str) -> None:
    tree = parse(text)
    assert show(tree) == shown
    assert parse(shown) == tree


WRAPPED = [
    "${}$",
    "$${}$$",
    r"\({}\)",
    r"\[{}\]",
    r"\boxed{{{}}}",
    "**{}**",
    " {} ",
    "{}.",
    r"\displaystyle {}",
    r"${}$.",
]


@pytest.mark.parametrize("wrap", WRAPPED)
@pytest.mark.parametrize("text", [r"\frac{1}{2}", "(1, 2]", "x = 3", r"\{1, 2\}", "x^2 + 1", "1, 2"])
def test_wrappers_change_nothing(wrap: str, text: str) -> None:
    assert parse(wrap.format(text)) == parse(text)


def test_escapes_that_a_json_decoder_ate_come_back() -> None:
    assert parse("$-\\\x0crac{7}{4}$") == parse(r"-\frac{7}{4}")
    assert parse("\x08oxed{\x0crac{1}{2}}") == parse(r"\frac{1}{2}")
