using System.Text.Json.Serialization;
using Stepwise.Judging.Paid;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Runs;

/// <summary>What a run asked its judge, and what that cost.</summary>
/// <param name="Name">The judge's name.</param>
/// <param name="Asked">Responses it was asked about.</param>
/// <param name="Placed">Those of which it could say how far they are right.</param>
/// <param name="Calls">Calls of a model; 0 for a judge that needs none.</param>
/// <param name="Tokens">Tokens read and written by that model.</param>
/// <param name="Seconds">What training waited for it, beside sampling and verifying; in seconds.</param>
public sealed record JudgeUse(string Name, long Asked = 0, long Placed = 0, long Calls = 0, long Tokens = 0, double Seconds = 0)
{
    /// <summary>
    /// What its model cost, those answers counted that earlier runs with the same cache paid for; <see langword="null"/> for a judge without a ledger.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JudgeSpending? Spending { get; init; }

    /// <summary>The same with a training step more.</summary>
    /// <param name="groups">The step's groups with their judgements.</param>
    /// <param name="waited">What the step waited for the judge.</param>
    internal JudgeUse With(IReadOnlyList<Group> groups, TimeSpan waited)
    {
        StepJudgement[] judgements = [.. groups.SelectMany(g => g.Rollouts).Select(r => r.Judgement).OfType<StepJudgement>()];
        return this with
        {
            Asked = Asked + judgements.Length,
            Placed = Placed + judgements.Count(j => j.Outcome != JudgementOutcome.NoJudgement || j.Progress is not null),
            Calls = Calls + judgements.Sum(j => (long)j.Cost.Calls),
            Tokens = Tokens + judgements.Sum(j => j.Cost.Tokens),
            Seconds = Seconds + waited.TotalSeconds,
        };
    }
}
