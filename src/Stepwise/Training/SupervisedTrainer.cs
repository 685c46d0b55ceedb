using Stepwise.Algorithms.Losses;
using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Training;

/// <summary>A prompt with the response to imitate.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Response">The response's text; what ends the turn is added.</param>
public sealed record SupervisedExample(Prompt Prompt, string Response);

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
/// <param name="options">Steps and learning rate; the rest is not used.</param>
public sealed class SupervisedTrainer(
    IPolicy policy, Func<long, SupervisedExample> example, int batchSize, TrainingOptions options)
{
    /// <summary>Trains for all steps.</summary>
    /// <param name="onStep">Told of every step.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="InputException">An example does not fit the policy's context.</exception>
    public async Task RunAsync(Action<SupervisedReport> onStep, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(onStep);
        CrossEntropy loss = new();
        for (int step = 1; step <= options.Steps; step++)
        {
            TrainingGroup[] groups = new TrainingGroup[batchSize];
            for (int b = 0; b < batchSize; b++)
            {
                groups[b] = Encode(example(((long)(step - 1) * batchSize) + b));
            }

            long tokens = groups.Sum(g => (long)g.Sequences[0].Tokens.Length);
            TrainingBatch batch = new(groups, new BatchTotals(batchSize, tokens, policy.ContextLength));
            double lossSum = 0;
            foreach (TrainingBatch micro in batch.Cut(options.MicroBatchTokens))
            {
                lossSum += (await policy.AccumulateAsync(micro, loss, new LossMetrics(), cancellationToken).ConfigureAwait(false)).Loss;
            }

            double learningRate = options.LearningRateAt(step);
            ApplyResult applied = await policy.ApplyAsync(learningRate, cancellationToken).ConfigureAwait(false);
            if (!double.IsFinite(lossSum) || !double.IsFinite(applied.GradientNorm))
            {
                throw new RunException(
                    $"Step {step} of supervised fine-tuning diverged (loss {lossSum}, gradient norm {applied.GradientNorm}). "
                    + "Lower training.learningRate.");
            }

            onStep(new SupervisedReport(step, options.Steps, lossSum, applied.GradientNorm, learningRate, tokens));
        }
    }

    private TrainingGroup Encode(SupervisedExample drawn)
    {
        int[] prompt = policy.Tokenizer.Encode(drawn.Prompt);
        int[] tokens = policy.Tokenizer.EncodeResponse(drawn.Prompt, drawn.Response);
        if (prompt.Length + tokens.Length > policy.ContextLength)
        {
            throw new InputException(
                $"An example has {prompt.Length} prompt and {tokens.Length} response tokens; the policy's context is {policy.ContextLength}. "
                + "Leave long examples out.");
        }

        bool[] mask = new bool[tokens.Length];
        Array.Fill(mask, value: true);
        return new TrainingGroup(prompt, [new TrainingSequence(tokens, new double[tokens.Length], mask, new float[tokens.Length])]);
    }
}
