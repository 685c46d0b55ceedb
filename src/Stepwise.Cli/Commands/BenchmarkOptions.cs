using System.CommandLine;
using Stepwise.Evaluation.Benchmarks;

namespace Stepwise.Cli.Commands;

/// <summary>What <c>stepwise eval</c> is told of benchmarks.</summary>
internal sealed class BenchmarkOptions
{
    private const string Needs = "--benchmark";

    private readonly Option<string[]> _benchmarks = new(Needs)
    {
        Description = "A benchmark and its file, for example aime=aime.jsonl; or held-out, for the test problems of the run that the policy is from, or "
            + "held-out=recipe. "
            + $"May be given several times. There are {string.Join(", ", BenchmarkCatalog.Entries.Select(b => b.Name))}.",
        HelpName = "name=file",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<int> _samples = CommonOptions.Whole("--samples", "With --benchmark: samples a problem.", 1, 4096, 16);
    private readonly Option<double> _temperature = CommonOptions.Number("--temperature", "With --benchmark: divides the logits; 0 is greedy.", 0, 100, 0.6);
    private readonly Option<double> _topP = CommonOptions.Number(
        "--top-p", "With --benchmark: keep the most likely tokens that together reach this.", 1e-9, 1, 0.95);

    private readonly Option<int> _maxNewTokens = CommonOptions.Whole("--max-new-tokens", "With --benchmark: the most tokens of a sample.", 1, 10_000_000, 4096);
    private readonly Option<int> _problems = CommonOptions.Whole(
        "--problems", "With --benchmark: the most problems of each file, from the first; 0 for all.", 0, 10_000_000, 0);

    private readonly Option<string?> _out = new("--out")
    {
        Description = "With --benchmark: the evaluation's folder; the same command goes on with one that was stopped "
            + "(default: evaluation in the run's folder, else evaluations/ and the time).",
        HelpName = "folder",
    };

    private readonly Option<bool> _rescore = new("--rescore") { Description = "With --benchmark and --out: verify the folder's samples again; draws none." };
    private readonly Option<string?> _against = new("--against")
    {
        Description = "With --benchmark: say the difference from an evaluation on the same problems with the same settings: its folder, or a run that has one.",
        HelpName = "folder",
    };

    private readonly Option<string?> _responses = new("--samples-file")
    {
        Description = "With one --benchmark: score these responses, of any model: JSON lines of id, response and maybe truncated.",
        HelpName = "file",
    };

    /// <summary>All of them, in the order of the help.</summary>
    public IReadOnlyList<Option> All => [_benchmarks, _samples, _temperature, _topP, _maxNewTokens, _problems, _out, _rescore, _against, _responses];

    /// <summary>Reads the options.</summary>
    /// <returns>What is asked for; <see langword="null"/> where no benchmark is.</returns>
    /// <exception cref="InputException">Options do not go together.</exception>
    public BenchmarkRequest? Read(ParseResult parsed)
    {
        if (parsed.GetValue(_benchmarks) is not { Length: > 0 } named)
        {
            return All.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } lonely
                ? throw new InputException($"{lonely.Name} is given without {Needs}. Give a benchmark and its file, for example {Needs} aime=aime.jsonl.")
                : null;
        }

        (Benchmark? Benchmark, string File)[] benchmarks = [.. named.Select(Named)];
        if (benchmarks.GroupBy(b => b.Benchmark?.Name ?? BenchmarkSet.HeldOutName, StringComparer.Ordinal)
            .FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new InputException($"{Needs} names {twice.Key} twice. Evaluate its files one after the other, each with an --out of its own.");
        }

        if (benchmarks.Length > 1 && Array.Exists(benchmarks, b => b.Benchmark is null))
        {
            throw new InputException($"{Needs} {BenchmarkSet.HeldOutName} is sampled as its recipe says. Evaluate the others apart.");
        }

        BenchmarkRequest request = new(
            benchmarks, parsed.GetValue(_samples), parsed.GetValue(_temperature), parsed.GetValue(_topP), parsed.GetValue(_maxNewTokens),
            parsed.GetValue(_problems), parsed.GetValue(_out), parsed.GetValue(_rescore), parsed.GetValue(_against), parsed.GetValue(_responses));
        if (request.Responses is not null)
        {
            RequireNone(parsed, [_samples, _temperature, _topP, _maxNewTokens, _out, _rescore, _against]);
            return benchmarks is [{ Benchmark: not null }]
                ? request
                : throw new InputException("--samples-file takes one --benchmark with a file, that of its responses.");
        }

        return request switch
        {
            { Rescore: true, Out: null } => throw new InputException("--rescore needs --out, the folder whose samples are verified again."),
            { Temperature: 0, Samples: > 1 } => throw new InputException(
                $"--temperature is 0 and --samples {request.Samples}: greedy decoding gives the same {request.Samples} times. "
                + "Set --samples 1, or a temperature above 0."),
            _ => request,
        };
    }

    private static void RequireNone(ParseResult parsed, Option[] options)
    {
        if (Array.Find(options, option => parsed.GetResult(option) is { Implicit: false }) is { } given)
        {
            throw new InputException($"{given.Name} and --samples-file do not go together: the responses are there. Leave one out.");
        }
    }

    /// <summary>A benchmark and its file as <c>name=file</c> says them; of held-out problems the recipe, maybe none.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="InputException">It says something else, or there is no such benchmark.</exception>
    public static (Benchmark? Benchmark, string File) Named(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < text.Length - 1 && string.Equals(equals < 0 ? text : text[..equals], BenchmarkSet.HeldOutName, StringComparison.Ordinal))
        {
            return (null, equals < 0 ? "" : text[(equals + 1)..]);
        }

        return equals > 0 && equals < text.Length - 1
            ? (BenchmarkCatalog.Find(text[..equals]), text[(equals + 1)..])
            : throw new InputException($"{Needs} is {Quoted.Of(text)}; allowed is name=file, for example aime=aime.jsonl, or {BenchmarkSet.HeldOutName}.");
    }
}

/// <summary>An evaluation on benchmarks, as the command line asks for it.</summary>
internal sealed record BenchmarkRequest(
    IReadOnlyList<(Benchmark? Benchmark, string File)> Benchmarks, int Samples, double Temperature, double TopP, int MaxNewTokens, int Problems,
    string? Out, bool Rescore, string? Against, string? Responses);
