r"""Reference answers of every kind, from which answers that are the same and answers that differ are made.

Each obeys what `flips` relies on: no numeral is multiplied by 0, no base is 0, 1 or -1, and no equation is true up to a
factor (`2x = 0` and `3x = 0` say the same). So a change to one numeral, sign or exponent changes the meaning.
"""

from __future__ import annotations

import re

NUMBERS = r"""
7  42  -3  105  2024  -1999  31415  1234567  100000  65536  0.5  0.458  -2.75  3.1416  12.055  0.003
1000.25  \frac{1}{2}  -\frac{3}{4}
\frac{22}{7}  \frac{130}{231}  7/12  -5/8  \frac{2023}{2024}  3\frac{1}{2}  12\frac{3}{5}  2^{10}  3^{7}
10^{12}
6.02\times10^{23}  2.5\cdot10^{-4}  0.\overline{27}  7!  2^{61}-1
"""
CLOSED = r"""
\sqrt{2}  3\sqrt{5}  \frac{\sqrt{3}}{2}  \frac{1+\sqrt{5}}{2}  5\sqrt[3]{4}  \sqrt{2}+\sqrt{7}  6-4\sqrt{2}
-\frac{3\pi}{8}
\frac{2\pi}{3}  7\pi  \pi^{2}+3  \frac{\pi^{2}}{6}  e^{3}  2e^{-5}  \frac{e}{5}  \ln3  \frac{5\ln2}{4}
\log_{2}7  \frac{5\sqrt{42}}{27}
\sqrt{3+2\sqrt{2}}  \sqrt[3]{2}-1  \frac{3-\sqrt{21}}{4}  8\pi-16  \frac{81\sqrt{3}}{4}  2^{\frac{2}{3}}
\frac{7}{2+\sqrt{3}}
3+4i  2-5i  -7i  \frac{1}{2}+\frac{\sqrt{3}}{2}i  14-i  3e^{2i}  \binom{12}{3}
"""
SYMBOLIC = r"""
x^{2}+2x+1  3x-7  (x-1)(x+5)  6r^{2}-4r-24  \frac{x+2}{7}  \frac{a^{2}-b^{2}}{3}  \frac{x^{3}}{x+4}
\sqrt{x^{2}+9}  2^{n}-3
n^{2}-n+1  \frac{n(n+5)}{2}  \frac{\pi a^{2}}{18}  \frac{bx}{h+3}  x^{3}-3x^{2}+5  (2x+3)(2x-1)(2x+7)
\frac{3m}{2}-1  4ab-7b^{2}
e^{2x}+5  \ln(x+3)  x^{2}y^{3}  (x-2y)^{3}  \frac{2}{\sqrt{x+5}}  5t^{4}-9  \frac{1}{x+2}-\frac{1}{x+3}
2^{n+3}  7-2k  p^{2}q+6  x^{5}-32
"""
EQUATIONS = r"""
x=5  k=-3  y=2x-3  y=-8(x-3)  k=2n-1  f(x)=x^{2}+4x  A=\frac{1}{2}bh  d=\frac{1+\sqrt{8n+9}}{2}
x^{2}+y^{2}=25  3x-4y=12
(x-2)^{2}+(y+3)^{2}=49  y^{2}=8x  \frac{x^{2}}{9}+\frac{y^{2}}{4}=1  x=\frac{3}{7}  m=-\sqrt{3}  T=300
a_{n}=3n-2  f(n)=2^{n}+3
"""
TUPLES = r"""
(3,5)  (-1,4)  (2,-7,9)  (\frac{1}{2},3)  (0,4,-6)  (3,\frac{\pi}{2})  (1,7,103,105)  (\sqrt{2},5)
(-\frac{4}{3},\frac{7}{5})
(2,251,252)  (12,-8)  (1.5,-2.25)  (x+1,2x)  (5,e)
"""
LISTS = r"""
1,3  -2,7  -6,-8,-10  \frac{1}{8},\frac{1}{10}  2,3,5,7,11  \sqrt{3},-\sqrt{5}  69,84  0.25,1.75  -12,-11,9
\frac{3}{2},8  1+2i,3-4i
(2,32),(8,18)  (1,4),(2,7),(3,12)  (6,3),(9,5),(54,7)  x=2,x=-9  k=45,n=2  (-6,5),(2,7)
"""
SETS = r"""
\{1,2,3\}  \{-4,6\}  \{\frac{1}{2},5\}  \{0,\pi,7\}  \{\sqrt{2},9\}  \{2,4,8,16\}  \{-7\}  \{(1,2),(3,8)\}
"""
INTERVALS = r"""
[0,1)  (-2,7]  [-3,8]  (2,12)  (-\infty,5]  (3,\infty)  [-\frac{5}{2},4)  (-\infty,-6)\cup(2,\infty)
[1,3)\cup(5,9]
[\sqrt{2},+\infty)  (-8,-2]\cup[4,7)  (0,\frac{1}{e})  [-5,-\frac{5}{2}]  (2,12)\cup(12,102)  x\in[-2,7]
x\in(3,9]
"""
INEQUALITIES = r"""
x<5  x\ge-3  a\leq7  -2<x<6  -1\le a\leq3  k>\frac{3}{2}  4<m\le9  x>\sqrt{2}  -5\leq t<8  n\ge12
\frac{1}{3}<p<\frac{1}{2}
"""
MATRICES = r"""
\begin{pmatrix}1&2\\3&4\end{pmatrix}  \begin{pmatrix}-7\\16\\5\end{pmatrix}
\begin{bmatrix}2&-1\\5&3\end{bmatrix}
\begin{pmatrix}\frac{1}{5}\\-\frac{18}{5}\end{pmatrix}  \begin{pmatrix}1&0&2\\3&5&8\\6&9&4\end{pmatrix}
\begin{pmatrix}2&7&12\end{pmatrix}
"""
RATIOS = "3:5  2:7  5:8  1:12  2:3:7  4:9  11:6"
CLOCKS = "12:30  7:45  9:05  3:20"
BASED = "1011_5  2102_7  324_{8}  1201_4"
ANGLES = r"45^{\circ}  90^\circ  120^{\circ}  22.5^\circ  7^\circ"
PERCENTS = r"10\%  28\%  113.4\%  2.5\%  75\%"
QUANTITIES = r"""
10 \text{ cm}  5.4 \text{ m}^2  125 \text{ miles}  12 \text{ kg}  3 \text{ hours}  60 \text{ km/h}
250 \text{ mL}
15 \text{ days}  \frac{41}{12} \text{ km}  8 \text{ cm}^3  9.8 \text{ m/s}^2  \$12.55  \$40
2.5 \text{ liters}
"""
CHOICES = r"A  \text{C}  (D)  E"
TEXTS = r"even  \text{odd}  Romeo and Juliet  yes  \text{parallel}"


def _split(text: str) -> tuple[str, ...]:
    return tuple(re.split(r"\n|  +", text.strip()))


GOLDS: dict[str, tuple[str, ...]] = {
    "number": _split(NUMBERS),
    "closed": _split(CLOSED),
    "symbolic": _split(SYMBOLIC),
    "equation": _split(EQUATIONS),
    "tuple": _split(TUPLES),
    "list": _split(LISTS),
    "set": _split(SETS),
    "interval": _split(INTERVALS),
    "inequality": _split(INEQUALITIES),
    "matrix": _split(MATRICES),
    "ratio": _split(RATIOS),
    "clock": _split(CLOCKS),
    "based": _split(BASED),
    "angle": _split(ANGLES),
    "percent": _split(PERCENTS),
    "quantity": _split(QUANTITIES),
    "choice": _split(CHOICES),
    "text": _split(TEXTS),
}
"""Kind of answer -> references; blanks in a reference are single, two part one from the next."""
