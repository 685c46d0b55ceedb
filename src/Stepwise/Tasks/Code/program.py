"""Runs the program of a completion and calls its functions for the tests, which are in another process.

One line of JSON per request and per answer. Everything here belongs to the program's process: what it answers is a claim of the
program, whatever the program did to this code.
"""
import builtins
import json
import os
import sys

requests = os.fdopen(os.dup(0), "rb")
answers = os.fdopen(os.dup(1), "wb")
null = os.open("/dev/null", os.O_RDWR)
for descriptor in 0, 1, 2:
    os.dup2(null, descriptor)
if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(20000)
objects = []


def pack(value):
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, list):
        return [pack(item) for item in value]
    for kind in tuple, set, frozenset:
        if isinstance(value, kind):
            return {kind.__name__: [pack(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[pack(key), pack(item)] for key, item in value.items()]}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": value.hex()}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    objects.append(value)
    return {"object": [len(objects) - 1, type(value).__name__]}


def unpack(value):
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    (kind, content), = value.items()
    if kind == "name":
        if content not in space:
            raise NameError(f"name '{content}' is not defined")
        return space[content]
    if kind == "builtin":
        return getattr(builtins, content)
    if kind == "object":
        return objects[content[0]]
    if kind == "bytes":
        return bytes.fromhex(content)
    if kind == "complex":
        return complex(*content)
    if kind == "dict":
        return {unpack(key): unpack(item) for key, item in content}
    return {"tuple": tuple, "set": set, "frozenset": frozenset}[kind](unpack(item) for item in content)


def carry_out(request):
    if failed is not None:
        raise failed
    subject = unpack(request["of"])
    if request["verb"] == "call":
        return subject(*unpack(request["arguments"]), **dict(unpack(request["named"])))
    if request["verb"] == "get":
        return getattr(subject, request["attribute"])
    return setattr(subject, request["attribute"], unpack(request["value"]))


space = {"__name__": "program"}
failed = None
try:
    with open("program.py", encoding="utf-8") as file:
        exec(compile(file.read(), "program.py", "exec"), space)
except BaseException as error:
    failed = error

for line in requests:
    try:
        answer = {"value": pack(carry_out(json.loads(line)))}
        text = json.dumps(answer)
    except BaseException as error:
        text = json.dumps({"raised": [kind.__name__ for kind in type(error).__mro__], "message": str(error)[:200]})
    answers.write(text.encode() + b"\n")
    answers.flush()
