r"""Answers that mean the same, and answers that do not, written by hand: `reference ~ answer` a line."""

from __future__ import annotations

_SAME = r"""
x<5 ~ (-\infty, 5)
x \ge 2 ~ [2, \infty)
-2 < x \le 3 ~ (-2, 3]
x < 1 \text{ or } x > 3 ~ (-\infty, 1) \cup (3, \infty)
\{x \mid x > 2\} ~ (2, +\infty)
\{x : -1 \le x \le 1\} ~ [-1, 1]
x < 5 ~ 5 > x
x \in \{1, 2\} ~ \{2, 1\}
\mathbb{R} ~ (-\infty, \infty)
\emptyset ~ \varnothing
[1,3] \cup [2,5] ~ [1, 5]
(1,2) \cup (3,4) ~ (3,4) \cup (1,2)
1.25 \text{ m} ~ 125 \text{ cm}
2 \text{ hours} ~ 120 \text{ minutes}
1 \text{ km} ~ 1000 \text{ m}
45^\circ ~ \frac{\pi}{4}
1500 ~ 1.5 \times 10^3
1\frac{1}{2} ~ 1.5
3 1/2 ~ \frac{7}{2}
\frac{1}{3} ~ 0.\overline{3}
1,000,000 ~ 10^6
2\sqrt{2} ~ \sqrt{8}
\frac{\sqrt{3}}{3} ~ \frac{1}{\sqrt{3}}
\frac{1}{8} ~ 2^{-3}
\frac{1}{2} ~ \sin 30^\circ
\frac{1}{2} ~ \cos\frac{\pi}{3}
3 ~ \log_2 8
2 ~ \ln e^2
10 ~ \binom{5}{2}
120 ~ 5!
-1 ~ i^2
-1 ~ e^{i\pi}
3 ~ |-3|
2 ~ \lfloor 2.7 \rfloor
\frac{3+\sqrt{5}}{2} ~ \left(\frac{1+\sqrt{5}}{2}\right)^2
0.667 ~ \frac{2}{3}
3.14159 ~ \pi
1.414 ~ \sqrt{2}
12_5 ~ 12_{5}
(x+1)^2 ~ x^2+2x+1
1 ~ \sin^2 x+\cos^2 x
\sin 2x ~ 2\sin x\cos x
\frac{x+y}{xy} ~ \frac{1}{x}+\frac{1}{y}
\frac{1}{\sqrt{n}} ~ \sqrt{\frac{1}{n}}
2^{n+1} ~ 2\cdot 2^n
\tan x ~ \frac{\sin x}{\cos x}
\arctan x ~ \tan^{-1} x
x(x-1) ~ x^2-x
\frac{a}{b} ~ a b^{-1}
x=3 ~ 3
3 ~ x=3
x=1, y=2 ~ y=2, x=1
\pm 3 ~ 3, -3
x=\pm 3 ~ x=3 \text{ or } x=-3
2\pm\sqrt{3} ~ 2-\sqrt{3}, 2+\sqrt{3}
1, 2, 3 ~ \{3, 1, 2\}
1, 2, 3 ~ 3, 2 \text{ and } 1
\begin{pmatrix}1\\2\end{pmatrix} ~ \begin{bmatrix}1\\2\end{bmatrix}
\begin{pmatrix}0.5&2\\3&4\end{pmatrix} ~ \begin{pmatrix}\frac{1}{2}&2\\3&2^2\end{pmatrix}
y=2x+1 ~ 2x+1
f(x)=x^2 ~ f(t)=t^2
x^2+y^2=4 ~ y^2+x^2-4=0
2x+4y=8 ~ x+2y=4
3:4 ~ 6:8
3:4 ~ \frac{3}{4}
\text{Yes} ~ yes
\text{(B)} ~ B
7:30 \text{ pm} ~ 7:30 \text{ p.m.}
\$1,250 ~ 1250
\$1250 ~ 1250 \text{ dollars}
(\frac{1}{2}, 3) ~ (0.5, 3)
3+4i ~ 4i+3
x^{\frac{1}{2}} ~ \sqrt{x}
\ln 8 ~ 3\ln 2
"""
_OTHER = r"""
x<5 ~ (-\infty, 5]
x \ge 2 ~ (-\infty, 2]
x < 1 \text{ or } x > 3 ~ (1, 3)
[1,5] ~ [1,3] \cup [4,5]
\mathbb{R} ~ \mathbb{Q}
\mathbb{Z} ~ \mathbb{N}
\emptyset ~ \{0\}
x \ne 1 ~ x = 1
1.25 \text{ m} ~ 125 \text{ mm}
2 \text{ hours} ~ 2 \text{ minutes}
45^\circ ~ \frac{\pi}{3}
0.667 ~ \frac{3}{5}
0.667 ~ 0.666
3.14159 ~ \frac{22}{7}
\frac{2}{3} ~ 0.6
\frac{1}{3} ~ 0.3
0.5 ~ 0.5001
5 ~ 5.0001
x=3 ~ x \ne 3
x=3 ~ x > 3
x=3, y=4 ~ x=4, y=3
(1,2) ~ (2,1)
\pm 3 ~ 3
\pm 3 ~ -3
\pm 3 ~ \pm 9
2\pm\sqrt{3} ~ 2+\sqrt{3}
x=2 \text{ or } x=3 ~ x=2
y=2x+1 ~ 2x
x^2+y^2=4 ~ x^2+y^2=2
x^2+y^2=4 ~ x^2-y^2=4
2x+4y=8 ~ x+2y=8
x=2, x=-2 ~ x=2
a-b ~ b-a
\frac{a}{b} ~ \frac{b}{a}
a^b ~ b^a
\sin 2x ~ 2\sin x
\sin^2 x ~ \sin x^2
\sqrt{a+b} ~ \sqrt{a}+\sqrt{b}
(a+b)^2 ~ a^2+b^2
\ln(x+y) ~ \ln x+\ln y
\frac{1}{a+b} ~ \frac{1}{a}+\frac{1}{b}
2^{n+1} ~ 2^n+1
e^{-x} ~ e^x
\arctan x ~ \frac{1}{\tan x}
\log_2 x ~ \log_3 x
\ln x ~ \log_2 x
\begin{pmatrix}1\\2\end{pmatrix} ~ \begin{pmatrix}2\\1\end{pmatrix}
\begin{pmatrix}1&2\\3&4\end{pmatrix} ~ \begin{pmatrix}1&3\\2&4\end{pmatrix}
3:4 ~ 4:3
3:4 ~ 3:5
B ~ C
7:30 \text{ pm} ~ 7:30 \text{ am}
12:30 ~ 12:03
1011_2 ~ 1011_3
0 ~ \infty
\infty ~ -\infty
5 ~ 5i
3+4i ~ 4+3i
10\% ~ 0.1\%
\$5 ~ 5 \text{ cents}
10 \text{ cm} ~ 10 \text{ cm}^2
1234 ~ 1.234
12 ~ 1, 2
123 ~ 1 2 3
15 ~ \text{fifty}
2 ~ \text{two hundred}
even ~ uneven
\text{all real numbers} ~ \text{no real numbers}
k\pi, k \in \mathbb{Z} ~ 2k\pi, k \in \mathbb{Z}
x ~ 2x
\frac{x^2}{2}+C ~ \frac{x^2}{3}+C
1, 2, 3 ~ 1, 2
1, 2 ~ 1, 2, 3
\{1,2\} ~ \{1,\{2\}\}
x^2 ~ x2
23 ~ 2^3
\frac{12}{5} ~ 1\frac{2}{5}\cdot 5
\sqrt{2} ~ \sqrt[3]{2}
n! ~ n
n! ~ (n+1)!
\cos x ~ \cos 2x
\sin x ~ \cos x
|x-3| ~ x-3
f(2) < f(1) < f(4) ~ f(1) < f(2) < f(4)
"""


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    rows = [line.split(" ~ ") for line in text.strip().splitlines()]
    return tuple((gold, answer) for gold, answer in rows)


SAME = _pairs(_SAME)
OTHER = _pairs(_OTHER)
