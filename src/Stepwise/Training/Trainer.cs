using Stepwise.Judging;
using Stepwise.Methods;
using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Rollouts;
using Stepwise.Tasks;

namespace Stepwise.Training;

/// <summary>
/// The training loop. A step is: draw, shape, select, estimate, assemble, update, report.
/// </summary>
/// <remarks>
/// What a paper changes is a part of <see cref="Method"/>; what a machine does is behind <see cref="IPolicy"/>. Left out on purpose:
/// asynchronous sampling (every update is made from samples of the policy it updates), and any dependence on wall-clock time.
/// </remarks>
public sealed class Trainer
{
    private const ulong DataStream = 1;
    private const ulong SampleStream = 2;

    private readonly IPolicy _policy;
    private readonly ITask _task;
    private readonly IStepJudge _judge;
    private readonly Method _method;
    private readonly SamplingOptions _sampling;
    private readonly TrainingOptions _options;
    private readonly ulong _sampleKey;
    private readonly ProblemOrder _problems;
    private readonly Guides _guides;
    private readonly PolicyView _view;
    private readonly Assembler _assembler;
    private readonly Updater _updater;

    /// <summary>Prepares a run.</summary>
    /// <param name="policy">The policy to improve.</param>
    /// <param name="reference">The frozen policy of the KL term, or <see langword="null"/> where the loss has none.</param>
    /// <param name="task">How problems are put and checked.</param>
    /// <param name="judge">Finds the first wrong step where the method asks for it.</param>
    /// <param name="problems">The training problems, at least one.</param>
    /// <param name="method">Scheme, reward, selection, advantages and loss.</param>
    /// <param name="sampling">How completions are drawn.</param>
    /// <param name="options">How much is sampled and how the policy is updated.</param>
    /// <param name="seed">Every random choice of the run follows from it.</param>
    /// <exception cref="InputException">Sampling is filtered (<see cref="SamplingOptions.RequireUnfiltered"/>), or the policy lacks what is needed.</exception>
    /// <exception cref="InvalidOperationException">The loss needs a reference policy and none was given.</exception>
    public Trainer(
        IPolicy policy, IPolicy? reference, ITask task, IStepJudge judge, IReadOnlyList<Problem> problems, Method method,
        SamplingOptions sampling, TrainingOptions options, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(sampling);
        sampling.RequireUnfiltered();
        _policy = policy;
        _task = task;
        _judge = judge;
        _method = method.Fresh();
        _method.Require(policy);
        State = TrainerState.Start with { Parts = _method.Save() };
        _sampling = sampling;
        _options = options;
        _sampleKey = CounterRandom.Key(seed, SampleStream);
        _problems = new ProblemOrder(problems, CounterRandom.Key(seed, DataStream));
        _guides = new Guides(policy.Tokenizer, policy.ContextLength, task, sampling);
        _view = new PolicyView(policy, sampling.Temperature, task.Prompt);
        _assembler = new Assembler(_method.Loss.Needs, options, sampling, reference);
        _updater = new Updater(policy, _method.Loss, _method.Gradient, options);
        if (_method.Loss.Needs.HasFlag(LossNeeds.Reference) && reference is null)
        {
            throw new InvalidOperationException("The loss has a KL term and no reference policy was given.");
        }
    }

    /// <summary>The groups to train on in place of sampled ones, whose problems the training problems are; <see langword="null"/> samples.</summary>
    public StoredGroups? Stored { get; init; }

    /// <summary>
    /// Whether the policy stands between two training steps: an update was begun and its step is not complete. Its weights are then those of
    /// no step, and no checkpoint is to be made of them.
    /// </summary>
    public bool Torn => _updater.Torn;

    /// <summary>The state after the last whole training step.</summary>
    public TrainerState State { get; private set; }

    /// <summary>Whether the last training step was the last.</summary>
    public bool Ended => _options.Ends(State.Step, State.Tokens);

    /// <summary>Goes on from a state.</summary>
    /// <param name="from">The state that goes with the policy's weights.</param>
    /// <exception cref="InputException">It is not one of this method.</exception>
    public void Load(TrainerState from)
    {
        ArgumentNullException.ThrowIfNull(from);
        _method.Load(from.Parts);
        _problems.Position = from.DataPosition;
        State = from;
    }

