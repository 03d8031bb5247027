"""Hand-written hard pairs for `sql_reward.py`: right queries written otherwise, and wrong ones that look right.

Most of the wrong ones return what the gold does on the database below.
"""

from __future__ import annotations

SCRIPT = """
CREATE TABLE student (id INTEGER PRIMARY KEY, name TEXT NOT NULL, major TEXT, gpa REAL, year INTEGER NOT NULL);
CREATE TABLE course (id INTEGER PRIMARY KEY, title TEXT NOT NULL, credits INTEGER, dept TEXT);
CREATE TABLE enrolled (student_id INTEGER NOT NULL REFERENCES student(id),
  course_id INTEGER NOT NULL REFERENCES course(id), grade INTEGER, day TEXT, PRIMARY KEY (student_id, course_id));
INSERT INTO student VALUES (1, 'Ann', 'math', 3.9, 2), (2, 'Bo', 'math', 3.1, 1), (3, 'Cy', 'art', 2.7, 2),
  (4, 'Di', 'law', 3.5, 3), (5, 'Ed', 'art', 3.6, 1);
INSERT INTO course VALUES (1, 'algebra', 6, 'math'), (2, 'drawing', 3, 'art'), (3, 'logic', 6, 'math'),
  (4, 'history', 4, 'art'), (5, 'contracts', 5, 'law');
INSERT INTO enrolled VALUES (1, 1, 90, '2024-01-10'), (1, 3, 95, '2024-01-11'), (2, 1, 70, '2024-01-10'),
  (3, 2, 85, '2024-02-01'), (5, 2, 60, '2024-02-03'), (4, 5, 75, '2024-03-01'), (3, 4, 80, '2024-02-07');
"""

TOP = "SELECT name FROM student ORDER BY gpa DESC LIMIT 1"
PER_MAJOR = "SELECT major, count(*) FROM student GROUP BY major"
MATH = "SELECT name FROM student WHERE major = 'math' AND gpa > 3.5"
TAKES = (
    "SELECT s.name FROM student s JOIN enrolled e ON e.student_id = s.id JOIN course c ON c.id = e.course_id"
)
NONE = "SELECT title FROM course WHERE id NOT IN (SELECT course_id FROM enrolled)"
AVERAGE = "SELECT avg(gpa) FROM student WHERE year = 1"
ABOVE = "SELECT name FROM student WHERE gpa > (SELECT avg(gpa) FROM student)"
BUSY = "SELECT student_id FROM enrolled GROUP BY student_id HAVING count(*) > 1"
BOTH = "SELECT major FROM student WHERE year = 1 INTERSECT SELECT major FROM student WHERE year = 2"
ORDERED = "SELECT name, gpa FROM student WHERE year <= 2 ORDER BY gpa DESC"
DAYS = "SELECT count(DISTINCT day) FROM enrolled"
HARD = "SELECT title FROM course WHERE credits BETWEEN 4 AND 6 AND dept = 'math'"
SPAN = "SELECT max(grade) - min(grade) FROM enrolled"
EARLY = (
    "SELECT DISTINCT s.name FROM student s JOIN enrolled e ON e.student_id = s.id WHERE e.day < '2024-02-01'"
)

