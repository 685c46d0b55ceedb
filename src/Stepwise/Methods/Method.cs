using System.Reflection;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Gradients;
using Stepwise.Methods.Losses;
using Stepwise.Methods.Rewards;
using Stepwise.Methods.Rewards.Terms;
using Stepwise.Methods.Sampling;
using Stepwise.Methods.Selection;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Rollouts;

namespace Stepwise.Methods;

/// <summary>A method: the parts a training step calls, in their order. What is not said is GRPO's.</summary>
public sealed record Method : INamed, IChecked
{
    /// <summary>Its name in <see cref="MethodCatalog"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Which problems a training step takes.</summary>
    [Part<ProblemChoiceCatalog>("problems", "which problems come")]
    public IProblemChoice Problems { get; init; } = new AllProblems();

    /// <summary>What is drawn for a training step, and whether to draw again.</summary>
    [Part<SamplingCatalog>("scheme", "what is drawn for a training step")]
    public ISamplingScheme Scheme { get; init; } = new PlainGroups();

    /// <summary>Verdicts and judgements to rewards.</summary>
    [Part<RewardCatalog>("reward", "what a rollout earns")]
    public IRewardShaper Reward { get; init; } = new OutcomeReward();

    /// <summary>What is added to the reward, each with a weight.</summary>
    [Part<RewardTermCatalog>("name", "what a rollout earns beside the reward")]
    public PartList<RewardTerm> Terms { get; init; } = [];

    /// <summary>Which rollouts count and which may train.</summary>
    [Part<SelectionCatalog>("selection", "which rollouts may train")]
    public ISelection Selection { get; init; } = new AllRollouts();

    /// <summary>Rewards to per-token advantages.</summary>
    [Part<AdvantageCatalog>("credit", "which tokens of a judged response get its credit")]
    public IAdvantageEstimator Advantage { get; init; } = new GroupAdvantage();

    /// <summary>The objective.</summary>
    [Part<LossCatalog>("loss", "the objective")]
    public ILoss Loss { get; init; } = new Grpo();

    /// <summary>How advantages are corrected for a sampler whose numbers are not the trainer's.</summary>
    [Part<SamplerCorrectionCatalog>("samplerCorrection", "how tokens weigh of which sampler and trainer give different probabilities")]
    public ISamplerCorrection SamplerCorrection { get; init; } = new NoCorrection();

    /// <summary>What becomes of the gradient before the optimizer takes it.</summary>
    [Part<GradientCatalog>("gradient", "what becomes of the gradient before the optimizer takes it")]
    public IGradientControl Gradient { get; init; } = new PlainGradient();

    /// <summary>How many blocks of the size of the trained weights the policy keeps for the parts.</summary>
    public int KeptBlocks => Readers.Sum(part => part.KeptBlocks) + Gradient.KeptBlocks;

    /// <summary>What a policy must show beside its samples and log-probabilities, in words.</summary>
    public IEnumerable<string> PolicyNeeds => Readers.Select(part => part.Needs).Append(Gradient.Needs).OfType<string>();

    private IEnumerable<IReadsPolicy> Readers => new object[] { Reward, Advantage }.OfType<IReadsPolicy>();

    /// <summary>Whether there are rollouts of which the judge is asked.</summary>
    public bool AsksJudge => Reward.AsksJudge || AsksOfAll;

    private bool AsksOfAll => Advantage.AsksJudge || Terms.Any(term => term.AsksJudge);

    /// <summary>
    /// Whether the judge is to be asked about a rollout: the reward, a term or a constraint wants it and it can train, or it is a right answer that the
    /// credit compares with others of its group of which the reward wants it. Called for several groups side by side, on any thread.
    /// </summary>
    /// <param name="group">Its group, with verdicts.</param>
    /// <param name="rollout">The rollout.</param>
    /// <param name="step">The training step, counted from 1.</param>
    public bool WantsJudgement(Group group, Rollout rollout, int step) =>
        Selection.CanTrain(rollout)
        && (Reward.WantsJudgement(group, rollout, step)
            || (AsksOfAll && rollout.Decided)
            || (Advantage.ComparesRightAnswers && rollout.Correct && group.Rollouts.Any(r =>
                Selection.CanTrain(r) && Reward.WantsJudgement(group, r, step))));

