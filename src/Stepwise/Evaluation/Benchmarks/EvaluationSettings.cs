namespace Stepwise.Evaluation.Benchmarks;

/// <summary>What decides the samples of an evaluation.</summary>
/// <param name="Model">The policy, as it was loaded from.</param>
/// <param name="Chat">Whether it is asked in its chat template.</param>
/// <param name="Samples">Samples a problem.</param>
/// <param name="Temperature">See <see cref="Policies.SamplingOptions.Temperature"/>.</param>
/// <param name="TopP">See <see cref="Policies.SamplingOptions.TopP"/>.</param>
/// <param name="MaxNewTokens">See <see cref="Policies.SamplingOptions.MaxNewTokens"/>.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Benchmarks">The benchmarks, in their order.</param>
public sealed record EvaluationSettings(
    string Model, bool Chat, int Samples, double Temperature, double TopP, int MaxNewTokens, ulong Seed, IReadOnlyList<EvaluatedSet> Benchmarks)
{
    /// <summary>See <see cref="Policies.SamplingOptions.StopStrings"/>; a recipe's, where its held-out problems are asked.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>How completions are drawn.</summary>
    public Policies.SamplingOptions Sampling => new()
    {
        Temperature = Temperature, TopP = TopP, MaxNewTokens = MaxNewTokens, StopStrings = [.. StopStrings],
    };

    /// <summary>What differs from other settings in how samples are drawn, whatever the policy and the problems; for people.</summary>
    /// <param name="other">The other settings.</param>
    public IEnumerable<string> Differences(EvaluationSettings other)
    {
        ArgumentNullException.ThrowIfNull(other);
        (string Name, object Here, object There)[] settings =
        [
            ("samples", Samples, other.Samples), ("temperature", Temperature, other.Temperature), ("top-p", TopP, other.TopP),
            ("max-new-tokens", MaxNewTokens, other.MaxNewTokens), ("seed", Seed, other.Seed), ("asked in a chat", Chat, other.Chat),
            ("stop strings", string.Join(", ", StopStrings.Select(s => Quoted.Of(s))), string.Join(", ", other.StopStrings.Select(s => Quoted.Of(s)))),
        ];
        return settings.Where(s => !s.Here.Equals(s.There)).Select(s => FormattableString.Invariant($"{s.Name} is {s.Here} here and {s.There} there"));
    }
}

/// <summary>A benchmark as it was evaluated.</summary>
/// <param name="Name">The benchmark's name.</param>
/// <param name="File">Its file.</param>
/// <param name="Problems">How many of its problems.</param>
/// <param name="Digest">See <see cref="BenchmarkSet.Digest"/>.</param>
public sealed record EvaluatedSet(string Name, string File, int Problems, string Digest)
{
    /// <summary>How a set is evaluated.</summary>
    /// <param name="set">The set.</param>
    public static EvaluatedSet Of(BenchmarkSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return new(set.Name, set.File, set.Problems.Count, set.Digest);
    }

    /// <summary>What differs from the set of the benchmark in another evaluation, for people; <see langword="null"/> for the same problems.</summary>
    /// <param name="others">The other evaluation's sets.</param>
    public string? DifferenceIn(IReadOnlyList<EvaluatedSet> others) =>
        others.FirstOrDefault(other => string.Equals(other.Name, Name, StringComparison.Ordinal)) is not { } there ? $"{Name} is not there"
        : there.Problems != Problems ? $"{Name} has {Problems} problems here and {there.Problems} there"
        : !string.Equals(there.Digest, Digest, StringComparison.Ordinal) ? $"the problems, prompts or references of {Name} are others"
        : null;
}
