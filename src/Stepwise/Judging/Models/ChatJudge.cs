using Stepwise.Judging.Paid;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging.Models;

/// <summary>A judge that is a language model: it is asked by the protocol of the paper, and its answers are checked against the response.</summary>
/// <param name="name">The name for reports.</param>
/// <param name="model">What is asked; the judge's to dispose.</param>
/// <param name="options">How it is asked.</param>
/// <param name="setting">What the task knows of problems.</param>
/// <param name="ledger">Adds up what it costs.</param>
/// <exception cref="InputException">The prompt's file cannot be read.</exception>
internal sealed class ChatJudge(string name, IChatModel model, ModelJudgeOptions options, JudgeSetting setting, JudgeLedger ledger)
    : IStepJudge, IJudgeLedger, IDisposable
{
    private const int LongestReason = 200;

    private readonly JudgePrompt _prompt = options.Mode.Prompt is { Length: > 0 } own ? JudgePrompt.Read(own) : JudgePrompt.Of(options.Mode.BuiltIn);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool UsesPolicy { get; init; }

    /// <inheritdoc/>
    public JudgeSpending Spending => ledger.Spending;

    /// <inheritdoc/>
    public void Dispose() => (model as IDisposable)?.Dispose();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
        Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default)
    {
        ShownReference reference = ShownReference.Of(options.Sees, setting, problem);
        return reference.Missing is { } missing
            ? [.. responses.Select(_ => StepJudgement.None(missing))]
            : await Task.WhenAll(responses.Select(response => JudgeAsync(new JudgeCase(problem, reference, response, _prompt, options), cancellationToken)))
                .ConfigureAwait(false);
    }

    private async Task<StepJudgement> JudgeAsync(JudgeCase response, CancellationToken cancellationToken)
    {
        Inquiry inquiry = new(model);
        try
        {
            return response.Steps == 0 ? StepJudgement.None("the response has no complete step")
                : response.Shown == 0 ? StepJudgement.None("the first step is beyond judge.maxCharacters")
                : await options.Mode.JudgeAsync(response, inquiry, cancellationToken).ConfigureAwait(false);
        }
        catch (ChatException error)
        {
            return StepJudgement.None(error.Message, inquiry.Cost);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return StepJudgement.None($"the judge failed: {error.GetType().Name}, {Escaped.Line(error.Message, LongestReason)}", inquiry.Cost);
        }
    }
}
