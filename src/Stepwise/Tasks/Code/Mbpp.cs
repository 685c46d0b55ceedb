using System.Text.Json;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.Code;

/// <summary>The form of MBPP's file; the question is the text and the first test, which names the function.</summary>
/// <remarks>Source: Austin et al. 2021, arXiv 2108.07732.</remarks>
public sealed record Mbpp : CodeForm
{
    /// <inheritdoc/>
    internal override string Fields => "text, code, test_list and, where there are, test_setup_code, challenge_test_list and task_id";

    /// <inheritdoc/>
    internal override bool Takes(CodeLanguage language) => language is Python;

    /// <inheritdoc/>
    internal override Problem Read(FileRecord line, string id)
    {
        string code = line.Text("code");
        IReadOnlyList<string> tests = line.Texts("test_list");
        if (tests.Count == 0)
        {
            throw new InputException($"{line.Place}: the field \"test_list\" is empty; expected at least one test.");
        }

        tests = [.. tests, .. line.Object.TryGetProperty("challenge_test_list", out _) ? line.Texts("challenge_test_list") : []];
        string setup = line.Object.TryGetProperty("test_setup_code", out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
        return new(id, $"{line.Text("text")}\n\nIt must pass this test:\n\n{tests[0].Trim()}", new FunctionTests(setup, code, null, tests).ToJson(), code);
    }

    /// <inheritdoc/>
    internal override ValueTask<Verdict> TestAsync(TestBench bench, Problem problem, string code, CancellationToken cancellationToken) =>
        FunctionTests.RunAsync(bench, problem, code, code, cancellationToken);
}