RIGHT = [
    (TOP, "SELECT s.name FROM student AS s ORDER BY s.gpa DESC, s.id LIMIT 1"),
    (
        TOP,
        "SELECT name FROM (SELECT name, row_number() OVER (ORDER BY gpa DESC) AS n FROM student) WHERE n = 1",
    ),
    (PER_MAJOR, "SELECT s.major, sum(1) FROM student s GROUP BY 1"),
    (PER_MAJOR, "SELECT major, count(id) AS how_many FROM student GROUP BY major ORDER BY how_many"),
    (MATH, "SELECT name FROM student WHERE NOT (gpa <= 3.5) AND major IN ('math')"),
    (MATH, "SELECT name FROM (SELECT * FROM student WHERE major = 'math') WHERE 3.5 < gpa"),
    (
        TAKES + " WHERE c.dept = 'math'",
        "SELECT s.name FROM course c, enrolled e, student s WHERE c.id = e.course_id AND "
        "s.id = e.student_id AND 'math' = c.dept",
    ),
    (
        NONE,
        "SELECT c.title FROM course c LEFT JOIN enrolled e ON e.course_id = c.id WHERE e.course_id IS NULL",
    ),
    (NONE, "SELECT title FROM course c WHERE NOT EXISTS (SELECT 1 FROM enrolled WHERE course_id = c.id)"),
    (AVERAGE, "SELECT sum(gpa) / count(gpa) FROM student WHERE year = 1"),
    (AVERAGE, "SELECT avg(CASE WHEN year = 1 THEN gpa END) FROM student"),
    (ABOVE, "SELECT a.name FROM student a, (SELECT avg(gpa) AS m FROM student) b WHERE a.gpa > b.m"),
    (
        BUSY,
        "SELECT DISTINCT a.student_id FROM enrolled a JOIN enrolled b ON a.student_id = b.student_id "
        "AND a.course_id <> b.course_id",
    ),
    (
        BUSY,
        "SELECT student_id FROM (SELECT student_id, count(*) AS n FROM enrolled GROUP BY student_id) WHERE n >= 2",
    ),
    (BOTH, "SELECT major FROM student GROUP BY major HAVING sum(year = 1) > 0 AND sum(year = 2) > 0"),
    (ORDERED, "SELECT name, gpa FROM student WHERE year < 3 ORDER BY 2 DESC, 1"),
    (ORDERED, "SELECT * FROM (SELECT name, gpa FROM student WHERE NOT year > 2) ORDER BY gpa DESC"),
    (DAYS, "SELECT count(*) FROM (SELECT day FROM enrolled WHERE day IS NOT NULL GROUP BY day)"),
    (HARD, "SELECT title FROM course WHERE credits >= 4 AND credits <= 6 AND dept = 'math'"),
    (SPAN, "SELECT (SELECT grade FROM enrolled ORDER BY grade DESC LIMIT 1) - min(grade) FROM enrolled"),
    (
        EARLY,
        "SELECT name FROM student WHERE id IN (SELECT student_id FROM enrolled WHERE day < '2024-02-01') GROUP BY name",
    ),
]
WRONG = [
    (TOP, "SELECT 'Ann'"),
    (TOP, "SELECT name FROM student WHERE id = 1"),
    (TOP, "SELECT name FROM student WHERE gpa = (SELECT max(gpa) FROM student)"),
    (TOP, "SELECT name FROM student WHERE gpa > 3.8"),
    (TOP, "SELECT name FROM student ORDER BY id LIMIT 1"),
    (TOP, "SELECT min(name) FROM student"),
    (TOP, "SELECT name FROM student WHERE major = 'math' ORDER BY gpa DESC LIMIT 1"),
    (TOP, "SELECT name FROM student JOIN enrolled ON student_id = id ORDER BY gpa DESC, grade LIMIT 1"),
    (PER_MAJOR, "SELECT major, count(*) FROM student WHERE major IS NOT NULL GROUP BY major"),
    (PER_MAJOR, "SELECT major, count(major) FROM student GROUP BY major"),
    (PER_MAJOR, "SELECT major, count(DISTINCT name) FROM student GROUP BY major"),
    (PER_MAJOR, "SELECT major, count(gpa) FROM student GROUP BY major"),
    (PER_MAJOR, "SELECT major, count(DISTINCT gpa) FROM student GROUP BY major"),
    (PER_MAJOR, "SELECT DISTINCT dept, CASE dept WHEN 'law' THEN 1 ELSE 2 END FROM course"),
    (MATH, "SELECT name FROM student WHERE major = 'math' AND gpa >= 3.5"),
    (MATH, "SELECT name FROM student WHERE major = 'math' AND gpa > 3.6"),
    (MATH, "SELECT name FROM student WHERE major = 'math' AND gpa > 3.4"),
    (MATH, "SELECT name FROM student WHERE major = 'math' AND year = 2"),
    (MATH, "SELECT name FROM student WHERE major LIKE '%math%' AND gpa > 3.5"),
    (MATH, "SELECT DISTINCT name FROM student WHERE major = 'math' AND gpa > 3.5"),
    (MATH, "SELECT name FROM student WHERE major = 'math' ORDER BY gpa DESC LIMIT 1"),
    (MATH, "SELECT name FROM student WHERE major <> 'art' AND gpa > 3.5"),
    (TAKES + " WHERE c.dept = 'math'", TAKES + " WHERE c.credits = 6"),
    (TAKES + " WHERE c.dept = 'math'", TAKES + " WHERE s.major = 'math'"),
    (TAKES + " WHERE c.dept = 'math'", TAKES + " WHERE c.dept = 'math' AND e.grade > 60"),
    (TAKES + " WHERE c.dept = 'art'", TAKES + " WHERE s.major = 'art'"),
    (
        TAKES + " WHERE c.dept = 'law'",
        "SELECT DISTINCT s.name FROM student s JOIN enrolled e ON e.student_id = s.id "
        "JOIN course c ON c.id = e.course_id WHERE c.dept = 'law'",
    ),
    (NONE, "SELECT title FROM course WHERE 1 = 0"),
    (NONE, "SELECT title FROM course WHERE id > 5"),
    (
        NONE,
        "SELECT title FROM course WHERE id NOT IN (SELECT course_id FROM enrolled WHERE grade > 60) AND credits > 3",
    ),
    (NONE, "SELECT title FROM course WHERE id NOT IN (SELECT student_id FROM enrolled)"),
    (NONE, "SELECT c.title FROM course c JOIN enrolled e ON e.course_id = c.id WHERE e.grade IS NULL"),
    (AVERAGE, "SELECT (3.1 + 3.6) / 2"),
    (AVERAGE, "SELECT sum(gpa) / count(*) FROM student WHERE year = 1"),
    (AVERAGE, "SELECT avg(DISTINCT gpa) FROM student WHERE year = 1"),
    (AVERAGE, "SELECT (max(gpa) + min(gpa)) / 2 FROM student WHERE year = 1"),
    (AVERAGE, "SELECT avg(gpa) FROM student WHERE year <= 1"),
    (AVERAGE, "SELECT avg(gpa) FROM student WHERE year < 2"),
    (ABOVE, "SELECT name FROM student WHERE gpa > 3.36"),
    (ABOVE, "SELECT name FROM student WHERE gpa >= 3.5"),
    (ABOVE, "SELECT DISTINCT name FROM student WHERE gpa > (SELECT avg(gpa) FROM student)"),
    (ABOVE, "SELECT name FROM student WHERE gpa > (SELECT avg(DISTINCT gpa) FROM student)"),
    (ABOVE, "SELECT name FROM student ORDER BY gpa DESC LIMIT 3"),
    (BUSY, "SELECT student_id FROM enrolled GROUP BY student_id HAVING count(*) = 2"),
    (BUSY, "SELECT student_id FROM enrolled GROUP BY student_id HAVING sum(grade) > 90"),
    (BUSY, "SELECT student_id FROM enrolled GROUP BY student_id HAVING count(DISTINCT grade) > 1"),
    (BUSY, "SELECT student_id FROM enrolled GROUP BY student_id HAVING count(grade) > 1"),
    (BUSY, "SELECT id FROM student WHERE year = 2"),
    (BOTH, "SELECT major FROM student WHERE year IN (1, 2) GROUP BY major HAVING count(*) = 2"),
    (BOTH, "SELECT major FROM student GROUP BY major HAVING count(*) > 1"),
    (BOTH, "SELECT DISTINCT major FROM student WHERE year = 1"),
    (
        BOTH,
        "SELECT DISTINCT a.major FROM student a JOIN student b ON a.major = b.major WHERE a.year = 1 AND b.year = 2",
    ),
    (ORDERED, "SELECT name, gpa FROM student WHERE year <= 2 ORDER BY gpa"),
    (ORDERED, "SELECT name, gpa FROM student WHERE year <> 3 ORDER BY gpa DESC"),
    (ORDERED, "SELECT name, gpa FROM student WHERE major <> 'law' ORDER BY gpa DESC"),
    (ORDERED, "SELECT gpa, name FROM student WHERE year <= 2 ORDER BY gpa DESC"),
    (DAYS, "SELECT count(*) - 1 FROM enrolled"),
    (DAYS, "SELECT count(DISTINCT coalesce(day, '')) FROM enrolled"),
    (DAYS, "SELECT count(DISTINCT grade) - 1 FROM enrolled"),
    (HARD, "SELECT title FROM course WHERE credits > 4 AND credits <= 6 AND dept = 'math'"),
    (HARD, "SELECT title FROM course WHERE credits >= 4 AND dept = 'math'"),
    (HARD, "SELECT title FROM course WHERE dept = 'math'"),
    (HARD, "SELECT title FROM course WHERE credits = 6"),
    (SPAN, "SELECT 35"),
    (SPAN, "SELECT max(grade) - 60 FROM enrolled"),
    (
        SPAN,
        "SELECT max(e.grade) - min(e.grade) FROM enrolled e JOIN student s ON s.id = e.student_id WHERE s.year < 3",
    ),
    (EARLY, "SELECT s.name FROM student s WHERE s.major = 'math'"),
    (EARLY, EARLY.replace("< '2024-02-01'", "<= '2024-01-31'").replace("DISTINCT ", "")),
    (EARLY, EARLY.replace("< '2024-02-01'", "<= '2024-02-01'")),
]
