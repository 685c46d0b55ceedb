using System.Text;
using System.Text.Json;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Sandboxing;

namespace Stepwise.Tasks.Code;

/// <summary>Tests in Python that call a program's functions.</summary>
/// <remarks>
/// Tests and program are two processes in two sandboxes: the tests' process sends the arguments of a call and gets plain data back, through
/// this one (<c>tests.py</c>, <c>program.py</c>). Values are compared in the tests' process, of which the program sees nothing.
/// </remarks>
/// <param name="Setup">Source that runs before the tests, in their process.</param>
/// <param name="Reference">The reference solution, read for the names that are the program's and never run; empty where
/// <paramref name="Names"/> is given.</param>
/// <param name="Names">The names that are the program's, or <see langword="null"/> for those that the reference solution defines.</param>
/// <param name="Tests">The tests' sources, in order; at least one.</param>
internal sealed record FunctionTests(string Setup, string Reference, IReadOnlyList<string>? Names, IReadOnlyList<string> Tests)
{
    private const char Asks = '?', Says = '=';

    /// <summary>The tests as a problem's reference answer.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    /// <summary>Runs the tests of a problem on a program.</summary>
    /// <exception cref="SandboxException">A sandbox did not start.</exception>
    public static async ValueTask<Verdict> RunAsync(
        TestBench bench, Problem problem, string code, string program, CancellationToken cancellationToken)
    {
        int count = JsonSerializer.Deserialize<FunctionTests>(problem.Answer, JsonSerializerOptions.Web)!.Tests.Count;
        // The program's time is over first, and the tests are there to say so.
        TestBench patient = bench with { Limits = bench.Limits with { Clock = 2 * bench.Limits.Clock } };
        await using SandboxedProgram tests = await patient.StartAsync(Python.Tests, cancellationToken).ConfigureAwait(false);
        await using SandboxedProgram tested = await bench.StartAsync(Python.Calls(program), cancellationToken).ConfigureAwait(false);
        await tests.WriteAsync(Line(problem.Answer)).ConfigureAwait(false);
        while (await tests.ReadLineAsync().ConfigureAwait(false) is { Length: > 0 } line)
        {
            if (line[0] == Says)
            {
                return Verdict(code, count, line[1..]);
            }

            await tested.WriteAsync(Line(line.TrimStart(Asks))).ConfigureAwait(false);
            string answer = await tested.ReadLineAsync().ConfigureAwait(false)
                ?? JsonSerializer.Serialize(new { gone = (await tested.EndAsync().ConfigureAwait(false)).Reason });
            await tests.WriteAsync(Line(answer)).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return new(Correctness.Undecided, code, $"the tests' own process did not finish: {await tests.EndAsync().ConfigureAwait(false)}");
    }

    private static Verdict Verdict(string code, int count, string json)
    {
        using JsonDocument said = JsonDocument.Parse(json);
        return said.RootElement.TryGetProperty("passed", out _) ? TestBench.Passed(code, count)
            : said.RootElement.TryGetProperty("failed", out JsonElement failed)
            ? TestBench.Failed(code, failed.GetInt32(), count, said.RootElement.GetProperty("reason").GetString()!)
            : new(Correctness.Undecided, code, $"the tests cannot be run: {Escaped.Line(said.RootElement.GetProperty("broken").GetString()!, 600)}");
    }

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\n");
}
