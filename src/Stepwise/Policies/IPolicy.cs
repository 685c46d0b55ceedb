namespace Stepwise.Policies;

/// <summary>
/// The seam between the method and an engine: sample, score, accumulate, apply, save. Nothing above it knows a tensor, nothing below it
/// knows a reward. Calls are made one at a time.
/// </summary>
public interface IPolicy : IDisposable
{
    /// <summary>The policy's tokenizer.</summary>
    ITokenizer Tokenizer { get; }

    /// <summary>The most tokens, prompt and completion together, that the policy can attend to.</summary>
    int ContextLength { get; }

    /// <summary>
    /// Optimizer steps that the held weights have seen since they were first loaded; <see langword="null"/> where that is not known.
    /// </summary>
    long? Updates => null;

    /// <summary>Draws completions; each depends only on its prompt, its random stream and the options, never on its neighbours.</summary>
    /// <param name="requests">
    /// Prompts, streams and prefixes; a prompt is computed once for all its samples, a prefix once for all that begin with it.
    /// </param>
    /// <param name="options">How to draw.</param>
    /// <param name="progress">Told the number of finished completions, or <see langword="null"/>.</param>
    /// <param name="drawn">
    /// Told once of each request with at least one stream, as soon as the last of its completions is drawn, on the thread that draws: hands
    /// work on and returns. Not told of a request of which a completion was cancelled. Or <see langword="null"/>.
    /// </param>
    /// <param name="cancellationToken">Ends sampling early; unfinished completions come back as cancelled.</param>
    /// <returns>
    /// Per request, one completion per stream, in order. One whose sampling failed comes back as failed, see <see cref="Completion.Failure"/>,
    /// and stops no other; where a log-probability is not finite, it is the completion's last.
    /// </returns>
    /// <exception cref="InputException">
    /// Before anything is drawn: a prompt does not fit the context, a prefix leaves its completion no token, or a token is not in the vocabulary.
    /// </exception>
    /// <exception cref="ArgumentException">A request has not as many prefixes as streams.</exception>
    ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
        IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
        Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default);

    /// <summary>Log-probabilities of given completions; forward only. Each depends only on its prompt and tokens, never on its neighbours.</summary>
    /// <param name="requests">
    /// Prompts and completions; a prompt is computed once for all its completions, a prefix once for all that begin with it.
    /// </param>
    /// <param name="temperature">Divides the logits; above 0.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Per request and completion, one log-probability per token.</returns>
    /// <exception cref="InputException">A sequence does not fit the context, or a token the vocabulary.</exception>
    ValueTask<IReadOnlyList<IReadOnlyList<float[]>>> ScoreAsync(
        IReadOnlyList<ScoreRequest> requests, double temperature = 1.0, CancellationToken cancellationToken = default);

    /// <summary>
    /// Runs the batch forward, hands the loss the log-probabilities of each group's tokens, and adds the gradient of the loss to the
    /// gradient held by the policy.
    /// </summary>
    /// <param name="batch">The groups and the denominators of the optimizer step.</param>
    /// <param name="loss">The loss; called once per group.</param>
    /// <param name="metrics">Receives what the loss counts on the way.</param>
    /// <param name="cancellationToken">Stops the work; the held gradient is then undefined until the next <see cref="ApplyAsync"/>.</param>
    /// <exception cref="InputException">A sequence does not fit the context, or a token the vocabulary.</exception>
    ValueTask<AccumulateResult> AccumulateAsync(
        TrainingBatch batch, ILoss loss, LossMetrics metrics, CancellationToken cancellationToken = default);

    /// <summary>
    /// Clips the held gradient by its global norm, takes one optimizer step and clears the gradient. Where that norm is not finite, no step is
    /// taken: the policy stays as it was.
    /// </summary>
    /// <param name="learningRate">Learning rate of this step, at least 0.</param>
    /// <param name="cancellationToken">Stops before the step, never in it.</param>
    ValueTask<ApplyResult> ApplyAsync(double learningRate, CancellationToken cancellationToken = default);

    /// <summary>Writes the weights, and what is needed to load them, into a folder that exists and is empty.</summary>
    /// <param name="folder">Where to write.</param>
    /// <param name="withOptimizer">Whether the optimizer's state is written too, so that training can go on.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    ValueTask SaveAsync(string folder, bool withOptimizer, CancellationToken cancellationToken = default);

    /// <summary>Replaces the weights, and the optimizer's state where the folder has it, by what <see cref="SaveAsync"/> wrote.</summary>
    /// <param name="folder">Where to read.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="InputException">The folder lacks a file or tensor, or has one in another shape.</exception>
    ValueTask LoadAsync(string folder, CancellationToken cancellationToken = default);
}
