using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Sandboxing;

namespace Stepwise.Tasks.Code;

/// <summary>The form of a file of code problems: its fields, and how a program is tested by them.</summary>
public abstract record CodeForm
{
    /// <summary>The fields of a line, for people.</summary>
    internal abstract string Fields { get; }

    /// <summary>Whether programs of a language can be tested.</summary>
    /// <param name="language">The language.</param>
    internal abstract bool Takes(CodeLanguage language);

    /// <summary>The problem of a line; its reference answer is the tests, as JSON.</summary>
    /// <param name="line">The line.</param>
    /// <param name="id">The problem's id.</param>
    /// <exception cref="InputException">A field is not as described.</exception>
    internal abstract Problem Read(FileRecord line, string id);

    /// <summary>Tests a program, in the order of the tests and up to the first that fails.</summary>
    /// <param name="bench">Where and how it is run.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="code">What the response gives as the program.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SandboxException">A sandbox did not start.</exception>
    internal abstract ValueTask<Verdict> TestAsync(TestBench bench, Problem problem, string code, CancellationToken cancellationToken);
}

/// <summary>Where and how programs are run.</summary>
/// <param name="Language">Their language.</param>
/// <param name="Sandbox">The sandbox.</param>
/// <param name="Limits">What one may take, as the recipe has it.</param>
internal sealed record TestBench(CodeLanguage Language, Sandbox Sandbox, SandboxLimits Limits)
{
    /// <summary>Starts a program.</summary>
    public ValueTask<SandboxedProgram> StartAsync(SandboxCommand command, CancellationToken cancellationToken) =>
        Sandbox.StartAsync(command, Language.Limits(Limits), cancellationToken);

    /// <summary>The verdict that all tests are passed.</summary>
    public static Verdict Passed(string code, int tests) =>
        new(Correctness.Correct, code, tests == 1 ? "the test passed" : $"all {tests} tests passed");

    /// <summary>The verdict that a test is not passed.</summary>
    /// <param name="code">The program.</param>
    /// <param name="test">Which, counted from 0.</param>
    /// <param name="tests">Of how many.</param>
    /// <param name="reason">Why.</param>
    public static Verdict Failed(string code, int test, int tests, string reason) =>
        new(Correctness.Incorrect, code, $"test {test + 1} of {tests} failed: {Escaped.Line(reason, 600)}");
}
