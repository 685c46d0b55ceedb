using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks.Code;

namespace Stepwise.Tests.Tasks.Code;

/// <summary>The reference solutions of MBPP's file and broken ones; every 40th problem, or all where STEPWISE_MBPP is all.</summary>
public sealed partial class MbppTests
{
    /// <summary>Broken solutions that are right all the same: a helper's change and the function's undo each other.</summary>
    private static readonly string[] Unseen = ["train-6", "train-702"];

    [Fact]
    public async Task Verify_ReferenceSolutionsAndMutants_PassAndFail()
    {
        string file = SharedFolder.Require("data", "code", "mbpp.jsonl");
        await CodeBench.RequireAsync();
        bool all = Environment.GetEnvironmentVariable("STEPWISE_MBPP") is "all";
        CodeOptions options = new() { Train = file, TrainProblems = 0 };
        Problem[] problems = [.. options.Problems(Split.Train, 0, TestContext.Current.CancellationToken).Where((_, i) => all || i % 40 == 0)];
        using CodeTask task = new(options);

        ConcurrentDictionary<string, string> wrong = await VerdictsAsync(task, problems, p => p.Solution!, Correctness.Correct);
        ConcurrentDictionary<string, string> passed = await VerdictsAsync(task, problems, p => Mutant(p.Solution!), Correctness.Incorrect);

        wrong.ShouldBeEmpty();
        passed.Keys.Except(Unseen, StringComparer.Ordinal).ShouldBeEmpty();
    }

    /// <summary>Every value that the solution returns is another of its type, near to it.</summary>
    internal static string Mutant(string solution) => Return().Replace(solution, match => $"{match.Groups["return"]}_other({match.Groups["value"]})")
        + """

        def _other(value):
            if isinstance(value, bool): return not value
            if isinstance(value, (int, float, complex)): return value + 1
            if isinstance(value, str): return value + "x"
            if isinstance(value, list): return value + [0]
            if isinstance(value, tuple): return value + (0,)
            if isinstance(value, set): return value | {"x"}
            if isinstance(value, dict): return {**value, "x": 0}
            return [value]
        """;

    private static async Task<ConcurrentDictionary<string, string>> VerdictsAsync(
        CodeTask task, Problem[] problems, Func<Problem, string> program, Correctness expected)
    {
        ConcurrentDictionary<string, string> others = new(StringComparer.Ordinal);
        Stopwatch watch = Stopwatch.StartNew();
        await Task.WhenAll(problems.Select(async problem =>
        {
            Verdict verdict = await task.VerifyAsync(
                problem, Complete.Text(CodeBench.Fenced(program(problem))), TestContext.Current.CancellationToken);
            if (verdict.Correctness != expected)
            {
                others[problem.Id] = verdict.Reason;
            }
        }));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{problems.Length - others.Count} of {problems.Length} {expected}, {problems.Length / watch.Elapsed.TotalSeconds:0.0} verdicts per second");
        foreach ((string id, string reason) in others.OrderBy(other => other.Key, StringComparer.Ordinal))
        {
            TestContext.Current.TestOutputHelper!.WriteLine($"{id}: {reason}");
        }

        return others;
    }

    [GeneratedRegex(@"(?<return>\breturn\b[ \t]*)(?<value>[^\r\n;]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Return();
}
