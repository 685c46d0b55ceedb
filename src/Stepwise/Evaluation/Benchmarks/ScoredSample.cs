using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Stepwise.Policies;
using Stepwise.Reasoning;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>A sample of an evaluation as its folder keeps it: a line of <c>samples.jsonl</c>.</summary>
/// <param name="Benchmark">The benchmark's name.</param>
/// <param name="Id">The problem's id.</param>
/// <param name="Sample">Which of the problem's samples, from 0.</param>
/// <param name="Seed">The sample's random stream.</param>
/// <param name="Response">What the policy wrote.</param>
/// <param name="Truncated">Whether the length limit cut it off.</param>
/// <param name="Failed">Whether sampling it failed; it is not verified.</param>
/// <param name="Tokens">Its length, the stop token counted.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Answer">The answer as extracted, or <see langword="null"/>.</param>
/// <param name="Reason">Why, in one line for people.</param>
public sealed record ScoredSample(
    string Benchmark, string Id, int Sample, ulong Seed, string Response, bool Truncated, bool Failed, int Tokens,
    Correctness Verdict, string? Answer, string Reason)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>What the score is made of.</summary>
    [JsonIgnore]
    public SampleOutcome Outcome => new(Id, Verdict, Answer, Truncated, Failed, Response.Length, Tokens);

    /// <summary>The sample as a policy's completion, to be verified again.</summary>
    [JsonIgnore]
    internal Completion Completion =>
        new([], [], Response, [], Failed ? FinishReason.Failed : Truncated ? FinishReason.Length : FinishReason.Stop)
        {
            Failure = Failed ? Reason.Replace(FailurePrefix, "", StringComparison.Ordinal) : null,
        };

    private const string FailurePrefix = "sampling failed: ";

    /// <summary>The line, without its line feed.</summary>
    internal string ToLine() => JsonSerializer.Serialize(this, Options);

    /// <summary>The sample of a line.</summary>
    /// <param name="line">The line's object.</param>
    /// <param name="place">File and line, for errors.</param>
    /// <exception cref="InputException">It is no sample.</exception>
    internal static ScoredSample Of(JsonElement line, string place)
    {
        try
        {
            return line.Deserialize<ScoredSample>(Options)!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{place}: not a sample of an evaluation: {e.Message}", e);
        }
    }
}