    /// <summary>Gives a group its rewards ahead of the others, without what parts learn from a whole step or read of the policy.</summary>
    /// <param name="group">A group with verdicts and the judgements asked for.</param>
    /// <param name="step">The training step, counted from 1.</param>
    public void Shape(Group group, int step)
    {
        Reward.Shape(group, step);
        RewardSum.Add(group, Terms);
    }

    /// <summary>Learns from the groups of a training step and gives them their rewards, those of the terms among them.</summary>
    /// <param name="groups">The groups that the step learns from, with verdicts and the judgements asked for.</param>
    /// <param name="step">The training step, counted from 1.</param>
    /// <param name="view">What there is to read beside them.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async ValueTask ShapeAsync(IReadOnlyList<Group> groups, int step, PolicyView view, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Reward.Learn(groups, step);
        foreach (Group group in groups)
        {
            Reward.Shape(group, step);
        }

        await ReadAsync(Reward, groups, view, cancellationToken).ConfigureAwait(false);
        foreach (Group group in groups)
        {
            RewardSum.Add(group, Terms);
        }
    }

    /// <summary>Gives groups their advantages.</summary>
    /// <param name="groups">Groups with rewards and selected.</param>
    /// <param name="view">What there is to read beside them.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public ValueTask EstimateAsync(IReadOnlyList<Group> groups, PolicyView view, CancellationToken cancellationToken)
    {
        Advantage.Estimate(groups);
        return ReadAsync(Advantage, groups, view, cancellationToken);
    }

    /// <summary>How many training steps of a run lie before the first in which all parts do what they do to its end, see <see cref="IBegins"/>.</summary>
    /// <param name="steps">Training steps of the run; at least 1.</param>
    /// <returns>All but the last where there is no such step.</returns>
    internal int FirstSteps(int steps) =>
        Math.Min(steps - 1, Parts.Select(part => part.Part).OfType<IBegins>().Select(part => part.FirstSteps(steps)).DefaultIfEmpty(0).Max());

    /// <summary>Asks the policy for what the parts need of it, before the first training step.</summary>
    /// <param name="policy">The policy of the run.</param>
    /// <exception cref="InputException">The policy lacks a capability that a part needs.</exception>
    public void Require(IPolicy policy)
    {
        foreach (IReadsPolicy part in Readers)
        {
            part.Require(policy);
        }

        Gradient.Require(policy);
    }

    /// <summary>What the parts measured of a training step (<see cref="IMeasures"/>).</summary>
    /// <param name="groups">The step's groups, with all that the step came to know of them.</param>
    public IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups) =>
        Parts.Select(part => part.Part).OfType<IMeasures>().SelectMany(part => part.MeasureStep(groups)).Concat(
            Terms.Count > 0 ? RewardSum.Measure(groups, Terms) : []);

    /// <summary>The parts with their names, in the order of a step, and those that they hold.</summary>
    internal IEnumerable<(string Name, object Part)> Parts => OptionTree.Parts(this);

    /// <summary>The formulas of its parts and of those that they hold, each with the names that lead to the part; of a part without one, none.</summary>
    public IEnumerable<(string Part, string Formula)> Formulas =>
        from part in Parts
        let formula = part.Part.GetType().GetCustomAttribute<FormulaAttribute>()
        where formula is not null
        select (part.Name, formula.Text);

    private static ValueTask ReadAsync(object part, IReadOnlyList<Group> groups, PolicyView view, CancellationToken cancellationToken) =>
        part is IReadsPolicy reader ? reader.ReadAsync(groups, view, cancellationToken) : ValueTask.CompletedTask;

    /// <inheritdoc/>
    public void Check()
    {
        if (Advantage.NeedsJudge && !Reward.AsksJudge)
        {
            throw new OptionException(
                nameof(Advantage), " needs a step judge, and method.reward asks none; whole needs none. To use a judge, set method.name to sgpo.");
        }

        if (Reward.NeedsSearch && !Scheme.Searches)
        {
            throw new OptionException(
                nameof(Reward), " search goes by what a tree search finds a step worth, and method.scheme searches none: nothing would train. Set "
                + "method.scheme to tree, or method.reward to another, such as outcome.");
        }

        if (Terms.Count > 0 && !Advantage.FollowsRewards)
        {
            throw new OptionException(
                nameof(Advantage), " credits the steps of judged groups and not their rewards, so that method.terms would teach in the other groups only. Set "
                + "method.credit to whole or to-first-error, or leave the terms out.");
        }
    }
}
