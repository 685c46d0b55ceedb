using Stepwise.Methods.Gradients;
using Stepwise.Methods.Losses;
using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Training;

/// <summary>A prompt with the response to imitate.</summary>
/// <param name="Problem">The problem's id.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Response">The response's text; what ends the turn is added.</param>
public sealed record SupervisedExample(string Problem, Prompt Prompt, string Response);

/// <summary>One step of supervised fine-tuning.</summary>
/// <param name="Step">Counted from 1.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean negative log-probability per response token, in nats.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="Tokens">Response tokens trained in this step.</param>
public sealed record SupervisedReport(int Step, int Steps, double Loss, double GradientNorm, double LearningRate, long Tokens);

/// <summary>Supervised fine-tuning: maximum likelihood of given responses, L = −Σ ℓ / tokens.</summary>
/// <param name="policy">The policy to train.</param>
/// <param name="example">The example with a given index; called once per draw, so examples can be made as they are needed.</param>
/// <param name="batchSize">Examples per step, at least 1.</param>
/// <param name="options">Steps, learning rate, and the tokens computed at once; the rest is not used.</param>
public sealed class SupervisedTrainer(
    IPolicy policy, Func<long, SupervisedExample> example, int batchSize, TrainingOptions options)
{
    // An example is learnt from once, whatever a recipe says of samples.
    private readonly Updater _updater = new(policy, new CrossEntropy(), new PlainGradient(), options with { UpdatesPerBatch = 1 });

    /// <summary>Whether an update was begun and its step is not complete; the weights are then those of no step.</summary>
    public bool Torn => _updater.Torn;

    /// <summary>The state after the last whole step.</summary>
    public TrainerState State { get; private set; } = TrainerState.Start;

    /// <summary>Trains from the step after a state's to the last.</summary>
    /// <param name="from">The state that goes with the policy's weights; <see cref="TrainerState.Start"/> at the start.</param>
    /// <param name="onStep">Told of every step.</param>
    /// <param name="cancellationToken">Stops before a step's weights have moved, never after.</param>
    /// <exception cref="InputException">An example does not fit the policy's context.</exception>
    /// <exception cref="DivergenceException">Loss or gradient is not finite.</exception>
    public async Task RunAsync(
        TrainerState from, Func<SupervisedReport, ValueTask> onStep, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(onStep);
        ArgumentNullException.ThrowIfNull(from);
        State = from;
        for (int step = from.Step + 1; step <= options.Steps; step++)
        {
            SupervisedReport report = await StepAsync(step, cancellationToken).ConfigureAwait(false);
            State = new TrainerState(step, State.DataPosition + batchSize, State.Updates + 1, 0, []);
            _updater.Complete();
            await onStep(report).ConfigureAwait(false);
        }
    }

    /// <summary>The tokens of an example: those of its prompt, and those of its response with the stop token.</summary>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    /// <param name="drawn">The example.</param>
    internal static (int[] Prompt, int[] Response) Tokens(ITokenizer tokenizer, SupervisedExample drawn) =>
        (tokenizer.Encode(drawn.Prompt), tokenizer.EncodeResponse(drawn.Prompt, drawn.Response));

    private async ValueTask<SupervisedReport> StepAsync(int step, CancellationToken cancellationToken)
    {
        TrainingGroup[] groups = new TrainingGroup[batchSize];
        for (int b = 0; b < batchSize; b++)
        {
            groups[b] = Encode(example(State.DataPosition + b));
        }

        long tokens = groups.Sum(g => (long)g.Sequences[0].Tokens.Length);
        TrainingBatch batch = new(groups, new BatchTotals(batchSize, tokens, policy.ContextLength));
        double learningRate = options.LearningRateAt(step);
        UpdateReport update = (await _updater.UpdateAsync([batch], $"fine-tuning step {step}", learningRate, cancellationToken).ConfigureAwait(false))[0];
        return new SupervisedReport(step, options.Steps, update.Loss, update.GradientNorm, learningRate, tokens);
    }

    private TrainingGroup Encode(SupervisedExample drawn)
    {
        (int[] prompt, int[] response) = Tokens(policy.Tokenizer, drawn);
        if (prompt.Length + response.Length > policy.ContextLength)
        {
            throw new InputException(
                $"An example has {prompt.Length} prompt and {response.Length} response tokens; the policy's context is {policy.ContextLength}. "
                + "Leave long examples out.");
        }

        bool[] mask = new bool[response.Length];
        Array.Fill(mask, value: true);
        return new TrainingGroup(prompt, [new TrainingSequence(response, new double[response.Length], mask, new float[response.Length])]);
    }
}
