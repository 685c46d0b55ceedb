using System.Globalization;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging.Trained;

/// <summary>A model with a small head that says of every step how likely it is the first wrong one.</summary>
/// <param name="model">The model, the judge's to dispose.</param>
/// <param name="file">Head and calibration.</param>
/// <param name="reference">A problem's reference solution, or <see langword="null"/> where it has none.</param>
/// <param name="confidence">The probability that its likeliest word must reach for it to be said; 0 says all.</param>
public sealed class TrainedJudge(IPolicy model, TrainedJudgeFile file, Func<Problem, string?> reference, double confidence = 0)
    : IStepJudge, IDisposable
{
    // Tokens read at once: enough for the processor, and bounded memory whatever a group's size.
    private const int TokensAtOnce = 8192;

    private readonly StepReader _reader = new(model, file.Reads);
    private readonly JudgeInput _input = new(model.Tokenizer);
    private readonly SemaphoreSlim _turn = new(1);

    /// <inheritdoc/>
    public string Name => "trained";

    /// <summary>Judges the responses of a group; their prompt, and the steps that several begin with, are read once.</summary>
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
        Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(responses);
        StepJudgement[] judgements = new StepJudgement[responses.Count];
        if (file.ReadsReference && reference(problem) is null)
        {
            Array.Fill(judgements, StepJudgement.None("the judge reads reference solutions, and the problem has none"));
            return judgements;
        }

        // Calls of a policy are made one at a time, and groups are judged side by side.
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int[] prompt = _input.Prompt(problem, file.ReadsReference ? reference(problem) : null);
            List<(int Response, int[][] Steps)> open = [];
            int held = 0;
            for (int i = 0; i < responses.Count; i++)
            {
                int[][] steps = [.. responses[i].Steps.Select(step => _input.Step(step.Text))];
                int tokens = steps.Sum(step => step.Length);
                if (steps.Length == 0 || prompt.Length + tokens > model.ContextLength)
                {
                    judgements[i] = StepJudgement.None(steps.Length == 0
                        ? "there is no step"
                        : $"question and steps have {prompt.Length + tokens} tokens; the judge's context is {model.ContextLength}");
                    continue;
                }

                if (held + tokens > TokensAtOnce && open.Count > 0)
                {
                    await ReadAsync(prompt, responses, open, judgements, cancellationToken).ConfigureAwait(false);
                    open.Clear();
                    held = 0;
                }

                open.Add((i, steps));
                held += tokens;
            }

            if (open.Count > 0)
            {
                await ReadAsync(prompt, responses, open, judgements, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }

        return judgements;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _turn.Dispose();
        model.Dispose();
    }

    private async ValueTask ReadAsync(
        int[] prompt, IReadOnlyList<JudgedResponse> responses, List<(int Response, int[][] Steps)> open, StepJudgement[] judgements,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<double[]> logits = await _reader.LogitsAsync(file.Head, prompt, [.. open.Select(response => response.Steps)], cancellationToken)
            .ConfigureAwait(false);
        foreach ((int i, (int response, int[][] steps)) in open.Index())
        {
            judgements[response] = Judge(logits[i], responses[response].KnownWrong, new JudgeCost(1, prompt.Length + steps.Sum(step => step.Length)));
        }
    }

    private StepJudgement Judge(double[] logits, bool knownWrong, JudgeCost cost)
    {
        double[] probabilities = FirstError.Probabilities(file.Calibration.Apply(logits));
        if (knownWrong)
        {
            probabilities = FirstError.GivenAnError(probabilities);
        }

        int said = file.Calibration.Decide(probabilities);
        string reason = said > logits.Length
            ? string.Create(CultureInfo.InvariantCulture, $"no error with probability {probabilities[^1]:0.00}")
            : string.Create(CultureInfo.InvariantCulture, $"first error with probability {probabilities[said - 1]:0.00}, ")
                + (knownWrong ? "as the answer is wrong" : string.Create(CultureInfo.InvariantCulture, $"none {probabilities[^1]:0.00}"));
        if (!Array.TrueForAll(probabilities, double.IsFinite))
        {
            return StepJudgement.None("the model's numbers are not finite", cost);
        }

        StepJudgement judgement = probabilities[said - 1] < confidence ? StepJudgement.None($"unsure: {reason}", cost)
            : said > logits.Length ? StepJudgement.NoError(logits.Length, reason, cost)
            : StepJudgement.Error(said, logits.Length, reason, cost);
        return judgement with { Confidence = probabilities[said - 1] };
    }
}
