using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging.Trained;

/// <summary>Two judges: the second is asked of the responses of which the first cannot say.</summary>
/// <param name="first">Asked of all; what it knows of milestones stays. Its owner disposes of it.</param>
/// <param name="second">Asked of the others; disposed of with this.</param>
internal sealed class JudgeInTurn(IStepJudge first, IStepJudge second) : IStepJudge, IDisposable
{
    /// <inheritdoc/>
    public string Name => $"{first.Name}, then {second.Name}";

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
        Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default)
    {
        StepJudgement[] said = [.. await Judgements.AskAsync(first, problem, responses, cancellationToken).ConfigureAwait(false)];
        int[] open = [.. Enumerable.Range(0, said.Length).Where(i => said[i].Outcome == JudgementOutcome.NoJudgement)];
        if (open.Length == 0)
        {
            return said;
        }

        IReadOnlyList<StepJudgement> others = await Judgements.AskAsync(second, problem, [.. open.Select(i => responses[i])], cancellationToken)
            .ConfigureAwait(false);
        foreach ((int place, int i) in open.Index())
        {
            said[i] = others[place] with { Progress = said[i].Progress };
        }

        return said;
    }

    /// <inheritdoc/>
    public void Dispose() => (second as IDisposable)?.Dispose();
}
