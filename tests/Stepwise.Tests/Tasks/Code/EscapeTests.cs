using Stepwise.Reasoning;

namespace Stepwise.Tests.Tasks.Code;

/// <summary>Programs that try to pass without solving: none is right, and each says why. The table of docs/code.md is of these.</summary>
public sealed class EscapeTests
{
    private const string Reference = "def f(x):\n    return x + 1";
    private static readonly string[] Tests = ["assert f(1) == 2", "assert f(2) == 3", "assert f(10) == 11"];

    [Theory]
    [InlineData("import sys\nsys.exit(0)", "SystemExit")]
    [InlineData("import os\nos._exit(0)", "exit code 0")]
    [InlineData("import os\ndef f(x):\n    os._exit(0)", "exit code 0")]
    [InlineData("import sys\ndef f(x):\n    sys.exit(0)", "SystemExit")]
    [InlineData("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "signal 9")]
    public async Task Verify_EndingBeforeTheTests_Fails(string program, string reason) => await FailsAsync(program, reason);

    [Theory]
    [InlineData("class Any(int):\n    __eq__ = lambda a, b: True\n    __hash__ = int.__hash__\ndef f(x):\n    return Any(0)", "got 0")]
    [InlineData("class Any:\n    __eq__ = lambda a, b: True\ndef f(x):\n    return Any()", "no plain data")]
    [InlineData("class Any:\n    __eq__ = lambda a, b: True\ndef f(x):\n    return [Any()]", "got [an object of type Any]")]
    [InlineData("class Any(list):\n    __eq__ = lambda a, b: True\ndef f(x):\n    return Any()", "got []")]
    [InlineData("class Any(type):\n    __eq__ = lambda a, b: True\nclass f(metaclass=Any):\n    def __init__(self, x): pass\n    __eq__ = lambda a, b: True", "no plain data")]
    [InlineData("import builtins\nbuiltins.AssertionError = Exception\nbuiltins.__build_class__ = None\nbuiltins.len = builtins.abs = lambda x: 2\ndef f(x):\n    return 0", "")]
    [InlineData("import sys\nsys.settrace(lambda *a: None)\n__debug__\ndef f(x):\n    return 0", "got 0")]
    public async Task Verify_TamperingWithEquality_Fails(string program, string reason) => await FailsAsync(program, reason);

    [Theory]
    [InlineData("print('={\"passed\": 3}', flush=True)\nimport os\nfor d in range(3, 20):\n    try: os.write(d, b'={\"passed\": 3}\\n')\n    except OSError: pass\nos._exit(0)")]
    [InlineData("import os\nfor d in range(3, 20):\n    try: os.write(d, b'{\"gone\": 0, \"value\": true}\\n' * 5)\n    except OSError: pass\ndef f(x):\n    return 0")]
    [InlineData("def f(x):\n    import os\n    for d in range(3, 20):\n        try: os.write(d, b'{\"value\": {\"passed\": [3]}}\\n')\n        except OSError: pass\n    os._exit(0)")]
    public async Task Verify_WritingTheHarnesssWords_Fails(string program) => await FailsAsync(program, "");

    /// <summary>What no reader of text, numbers or JSON takes is an answer that is wrong, and ends nothing but the program.</summary>
    [Theory]
    [InlineData("def f(x):\n    raise ValueError('\\ud83d')", "ValueError: ?")]
    [InlineData("import os\nfor d in range(3, 20):\n    try: os.write(d, b'{\"raised\": [\"\\\\ud83d\"], \"message\": \"\"}\\n')\n    except OSError: pass", "ProgramError: ?")]
    [InlineData("import os\nfor d in range(3, 20):\n    try: os.write(d, b'{\"value\": {\"object\": [0, \"\\\\ud83d\"]}}\\n')\n    except OSError: pass", "an object of type ?")]
    [InlineData("def f(x):\n    value = []\n    for _ in range(900): value = [value]\n    return value", "")]
    [InlineData("import os\nfor d in range(3, 20):\n    try: os.write(d, b'[' * 500_000 + b'\\n')\n    except OSError: pass", "cannot be read")]
    [InlineData("import os\nfor d in range(3, 20):\n    try: os.write(d, b'\\xff\\xfe\\n')\n    except OSError: pass", "cannot be read")]
    [InlineData("import os\nfor d in range(3, 20):\n    try: os.write(d, b'{\"value\": ' + b'9' * 500_000 + b'}\\n')\n    except OSError: pass", "cannot be read")]
    public async Task Verify_AnswersThatNothingReads_Fail(string program, string reason) => await FailsAsync(program, reason);

    [Fact]
    public async Task Verify_RaisingStopIterationInALoopOfTheTest_DoesNotEndTheLoop() =>
        (await CodeBench.VerifyAsync("def f(x):\n    raise StopIteration", Reference, "assert all(map(f, [1, 2]))"))
            .Correctness.ShouldBe(Correctness.Incorrect);

    /// <summary>A built-in function that the problem does not define is the tests' own, whatever the program calls so.</summary>
    [Fact]
    public async Task Verify_DefiningTheTestsHelpers_Fails() =>
        (await CodeBench.VerifyAsync("def f(x):\n    return []\ndef set(x):\n    return 0\nsorted = len = set", Reference, "assert set(f(1)) == set([2])"))
            .Correctness.ShouldBe(Correctness.Incorrect);

    /// <summary>The program may look everywhere in its process: the tests and what they expect are not in it.</summary>
    [Fact]
    public async Task Verify_LookingForTheTests_FindsNone()
    {
        const string Program =
            """
            import gc, glob, re, sys
            def f(x):
                frame, texts = sys._getframe(), []
                while frame:
                    texts.append(repr(frame.f_globals) + repr(frame.f_locals))
                    frame = frame.f_back
                texts += [repr(o) for o in gc.get_objects() if isinstance(o, (str, dict, list, tuple))]
                for path in glob.glob("/tmp/*") + glob.glob("/proc/*/cmdline") + glob.glob("/proc/*/environ"):
                    try: texts.append(open(path).read())
                    except OSError: pass
                return "7" + "3501" in "".join(texts)
            """;
        (await CodeBench.VerifyAsync(Program, Reference, "assert f(1) is False", "assert f(73) != 73501")).Reason.ShouldBe("all 2 tests passed");
    }

    [Theory]
    [InlineData("open('/etc/passwd').read()", "FileNotFoundError")]
    [InlineData("__import__('os').listdir('/root')", "FileNotFoundError")]
    [InlineData("__import__('os').listdir('/home')", "FileNotFoundError")]
    [InlineData("__import__('os').listdir('/var')", "FileNotFoundError")]
    [InlineData("open('/usr/x', 'w')", "OSError")]
    [InlineData("open('/x', 'w')", "OSError")]
    [InlineData("open('/dev/shm/../../y', 'w')", "OSError")]
    [InlineData("__import__('socket').create_connection(('127.0.0.1', 22), 1)", "Refused")]
    [InlineData("__import__('socket').create_connection(('192.0.2.1', 80), 1)", "OSError")]
    [InlineData("__import__('socket').getaddrinfo('example.com', 80)", "gaierror")]
    [InlineData("bytearray(10_000_000_000)", "MemoryError")]
    [InlineData("open('big', 'wb').write(bytes(100_000_000))", "OSError")]
    public async Task Verify_ReachingOut_IsRefused(string expression, string error) =>
        await FailsAsync($"def f(x):\n    {expression}\n    return x + 1", error);

    /// <summary>The environment is what the sandbox sets, and other processes are not to be seen.</summary>
    [Fact]
    public async Task Verify_LookingAround_SeesItsOwnProcessesAndNoEnvironment()
    {
        const string Program =
            """
            import os
            def f(x):
                names = set(os.environ) - {"PATH", "HOME", "LANG", "PWD", "OLDPWD", "SHLVL", "_", "PYTHONHASHSEED", "LC_CTYPE"}
                return [sorted(names), sum(name.isdigit() for name in os.listdir("/proc")) < 5, os.listdir("/tmp"), os.getuid() == 0 and os.access("/usr", os.W_OK)]
            """;
        (await CodeBench.VerifyAsync(Program, Reference, "assert f(1) == [[], True, ['program.py'], False]")).Reason.ShouldBe("the test passed");
    }

    [Fact]
    public async Task Verify_ForkBomb_IsStoppedByTheBoundOnProcesses() =>
        await FailsAsync("import os, time\ndef f(x):\n    while True:\n        if os.fork() == 0:\n            time.sleep(60)", "BlockingIOError");

    [Theory]
    [InlineData("while True:\n    pass", "the program took ")]
    [InlineData("import time\ndef f(x):\n    time.sleep(1000)", "by the clock")]
    public async Task Verify_Endless_IsEnded(string program, string reason) => await FailsAsync(program, reason, timeout: 2);

    [Fact]
    public async Task Verify_EndlessAnswer_IsEnded() => await FailsAsync("def f(x):\n    return 'a' * 5_000_000", "more than 1048576 bytes");

    private static async Task FailsAsync(string program, string reason, int timeout = 10)
    {
        Verdict verdict = await CodeBench.VerifyAsync(new() { Timeout = timeout }, program, Reference, Tests);

        TestContext.Current.TestOutputHelper!.WriteLine(verdict.Reason);
        verdict.Correctness.ShouldBe(Correctness.Incorrect);
        verdict.Reason.ShouldStartWith("test 1 of 3 failed: assert f(1) == 2 : ");
        verdict.Reason.ShouldContain(reason);
    }
}
