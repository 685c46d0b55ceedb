using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Sandboxing;
using Stepwise.Tasks.Code;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Tasks.Code;

public sealed class CodeTaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("def f(x):\n    return x + 1", Correctness.Correct, "all 2 tests passed")]
    [InlineData("f = lambda x: x + 1", Correctness.Correct, "all 2 tests passed")]
    [InlineData("def f(x):\n    return 2", Correctness.Incorrect, "test 2 of 2 failed: assert f(2) == 3 : got 2")]
    [InlineData("def g(x):\n    return 2", Correctness.Incorrect, "test 1 of 2 failed: assert f(1) == 2 : NameError: name 'f' is not defined")]
    [InlineData("def f(x) return", Correctness.Incorrect, "test 1 of 2 failed: assert f(1) == 2 : ProgramError: SyntaxError: expected ':' (program.py, line 1)")]
    [InlineData("def f(x):\n    return 1 / 0", Correctness.Incorrect, "test 1 of 2 failed: assert f(1) == 2 : ZeroDivisionError: division by zero")]
    [InlineData("def f(x):\n    return f(x)", Correctness.Incorrect, "test 1 of 2 failed: assert f(1) == 2 : RecursionError: maximum recursion depth exceeded")]
    public async Task Verify_Functions_SaysWhichTestFailedAndWhy(string program, Correctness correctness, string reason)
    {
        Verdict verdict = await CodeBench.VerifyAsync(program, "def f(x):\n    return x + 1", "assert f(1) == 2", "assert f(2) == 3");

        (verdict.Correctness, verdict.Reason).ShouldBe((correctness, reason));
        verdict.Answer.ShouldBe(program + "\n");
    }

    [Theory]
    [InlineData("(1, [2.5, None], {'a': {3}}, b'x', True, 1j, frozenset([4]), float('inf'), '\\ud83d')")]
    [InlineData("[[], (), {}, set(), '', 10 ** 5000]")]
    [InlineData("__import__('collections').Counter('aab')")]
    public async Task Verify_PlainData_ComesAndGoesAsItIs(string value) =>
        (await CodeBench.VerifyAsync("def f(x):\n    return x", "def f(x): pass", $"assert f({value}) == {value}", $"assert type(f(x={value})) in (tuple, list, dict)"))
            .Reason.ShouldBe("all 2 tests passed");

    [Fact]
    public async Task Verify_ObjectsOfTheProgram_AreHandedBackToIt()
    {
        const string Program = "class Node:\n    def __init__(self, v):\n        self.v, self.left = v, None\ndef depth(n):\n    return 0 if n is None else 1 + depth(n.left)";
        Problem problem = CodeBench.Problem(new Mbpp(), new
        {
            text = "q",
            code = Program,
            test_setup_code = "root = Node(1)\nroot.left = Node(2)\nroot.left.left = Node(3)",
            test_list = (string[])["assert depth(root) == 3", "assert root.left.v == 2"],
        });

        (await VerifyAsync(new(), problem, Program)).Reason.ShouldBe("all 2 tests passed");
        (await VerifyAsync(new(), problem, "def depth(n):\n    return 3")).Reason.ShouldStartWith("test 1 of 2 failed: root = Node(1) : NameError");
    }

    [Theory]
    [InlineData("    return x + one()\n", Correctness.Correct, "the test passed")]
    [InlineData("```python\ndef f(x):\n    return x + 1\n```", Correctness.Correct, "the test passed")]
    [InlineData("    return x\n", Correctness.Incorrect, "test 1 of 1 failed: assert candidate(1) == 1 + one() : got 1")]
    [InlineData("    return x\ndef one(): return 0\n", Correctness.Incorrect, "test 1 of 1 failed: assert candidate(1) == 1 + one() : got 1")]
    public async Task Verify_HumanEval_TakesAContinuationOrAWholeFunction(string response, Correctness correctness, string reason)
    {
        await CodeBench.RequireAsync();
        using CodeTask task = new(new() { Form = new HumanEval() });
        Problem problem = CodeBench.Problem(new HumanEval(), new
        {
            prompt = "def one():\n    return 1\n\n\ndef f(x):\n    \"\"\"One more.\"\"\"\n",
            entry_point = "f",
            canonical_solution = "    return x + 1\n",
            test = "def check(candidate):\n    assert candidate(1) == 1 + one()\n",
        });

        Verdict verdict = await task.VerifyAsync(problem, Complete.Text(response), Stop);
        (verdict.Correctness, verdict.Reason).ShouldBe((correctness, reason));
    }

    [Theory]
    [InlineData("print(int(input()) + 1)", Correctness.Correct, "all 2 tests passed")]
    [InlineData("print(2)", Correctness.Incorrect, "test 2 of 2 failed: expected \"3\", got \"2\"")]
    [InlineData("print(2); 1 / 0", Correctness.Incorrect, "test 1 of 2 failed: the program ended with exit code 1: ZeroDivisionError: division by zero")]
    [InlineData("import sys; print(sys.stdin.read(), end='')", Correctness.Incorrect, "test 1 of 2 failed: expected \"2\", got \"1\"")]
    [InlineData("while True: print(1)", Correctness.Incorrect, "test 1 of 2 failed: the program wrote more than 1048576 bytes")]
    public async Task Verify_InputOutput_ComparesWhatIsPrinted(string program, Correctness correctness, string reason)
    {
        Problem problem = CodeBench.Problem(new InputOutput(), new { question = "q", inputs = (string[])["1\n", "2\n"], outputs = (string[])["2\n", "3 \n\n"] });

        Verdict verdict = await VerifyAsync(new() { Form = new InputOutput() }, problem, program);
        (verdict.Correctness, verdict.Reason).ShouldBe((correctness, reason));
    }

    [Theory]
    [InlineData("using System.Text;\nConsole.WriteLine(int.Parse(Console.ReadLine()!) + 1);", "all 2 tests passed")]
    [InlineData("class P { static void Main() => System.Console.Write(2); }", "test 2 of 2 failed: expected \"3\", got \"2\"")]
    [InlineData("Console.WriteLine(2)", "test 1 of 2 failed: the program ended with exit code 1: program.cs(1,21): error CS1002: ; expected")]
    [InlineData("var all = new List<byte[]>(); while (true) all.Add(new byte[10_000_000]);", "test 1 of 2 failed: the program was killed by signal 6: ")]
    public async Task Verify_CSharp_IsCompiledAndRun(string program, string reason)
    {
        await CodeBench.RequireCSharpAsync();
        Problem problem = CodeBench.Problem(new InputOutput(), new { question = "q", inputs = (string[])["1\n", "2\n"], outputs = (string[])["2\n", "3\n"] });
        using CodeTask task = new(new() { Form = new InputOutput(), Language = new CSharp() });

        (await task.VerifyAsync(problem, Complete.Text($"```cs\n{program}\n```"), Stop)).Reason.ShouldStartWith(reason);
    }

    [Fact]
    public void Check_CSharpWithTestsInPython_IsRefused()
    {
        File.WriteAllText(_folder.In("p.jsonl"), "{}\n");
        CodeOptions options = new() { Train = _folder.In("p.jsonl"), Test = _folder.In("p.jsonl"), Language = new CSharp() };

        Should.Throw<InputException>(() => OptionTree.Check(options, "task.")).Message.ShouldBe(
            "task.language is of programs that this task.form cannot test: its tests are in Python. Set task.form: input-output.");
        OptionTree.Check(options with { Form = new InputOutput() }, "task.");
    }

    [Fact]
    public async Task Verify_TestsThatCannotBeRun_AreUndecided()
    {
        (await CodeBench.VerifyAsync("f = abs", "def f(x): pass", "assert f(lambda: 1) == 2")).ShouldSatisfyAllConditions(
            v => v.Correctness.ShouldBe(Correctness.Undecided),
            v => v.Reason.ShouldBe("the tests cannot be run: assert f(lambda: 1) == 2 : NotToBeSent: a value of type function cannot be handed to the program"));
        (await CodeBench.VerifyAsync("f = abs", "def f(x) pass", "assert f(1) == 1")).Correctness.ShouldBe(Correctness.Undecided);
    }

    /// <summary>The check at the start is well; the sandbox breaks with the second program after it.</summary>
    [Fact]
    public async Task Verify_WithASandboxThatBreaks_IsUndecidedWithTheReason()
    {
        await CodeBench.RequireAsync();
        Verdict verdict = await VerifyAsync(new() { Sandbox = new Breaking(2) }, CodeBench.Problem("def f(x): pass", "assert f(1) == 2"), "f = abs");

        verdict.Correctness.ShouldBe(Correctness.Undecided);
        verdict.Reason.ShouldBe("the sandbox broke");
    }

    [Fact]
    public async Task Verify_Cancelled_Stops()
    {
        await CodeBench.RequireAsync();
        using CancellationTokenSource stop = new();
        using CodeTask task = new();
        ValueTask<Verdict> verdict = task.VerifyAsync(
            CodeBench.Problem("def f(x): pass", "assert f(1) == 2"), Complete.Text("import time\ntime.sleep(1000)"), stop.Token);
        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await verdict);
    }

    [Fact]
    public async Task Verify_WithoutAProgram_RunsNone()
    {
        using CodeTask task = new(new() { Sandbox = new Breaking(0) });
        Problem problem = CodeBench.Problem("def f(x): pass", "assert f(1) == 2");

        (await task.VerifyAsync(problem, Complete.Text("```python\n```"), Stop)).Reason.ShouldBe("no program");
        (await task.VerifyAsync(problem, Complete.Truncated("```python\nf = abs"), Stop)).Reason.ShouldBe("truncated");
        (await Should.ThrowAsync<InputException>(async () => await task.PrepareAsync(Stop))).Message.ShouldBe("broken");
    }

    [Fact]
    public void Problems_OfMbpp_AskWithTheFirstTestAndHaveTheSolution()
    {
        Problem problem = CodeBench.Problem("def f(x):\n    return x\n", "assert f(1) == 1 ", "assert f(2) == 2");
        using CodeTask task = new();

        task.Prompt(problem).ShouldBeOfType<ChatPrompt>().Messages.ShouldBe([new ChatMessage("user",
            "q\n\nIt must pass this test:\n\nassert f(1) == 1\n\nWrite it in Python. End with the whole program in one block that begins with ```python.")]);
        task.ReferenceResponse(problem).ShouldBe("```python\ndef f(x):\n    return x\n```");
    }

    [Theory]
    [InlineData("{\"text\": \"q\", \"code\": \"c\"}", "line 2: the field \"test_list\" is missing; expected a list of strings; the fields there are text, code.")]
    [InlineData("{\"text\": \"q\", \"code\": \"c\", \"test_list\": \"t\"}", "line 2: the field \"test_list\" is a string; expected a list of strings.")]
    [InlineData("{\"text\": \"q\", \"code\": \"c\", \"test_list\": [1]}", "line 2: the field \"test_list.0\" is a number; expected a string.")]
    [InlineData("{\"text\": \"q\", \"code\": \"c\", \"test_list\": []}", "line 2: the field \"test_list\" is empty; expected at least one test.")]
    [InlineData("{\"text\": \"q\", \"test_list\": [\"t\"]}", "line 2: the field \"code\" is missing; expected a string; the fields there are text, test_list.")]
    public void Problems_BadLine_ErrorNamesIt(string line, string message)
    {
        File.WriteAllText(_folder.In("mbpp.jsonl"), "{\"text\": \"q\", \"code\": \"c\", \"test_list\": [\"t\"]}\n" + line + "\n");
        CodeOptions options = new() { Train = _folder.In("mbpp.jsonl") };

        Should.Throw<InputException>(() => options.Problems(Split.Train, 0, Stop)).Message.ShouldEndWith(message);
    }

    [Fact]
    public void Problems_OfPairsThatDoNotMatch_AreRefused() =>
        Should.Throw<InputException>(() => CodeBench.Problem(new InputOutput(), new { question = "q", inputs = (string[])["1"], outputs = Array.Empty<string>() }))
            .Message.ShouldBe("test.jsonl, line 1: 1 \"inputs\" and 0 \"outputs\"; expected as many of both, at least one.");

    [Fact]
    public void Check_WithoutFiles_SaysTheFieldsOfTheForm() =>
        Should.Throw<InputException>(() => OptionTree.Check(new CodeOptions { Form = new InputOutput() }, "task.")).Message
            .ShouldBe("task.train is not set; give a file of the form: JSON lines of question, inputs, outputs and, where there are, solution and id.");

    private static async Task<Verdict> VerifyAsync(CodeOptions options, Problem problem, string program)
    {
        await CodeBench.RequireAsync();
        using CodeTask task = new(options);
        return await task.VerifyAsync(problem, Complete.Text(CodeBench.Fenced(program)), Stop);
    }

    private sealed record Breaking(int Starts) : Sandbox
    {
        private int _starts;

        public override string Name => "breaking";

        protected override string Remedy => "";

        public override async ValueTask<SandboxedProgram> StartAsync(
            SandboxCommand command, SandboxLimits limits, CancellationToken cancellationToken = default) =>
            ++_starts < Starts ? await new AnySandbox().StartAsync(command, limits, cancellationToken) : throw new SandboxException("the sandbox broke");

        public override ValueTask<Sandbox> RequireAsync(SandboxCommand command, SandboxLimits limits, CancellationToken cancellationToken = default) =>
            Starts > 0 ? new(this) : throw new InputException("broken");

        protected override IReadOnlyList<string> Wrap(SandboxLimits limits, IReadOnlyList<string> command) => command;
    }
}
