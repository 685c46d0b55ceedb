using Stepwise.Judging;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Training.Judges;

/// <summary>The policy's own answers to the task's problems, with the labels of the task's judge; answers of which that cannot say are left out.</summary>
public sealed record RolloutSource : JudgeSource
{
    private const ulong OrderStream = 0x526F6C6C;
    private const int ProblemsAtOnce = 16;

    /// <summary>Answers per problem; at least 1.</summary>
    [Key("answers that are sampled of each problem", Unit = "samples", Low = 1, High = 1024)]
    public int Samples { get; init; } = 4;

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<KnownTraces>> DrawAsync(
        JudgeSourceSetting setting, int count, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ProblemOrder order = new(setting.Problems, CounterRandom.Key(setting.Key, OrderStream));
        List<KnownTraces> drawn = [];
        for (int first = 0; first < count; first += ProblemsAtOnce)
        {
            int[] draws = [.. Enumerable.Range(first, Math.Min(ProblemsAtOnce, count - first))];
            Problem[] problems = [.. draws.Select(draw => order.At(draw))];
            IReadOnlyList<IReadOnlyList<Completion>> answers = await setting.Policy.SampleAsync(
                [.. problems.Select((problem, i) => Request(setting, problem, draws[i]))], setting.Sampling, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < problems.Length; i++)
            {
                List<KnownTrace> traces = await LabelAsync(setting, problems[i], answers[i], cancellationToken).ConfigureAwait(false);
                if (traces.Count > 0)
                {
                    drawn.Add(new(problems[i], traces));
                }
            }

            progress?.Report(draws[^1] + 1);
        }

        return drawn.Count > 0
            ? drawn
            : throw new InputException(
                $"The judge of the task {setting.Task.Name} said nothing of any of {Counted.Of(count * Samples, "answer")}; take another source "
                + "(judgeTraining.sources).");
    }

    private SampleRequest Request(JudgeSourceSetting setting, Problem problem, int draw)
    {
        ulong key = CounterRandom.Key(setting.Key, (ulong)draw);
        ulong[] streams = [.. Enumerable.Range(0, Samples).Select(sample => CounterRandom.Key(key, (ulong)sample))];
        return new(setting.Policy.Tokenizer.Encode(setting.Task.Prompt(problem)), streams);
    }

    private static async ValueTask<List<KnownTrace>> LabelAsync(
        JudgeSourceSetting setting, Problem problem, IReadOnlyList<Completion> answers, CancellationToken cancellationToken)
    {
        List<JudgedResponse> responses = [];
        foreach (Completion answer in answers.Where(answer => answer.Finish is FinishReason.Stop or FinishReason.Length))
        {
            Verdict verdict = await setting.Task.VerifyAsync(problem, answer, cancellationToken).ConfigureAwait(false);
            responses.Add(new(answer.Text, answer.Truncated, setting.Task.Steps(answer.Text, answer.Truncated), verdict));
        }

        if (responses.Count == 0)
        {
            return [];
        }

        IReadOnlyList<StepJudgement> judgements = await Judgements.AskAsync(setting.Task.Judge, problem, responses, cancellationToken)
            .ConfigureAwait(false);
        return
        [
            .. responses.Zip(judgements)
                .Where(pair => pair.Second.Outcome != JudgementOutcome.NoJudgement && pair.First.Steps.Count > 0)
                .Select(pair => new KnownTrace([.. pair.First.Steps.Select(step => step.Text)], pair.Second.FirstError)),
        ];
    }
}
