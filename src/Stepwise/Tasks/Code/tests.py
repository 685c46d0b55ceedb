"""Runs the tests of a problem. The program that they test is in another process and is asked by lines of JSON.

Of the program there are only names here: calling one asks the program, and what it answers is plain data (None, numbers, text, lists,
tuples, sets, dictionaries) made anew here, or an opaque object that can be handed back to the program and compared with nothing.
So no object of the program's making takes part in a comparison, and no code of it runs in this process.
"""
import ast
import builtins
import json
import os
import sys
import traceback

requests = os.fdopen(os.dup(1), "wb")
answers = os.fdopen(os.dup(0), "rb")
null = os.open("/dev/null", os.O_RDWR)
for descriptor in 0, 1, 2:
    os.dup2(null, descriptor)
if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(20000)

NOTHING = object()
# What a test may catch by its name. Not StopIteration: it would end a loop of the test early, as if all were well.
KNOWN = {kind.__name__: kind for kind in (
    ArithmeticError, AssertionError, AttributeError, IndexError, KeyError, LookupError, NameError, NotImplementedError,
    OverflowError, RecursionError, RuntimeError, TypeError, ValueError, ZeroDivisionError)}
last = NOTHING
gone = None
asked = 0


class ProgramError(Exception):
    """The program raised something, or answered what cannot be read."""


class Gone(BaseException):
    """The program is no more."""


class NotToBeSent(BaseException):
    """The tests call the program with what this process cannot hand over."""


def forbidden(self, *others):
    raise ProgramError(f"the program returned {object.__getattribute__(self, '_name')}, which is no plain data")


class Opaque:
    def __init__(self, of, name):
        object.__setattr__(self, "_of", of)
        object.__setattr__(self, "_name", name)

    def __call__(self, *arguments, **named):
        global last
        last = NOTHING
        last = ask({"verb": "call", "of": pack(self), "arguments": pack(list(arguments)), "named": pack(named)})
        return last

    def __getattr__(self, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return ask({"verb": "get", "of": pack(self), "attribute": attribute})

    def __setattr__(self, attribute, value):
        ask({"verb": "set", "of": pack(self), "attribute": attribute, "value": pack(value)})

    def __repr__(self):
        return object.__getattribute__(self, "_name")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __len__ = __iter__ = __hash__ = forbidden
    __contains__ = __getitem__ = forbidden


def pack(value):
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [pack(item) for item in value]
    if kind in (tuple, set, frozenset):
        return {kind.__name__: [pack(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[pack(key), pack(item)] for key, item in value.items()]}
    if kind is bytes:
        return {"bytes": value.hex()}
    if kind is complex:
        return {"complex": [value.real, value.imag]}
    if kind is Opaque:
        return object.__getattribute__(value, "_of")
    name = getattr(value, "__name__", "")
    if value is getattr(builtins, name, NOTHING):
        return {"builtin": name}
    raise NotToBeSent(f"a value of type {kind.__name__} cannot be handed to the program")


def unpack(value):
    if type(value) is list:
        return [unpack(item) for item in value]
    if type(value) is not dict:
        return value
    (kind, content), = value.items()
    if kind == "object":
        number, name = content
        return Opaque({"object": [int(number), ""]}, f"an object of type {str(name)[:50]}")
    if kind == "bytes":
        return bytes.fromhex(content)
    if kind == "complex":
        return complex(*content)
    if kind == "dict":
        return {unpack(key): unpack(item) for key, item in content}
    return {"tuple": tuple, "set": set, "frozenset": frozenset}[kind]([unpack(item) for item in content])


def send(mark, message):
    requests.write(mark + json.dumps(message).encode() + b"\n")
    requests.flush()


def ask(request):
    global asked, gone
    asked += 1
    if gone is None:
        send(b"?", request)
        line = answers.readline()
        try:
            answer = json.loads(line)
            if "value" in answer:
                return unpack(answer["value"])
            if "gone" not in answer:
                names, message = [str(name) for name in answer["raised"]], str(answer["message"])
        except Exception as error:
            raise ProgramError(f"the program's answer cannot be read: {error}") from None
        if "gone" not in answer:
            kind = next((KNOWN[name] for name in names if name in KNOWN), ProgramError)
            raise kind(f"{names[0]}: {message}" if names and names[0] != kind.__name__ else message)
        gone = answer["gone"]
    raise Gone


def reason(test, error):
    """What failed, and why: the line of the test, what the program returned last, or what was raised."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<test>"]
    where = test.splitlines()[lines[-1] - 1].strip() if lines else test.strip()
    if gone is not None:
        what = gone
    elif not isinstance(error, AssertionError):
        what = ": ".join([type(error).__name__, *map(str, error.args)])
    else:
        what = "not so" if last is NOTHING else f"got {last!r}"
    return f"{where[:300]} : {what[:300]}".encode(errors="replace").decode()


def names_of(reference, used):
    """Those of the used names that the reference solution defines, and the imports of it that define some."""
    names, imports = set(), []
    for node in ast.parse(reference).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            node.names = [alias for alias in node.names if (alias.asname or alias.name) in used]
            imports += [node] if node.names else []
    return names & used, ast.Module(imports, [])


def main():
    job = json.loads(answers.readline())
    space = {"__name__": "tests"}
    try:
        used = {node.id for text in (job["setup"], *job["tests"]) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        names, imports = names_of(job["reference"], used) if job["names"] is None else (job["names"], ast.Module([], []))
        program = {name: Opaque({"name": name}, name) for name in names}
        exec(compile(imports, "<imports>", "exec"), space)
        space.update(program)
        exec(compile(job["setup"], "<test>", "exec"), space)
        space.update(program)
    except BaseException as error:
        failed = {"failed": 0, "reason": reason(job["setup"], error)}
        return failed if asked else {"broken": failed["reason"]}
    for number, test in enumerate(job["tests"]):
        global last
        last = NOTHING
        try:
            exec(compile(test, "<test>", "exec"), space)
            if gone is not None:
                raise Gone
        except NotToBeSent as error:
            return {"broken": reason(test, error)}
        except BaseException as error:
            return {"failed": number, "reason": reason(test, error)}
    return {"passed": len(job["tests"])}


send(b"=", main())
