"""Verifies chains of additions modulo 100 for Stepwise: reads a JSON object a line, answers each with a line."""
import json
import re
import sys

SHAPE = re.compile(r"\d+\+\d+=\d+|#\d+")


def solution(question):
    """The lines of the right solution: a sum each, then the answer."""
    value, *addends = map(int, question.split("+"))
    for addend in addends:
        total = (value + addend) % 100
        yield f"{value}+{addend}={total}"
        value = total
    yield f"#{value}"


def check(request):
    *lines, rest = request["response"].split("\n")
    if rest and not request["truncated"]:
        lines.append(rest)  # a line that was cut off is no step
    right = list(solution(request["question"]))
    wrong = next((i for i, line in enumerate(lines) if i >= len(right) or line != right[i]), None)
    last = lines[-1] if lines else ""
    return {
        "id": request["id"],
        "verdict": "correct" if last == f"#{request['answer']}" else "incorrect",
        "answer": last,
        "reason": "every line is right" if wrong is None else f"line {wrong + 1} is wrong",
        "rewards": {"shape": sum(bool(SHAPE.fullmatch(line)) for line in lines) / max(len(right), len(lines))},
        "firstWrongStep": 0 if wrong is None else wrong + 1,
    }


for line in sys.stdin:
    print(json.dumps(check(json.loads(line))), flush=True)
