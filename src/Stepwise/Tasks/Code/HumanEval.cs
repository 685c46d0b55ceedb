using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.Code;

/// <summary>
/// The form of HumanEval's file; the question is the beginning of a program, with the function's signature and what it is to do.
/// </summary>
/// <remarks>
/// The program is that beginning and then the response's: a continuation completes the function, a whole one defines it again.
/// The beginning runs before the tests too, so that its helper functions are in them what the problem says, whatever the program made of
/// them. Source: Chen et al. 2021, arXiv 2107.03374.
/// </remarks>
public sealed record HumanEval : CodeForm
{
    /// <inheritdoc/>
    internal override string Fields => "prompt, entry_point, test, canonical_solution and, where there is one, task_id";

    /// <inheritdoc/>
    internal override bool Takes(CodeLanguage language) => language is Python;

    /// <inheritdoc/>
    internal override Problem Read(FileRecord line, string id)
    {
        string prompt = line.Text("prompt"), function = line.Text("entry_point");
        FunctionTests tests = new(prompt, "", [function], [$"{line.Text("test")}\n\ncheck({function})\n"]);
        return new(id, prompt, tests.ToJson(), line.OptionalText("canonical_solution"));
    }

    /// <inheritdoc/>
    internal override ValueTask<Verdict> TestAsync(TestBench bench, Problem problem, string code, CancellationToken cancellationToken) =>
        FunctionTests.RunAsync(bench, problem, code, $"{problem.Question}{code}", cancellationToken);
}