    /// <summary>Trains from the step after that of <see cref="State"/> to the last.</summary>
    /// <param name="observer">Told of every step.</param>
    /// <param name="progress">Told within a step how many completions are sampled, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">
    /// Stops sampling and judging, or between the other phases of a step; the step is then not applied, and the observer has seen every step
    /// that was.
    /// </param>
    /// <exception cref="DivergenceException">A number that the policy gave is NaN or infinite.</exception>
    /// <exception cref="RunException">The verifier threw, or every sample of a step failed.</exception>
    public async Task RunAsync(
        ITrainingObserver observer, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(observer);
        while (!Ended)
        {
            int step = State.Step + 1;
            (StepReport report, IReadOnlyList<Group> groups) = await StepAsync(step, progress, cancellationToken).ConfigureAwait(false);
            State = new TrainerState(step, _problems.Position, State.Updates + report.Updates.Count, State.Tokens + report.Ledger.Tokens, _method.Save());
            _updater.Complete();
            await observer.OnStepAsync(report, groups, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<(StepReport Report, IReadOnlyList<Group> Groups)> StepAsync(
        int step, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        StepClock clock = new();
        ulong key = CounterRandom.Key(_sampleKey, (ulong)step);
        Roller roller = Stored is null
            ? new SamplingRoller(_policy, _task, _judge, _method, _sampling, key, step, clock, progress)
            : new StoredRoller(_policy, _task, _judge, _method, Stored, _sampling.Temperature, key, step, clock);

        SamplingStep from = _guides.For(new(step, _options.PromptsPerStep, _options.GroupSize, _problems, roller)
        {
            Steps = _options.ExpectedSteps(State.Step, State.Tokens),
            Prompt = _task.Prompt,
        }, _method);
        IReadOnlyList<Group> groups = await _method.Scheme.DrawAsync(from, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Group> replaced = roller.Replaced(groups);
        _method.Problems.Observe([.. groups, .. replaced]);
        await _method.ShapeAsync(groups, step, _view, cancellationToken).ConfigureAwait(false);
        _method.Selection.Select(groups);
        await _method.EstimateAsync(groups, _view, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<TrainingBatch> batches = await AssembleAsync(groups, clock, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<UpdateReport> updates = await UpdateAsync(batches, step, clock, cancellationToken).ConfigureAwait(false);
        return (Report(step, groups, replaced, updates, clock), [.. groups, .. replaced]);
    }

    private async ValueTask<IReadOnlyList<TrainingBatch>> AssembleAsync(
        IReadOnlyList<Group> groups, StepClock clock, CancellationToken cancellationToken)
    {
        IReadOnlyList<TrainingBatch> batches = _assembler.Assemble(groups);
        clock.Lap(Phase.Other);
        batches = await SamplerMismatch.CorrectAsync(batches, _policy, _method.SamplerCorrection, cancellationToken).ConfigureAwait(false);
        batches = await _assembler.WithReferenceAsync(batches, cancellationToken).ConfigureAwait(false);
        clock.Lap(Phase.Reference);
        return batches;
    }

    private async ValueTask<IReadOnlyList<UpdateReport>> UpdateAsync(
        IReadOnlyList<TrainingBatch> batches, int step, StepClock clock, CancellationToken cancellationToken)
    {
        IReadOnlyList<UpdateReport> updates = await _updater.UpdateAsync(
            batches, $"training step {step}", _options.LearningRateAt(step), cancellationToken).ConfigureAwait(false);
        clock.Lap(Phase.Update);
        return updates;
    }

    private StepReport Report(
        int step, IReadOnlyList<Group> groups, IReadOnlyList<Group> replaced, IReadOnlyList<UpdateReport> updates, StepClock clock)
    {
        Ledger ledger = Ledger.Of(groups, [.. replaced.SelectMany(g => g.Rollouts)]);
        return new()
        {
            Step = step,
            Steps = _options.ExpectedSteps(step, State.Tokens + ledger.Tokens),
            Ledger = ledger,
            MeanReward = groups.SelectMany(g => g.Rollouts).Where(r => r.Counted).Average(r => (double?)r.Reward),
            LearningRate = _options.LearningRateAt(step),
            Updates = updates,
            OfParts = [.. _method.MeasureStep(groups)],
            Times = clock.Times,
        };
    }
}
