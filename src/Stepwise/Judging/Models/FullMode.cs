using Stepwise.Options;
using Stepwise.Reasoning;

namespace Stepwise.Judging.Models;

/// <summary>
/// One question about the whole response, asked once or several times. What most votes name as the first error is it, the earliest among equals; the
/// share of all votes that name it is the confidence, so that votes that cannot be taken lower it. The first of these votes gives reason and milestones.
/// </summary>
public sealed record FullMode : JudgeMode, IRemarks
{
    /// <summary>Votes; at least 1.</summary>
    [Key("independent answers about each response; the first error that most of them name is it", Unit = "votes", Low = 1, High = 100)]
    public int Votes { get; init; } = 1;

    /// <summary>Divides the logits where there are several votes; a single one is greedy.</summary>
    [Key("divides the logits where there are several votes; a single one is greedy", Low = 0, AboveLow = true, High = 2)]
    public double VoteTemperature { get; init; } = 0.7;

    /// <inheritdoc/>
    internal override string BuiltIn => "full";

    /// <inheritdoc/>
    public IEnumerable<(string Property, string Remark)> Remarks() =>
        Votes == 2 ? [(nameof(Votes), " is 2: two votes that differ decide nothing; 3 or more do")] : [];

    /// <inheritdoc/>
    internal override async ValueTask<StepJudgement> JudgeAsync(JudgeCase response, Inquiry inquiry, CancellationToken cancellationToken)
    {
        (ChatRequest request, string item) = response.Ask(response.Shown, response.KnownWrong);
        request = request with { Form = FullAnswer.Form(item, response.Shown, response.Milestones.Count) };
        (FullAnswer? Answer, string? Fault)[] votes = await Task.WhenAll(Enumerable.Range(0, Votes).Select(VoteAsync)).ConfigureAwait(false);
        FullAnswer[] taken = [.. votes.Select(vote => vote.Answer).OfType<FullAnswer>()];
        if (taken.Length == 0)
        {
            return StepJudgement.None(votes[0].Fault!, inquiry.Cost);
        }

        IGrouping<int, FullAnswer> mode = taken.GroupBy(vote => vote.FirstError).OrderByDescending(position => position.Count())
            .ThenBy(position => position.Key).First();
        FullAnswer first = mode.First();
        string reason = Votes == 1 ? first.Reason : $"{mode.Count()} of {Votes} votes: {first.Reason}";
        StepJudgement judgement = Judgement(response, mode.Key, Votes == 1 ? null : mode.Count() / (double)Votes, reason, inquiry.Cost);
        return judgement.Outcome == JudgementOutcome.NoJudgement ? judgement : judgement with { Progress = Progress(response, first) };

        async Task<(FullAnswer?, string?)> VoteAsync(int vote)
        {
            try
            {
                ChatRequest asked = Votes == 1
                    ? request
                    : request with { Temperature = VoteTemperature, Seed = CounterRandom.Key(response.Key, (ulong)vote) };
                ChatAnswer answer = await inquiry.AskAsync(asked, cancellationToken).ConfigureAwait(false);
                FullAnswer? read = FullAnswer.Read(answer.Text, item, response, out string? fault);
                return (read, fault is not null && answer.Finish == ChatFinish.Length ? $"its answer was cut off at judge.maxTokens: {fault}" : fault);
            }
            catch (ChatException error)
            {
                return (null, error.Message);
            }
        }
    }

    private static Progress? Progress(JudgeCase response, FullAnswer answer)
    {
        if (response.Milestones.Count == 0)
        {
            return null;
        }

        MilestoneCount count = new(response.Milestones);
        foreach ((int milestone, int step) in answer.Reached)
        {
            count.Reach(milestone, step);
        }

        return count.End(answer.FirstError, response.Steps);
    }
}
