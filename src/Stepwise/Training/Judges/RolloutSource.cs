using Stepwise.Judging;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Training.Judges;

/// <summary>
/// Answers of a policy to the task's problems, with the labels of the task's judge: the judge's own before it is trained, or those of a file.
/// Answers of which the task's judge cannot say are left out.
/// </summary>
public sealed record RolloutSource : JudgeSource, IChecked
{
    private const ulong OrderStream = 0x526F6C6C;
    private const int ProblemsAtOnce = 16;

    /// <summary>Answers per problem; at least 1.</summary>
    [Key("answers that are sampled of each problem", Unit = "samples", Low = 1, High = 1024)]
    public int Samples { get; init; } = 4;

    /// <summary>Full path of a file of rollouts, as of the policy that is to be judged; <see langword="null"/> to sample.</summary>
    [PathKey("answers of another policy: a file that stepwise rollouts wrote; none to sample the judge's own model", None = "none")]
    public string? Path { get; init; }

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<KnownTraces>> DrawAsync(
        JudgeSourceSetting setting, int count, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return Path is null ? SampleAsync(setting, count, progress, cancellationToken) : ReadAsync(Path, setting, count, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public void Check()
    {
        if (Path is not null && RegularFile.Fault(Path) is { } fault)
        {
            throw new OptionException(nameof(Path), $" names {Path}, {fault}.");
        }
    }

    private static async ValueTask<IReadOnlyList<KnownTraces>> ReadAsync(
        string path, JudgeSourceSetting setting, int count, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        Dictionary<string, Problem> problems = setting.Problems.ToDictionary(problem => problem.Id, StringComparer.Ordinal);
        List<KnownTraces> labelled = [];
        foreach (IReadOnlyList<StoredRollout> group in RolloutFile.Groups(RolloutFile.Read(path)))
        {
            if (problems.TryGetValue(group[0].Problem?.Id ?? group[0].Id, out Problem? problem)
                && (group[0].Problem is not { } stored || string.Equals(stored.Question, problem.Question, StringComparison.Ordinal)))
            {
                Completion[] answers = [.. group.Select(stored => new Completion(
                    [], [], stored.Response, [], stored.Truncated ? FinishReason.Length : FinishReason.Stop))];
                List<KnownTrace> traces = await LabelAsync(setting, problem, answers, cancellationToken).ConfigureAwait(false);
                if (traces.Count > 0)
                {
                    labelled.Add(new(problem, traces));
                    progress?.Report(Math.Min(labelled.Count, count));
                }
            }
        }

        return labelled.Count > 0
            ? setting.Repeated(labelled, count)
            : throw new InputException(
                $"{path}: the judge of the task {setting.Task.Name} said nothing of any answer to one of the {Counted.Of(problems.Count, "problem")} that are "
                + "drawn from here. Give answers to the task's training problems, also to some that judgeTraining.heldOut holds out.");
    }

    private async ValueTask<IReadOnlyList<KnownTraces>> SampleAsync(
        JudgeSourceSetting setting, int count, IProgress<int>? progress, CancellationToken cancellationToken)
    {
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
