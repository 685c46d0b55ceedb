using Stepwise.Methods.Advantages;
using Stepwise.Methods.Gradients;
using Stepwise.Methods.Losses;
using Stepwise.Methods.Rewards;
using Stepwise.Methods.Rewards.Terms;
using Stepwise.Methods.Sampling;
using Stepwise.Methods.Selection;
using Stepwise.Options;

namespace Stepwise.Methods;

/// <summary>Every method, in the order in which they build on each other.</summary>
public sealed class MethodCatalog : IPartCatalog
{
    private static readonly Method Grpo = new() { Name = "grpo" };

    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        Entry(Grpo, "Clipped surrogate on rewards relative to the group.", "arXiv 2402.03300"),
        Entry(
            Grpo with
            {
                Name = "dr-grpo", Advantage = new GroupAdvantage { Scale = new NoScale() },
                Loss = new Grpo { Aggregation = new ConstantLength() },
            },
            "GRPO without its two biases: no division by the deviation, none by the length.", "arXiv 2503.20783"),
        Entry(
            Grpo with
            {
                Name = "rloo", Advantage = new GroupAdvantage { Scale = new LeaveOneOut() },
                Loss = new PolicyGradient { Aggregation = new SequenceSum() },
            },
            "REINFORCE with the mean of the group's other rewards as the baseline.", "arXiv 2402.14740"),
        Entry(
            Grpo with { Name = "dapo", Scheme = new RefilledGroups(), Loss = new Grpo { ClipHigh = 0.28, Aggregation = new TokenMean() } },
            "GRPO that draws until groups differ, where every token weighs the same and the clip range is wider above.", "arXiv 2503.14476"),
        Entry(
            Grpo with { Name = "cispo", Loss = new Cispo { Aggregation = new TokenMean() } },
            "CISPO: the importance ratio is a capped weight, so that no token loses its gradient.", "arXiv 2506.13585"),
        Entry(
            Grpo with { Name = "sgpo", Reward = new SpectralReward() },
            "GRPO that learns from all-negative groups by where a judge finds the first error.", "arXiv 2505.11595"),
        Entry(
            Grpo with
            {
                Name = "sgpo-progress", Reward = new SpectralReward { Measure = new MilestoneShare(), Scope = JudgeScope.EveryIncorrect },
                Advantage = new PerMilestoneAdvantage(),
            },
            "SGPO by milestones of the reference solution reached, not by steps, with credit for each, in every group.", "ours"),
        Entry(
            Grpo with { Name = "g2rpo-a", Scheme = new GuidedGroups() },
            "GRPO with a part of every group begun from a piece of the reference solution, as long as the rewards ask for.", "arXiv 2508.13023"),
        Entry(
            Grpo with { Name = "sgpo-guided", Scheme = new GuidedGroups { GuidedProblems = GuidedProblems.Unsolved }, Reward = new SpectralReward() },
            "SGPO with guidance where a problem's last group had no right answer: guided first, coloured where it still fails.", "ours"),
        Entry(
            Grpo with { Name = "pods", Selection = new MaximumVariance() },
            "GRPO on the rollouts of each group whose rewards differ most, of many that are sampled.", "arXiv 2504.13818"),
        Entry(
            Grpo with
            {
                Name = "reinforce-rej", Selection = new UnequalGroups(), Advantage = new RewardAdvantage { WrongAdvantage = -1 },
                Loss = new Grpo { Aggregation = new TokenMean() },
            },
            "The reward itself, without groups that are all right or all wrong.", "arXiv 2504.11343"),
        Entry(
            Grpo with { Name = "raft", Advantage = new RewardAdvantage(), Loss = new PolicyGradient { Aggregation = new TokenMean() } },
            "The likelihood of right answers that were sampled.", "arXiv 2504.11343"),
        Entry(
            Grpo with { Name = "raft-plus", Advantage = new RewardAdvantage(), Loss = new Grpo { Aggregation = new TokenMean() } },
            "RAFT with importance ratio and clipping.", "arXiv 2504.11343"),
        Entry(
            Grpo with { Name = "gpg", Advantage = new RescaledAdvantage(), Loss = new PolicyGradient { Aggregation = new TokenMean() } },
            "The policy gradient of rewards less their group's mean, rescaled for groups that teach nothing.", "arXiv 2504.02546"),
        Entry(
            Grpo with { Name = "unlikeliness", Reward = new UnlikelinessReward() },
            "GRPO in which a right answer earns less the likelier it was.", "arXiv 2506.02355"),
        Entry(
            Grpo with { Name = "gspo", Loss = new Gspo() },
            "The clipped surrogate with one importance ratio for a completion.", "arXiv 2507.18071"),
        Entry(
            Grpo with { Name = "sapo", Loss = new Sapo() },
            "A smooth gate around the importance ratio 1 in place of clipping.", "arXiv 2511.20347"),
        Entry(
            Grpo with { Name = "gdpo", Advantage = new GroupAdvantage { Scale = new PartDeviations() } },
            "GRPO on several rewards, each measured by its own spread before they are added.", "arXiv 2601.05242"),
        Entry(
            Grpo with { Name = "grpo-care", Reward = new ConsistencyReward() },
            "GRPO in which a right answer earns more where its own reasoning makes it likely.", "arXiv 2506.16141"),
        Entry(
            Grpo with { Name = "latent-grpo", Reward = new CentroidReward() },
            "GRPO without a verifier: a response earns by how near it ends to the others of its group.", "arXiv 2601.08427"),
        Entry(
            Grpo with
            {
                Name = "faithful-grpo", Advantage = new ConstrainedAdvantage { Constraints = [new Constraint("soundness", new SoundnessTerm())] },
            },
            "GRPO under constraints, each with a multiplier that rises while it is not kept.", "arXiv 2604.08476"),
        Entry(
            Grpo with { Name = "group-invariant", Advantage = new GroupInvariantAdvantage(), Loss = new Grpo { Kl = new KlPenalty(0.01) } },
            "GRPO that is held to do as well on hard samples as on easy ones.", "arXiv 2310.11971"),
        Entry(
            Grpo with
            {
                Name = "generative-actor-critic", Scheme = new TargetedGroups(),
                Reward = new SpectralReward { Scope = JudgeScope.EveryIncorrect, Shaping = new RawRts() },
                Advantage = new ReturnLikelihood(), Loss = new PolicyGradient { Aggregation = new TokenMean() },
            },
            "The likelihood of every response under a prompt that states what it earned, sampled under one that asks for more.", "arXiv 2512.21527"),
        Entry(
            Grpo with { Name = "tw-grpo", Advantage = new DivergenceWeights(), Loss = new Grpo { Aggregation = new TokenMean() } },
            "GRPO in which positions weigh more where the group's distributions differ.", "arXiv 2505.24718"),
        Entry(
            Grpo with { Name = "thr", Advantage = new InfluenceWeights() },
            "GRPO in which tokens weigh by how much they change the likelihood of right responses.", "arXiv 2510.03669"),
        Entry(
            Grpo with { Name = "mcts-dpo", Scheme = new TreeGroups(), Reward = new SearchReward(), Loss = new Dpo() },
            "DPO on pairs of steps that a tree search found better and worse.", "arXiv 2405.00451"),
        Entry(
            Grpo with
            {
                Name = "veripo", Terms = [new SoundnessTerm { Weight = 0.5 }, new RepetitionTerm { Weight = 0.2 }],
                Advantage = new GroupAdvantage { Scale = new OwnDeviation() }, Loss = new GrpoThenDpo(),
            },
            "GRPO on right and wrong answers, then DPO on the same by what a verifier finds of their reasoning.", "arXiv 2505.19000"),
        Entry(
            Grpo with { Name = "gac", Gradient = new AlignedGradient() },
            "GRPO whose gradient loses what it has along the last one, where the two lie too near.", "arXiv 2603.01501"),
        Entry(
            Grpo with { Name = "luspo", Loss = new Gspo { Aggregation = new SequenceSum() } },
            "GSPO in which a completion weighs by its length.", "arXiv 2602.05261"),
        Entry(
            Grpo with { Name = "vespo", Loss = new Vespo { Aggregation = new TokenMean() } },
            "A smooth weight of the importance ratio of a whole completion in place of clipping.", "arXiv 2602.10693"),
        Entry(
            Grpo with { Name = "lambda-grpo", Loss = new LambdaGrpo() },
            "DAPO's loss with a learned preference for short or long completions.", "arXiv 2510.06870"),
        Entry(
            Grpo with { Name = "grpo-lambda", Loss = new GrpoLambda() },
            "GRPO whose ratios carry a trace of the tokens before, so that credit flows back.", "arXiv 2510.00194"),
        Entry(
            Grpo with { Name = "tr-grpo", Loss = new TrGrpo() },
            "GRPO in which likely tokens weigh more.", "arXiv 2511.00066"),
        Entry(
            Grpo with { Name = "advantage-reweighting", Advantage = new ProbabilityWeighted(), Loss = new Grpo { Aggregation = new TokenMean() } },
            "Advantages that are smaller where a token was unlikely.", "arXiv 2505.12929"),
        Entry(
            Grpo with { Name = "disco", Loss = new Disco() },
            "Right answers scored above wrong ones of their group, within a distance from the old policy.", "arXiv 2505.12366"),
        Entry(
            Grpo with { Name = "rebel", Loss = new Rebel() },
            "Regression of differences of rewards on differences of log-ratios.", "arXiv 2404.16767"),
        Entry(
            Grpo with { Name = "dpo", Loss = new Dpo() },
            "Preferences between answers of a group, against a reference policy.", "arXiv 2305.18290"),
        Entry(
            Grpo with { Name = "ipo", Loss = new Ipo() },
            "Preferences between answers of a group, up to a margin.", "arXiv 2310.12036"),
        Entry(
            Grpo with
            {
                Name = "rwr", Selection = new UnequalGroups(), Advantage = new RewardWeighted(), Loss = new PolicyGradient { Aggregation = new TokenMean() },
            },
            "The likelihood of every answer, weighted by its reward in the group.", "arXiv 2404.14367"),
        Entry(
            Grpo with
            {
                Name = "best-of-n", Selection = new UnequalGroups(), Advantage = new RewardWeighted { RewardTemperature = 0 },
                Loss = new PolicyGradient { Aggregation = new TokenMean() },
            },
            "The likelihood of the best answers of each group.", "arXiv 2404.14367"),
        Entry(
            Grpo with { Name = "scaf-grpo", Scheme = new HintLadder() },
            "GRPO in which an all-wrong group gets a right answer by the weakest hint that gives one.", "arXiv 2510.19807"),
        Entry(
            Grpo with { Name = "guide-grpo", Scheme = new HintedReroll(), Loss = new ShapedLoss { Aggregation = new TokenMean() } },
            "GRPO in which an all-wrong group is drawn again with a hint, and trained as if without it.", "arXiv 2506.13923"),
        Entry(
            Grpo with { Name = "igrpo", Scheme = new RefinedDrafts() },
            "GRPO on answers that refine the best of some drafts.", "arXiv 2602.09000"),
        Entry(
            Grpo with { Name = "ws-grpo", Reward = new PreferenceReward() },
            "GRPO that also rewards steps, by a small model that learns from verdicts which answers are better.", "arXiv 2602.17025"),
        Entry(
            Grpo with
            {
                Name = "srpo", Problems = new BySolveRate(), Selection = new AllRollouts { DropTruncated = true },
                Loss = new Grpo { Aggregation = new TokenMean() },
            },
            "GRPO without the problems that were all right the last time.", "arXiv 2504.14286"),
    ];

    /// <summary>A method with its defaults.</summary>
    /// <param name="name">The method's name.</param>
    /// <exception cref="InputException">There is no method of this name.</exception>
    public static Method Find(string name) =>
        (Method?)Entries.FirstOrDefault(m => string.Equals(m.Name, name, StringComparison.Ordinal))?.Part
        ?? throw new InputException($"method.name: found '{name}', known are {string.Join(", ", Entries.Select(m => m.Name))}.");

    private static PartEntry Entry(Method method, string summary, string source) => new(method.Name, method, summary, source);
}

/// <summary>What may be drawn for a training step.</summary>
public sealed class SamplingCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("plain", new PlainGroups(), "A group of samples of each problem, once.", "arXiv 2402.03300"),
        new("refill", new RefilledGroups(), "Groups until enough of them hold both right and wrong answers.", "arXiv 2503.14476"),
        new("tree", new TreeGroups(), "Pairs of steps of a tree that is searched by samples.", "arXiv 2405.00451"),
        new("targeted", new TargetedGroups(), "A group under a prompt that states what its samples are to earn.", "arXiv 2512.21527"),
        new("guided", new GuidedGroups(), "A group of which some samples begin with a piece of the reference solution.", "arXiv 2508.13023"),
        new("hint-ladder", new HintLadder(), "A group, and where it is all wrong one right answer by a hint.", "arXiv 2510.19807"),
        new("hinted-reroll", new HintedReroll(), "A group, and where it is all wrong another with a hint.", "arXiv 2506.13923"),
        new("refined-drafts", new RefinedDrafts(), "A group of answers that refine the best of some drafts.", "arXiv 2602.09000"),
    ];
}

/// <summary>Which problems may come.</summary>
public sealed class ProblemChoiceCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("all", new AllProblems(), "Every problem.", "arXiv 2402.03300"),
        new("by-solve-rate", new BySolveRate(), "Those that were not all right the last time, or not too often or too seldom.", "arXiv 2504.14286"),
        new("easy-first", new EasyFirst(), "The easiest first, by the difficulty that their file says.", "arXiv 1903.09848"),
    ];
}

/// <summary>What a length of guidance may count.</summary>
public sealed class GuidanceUnitCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("tokens", new GuidanceTokens(), "Tokens.", "arXiv 2508.13023"),
        new("percent", new GuidancePercent(), "Percent of the solution's tokens.", "ours"),
        new("steps", new GuidanceSteps(), "Steps.", "ours"),
    ];
}

/// <summary>How a length of guidance may follow from the rewards.</summary>
public sealed class GuidanceLengthCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("cycle", new CycleGuidance(), "By the ratio of rewards, once in three training steps.", "arXiv 2508.13023"),
        new("window", new WindowGuidance(), "By the ratio of rewards, in every training step.", "arXiv 2508.13023"),
        new("linear", new LinearGuidance(), "In a line to a last length.", "arXiv 2508.13023"),
        new("fixed", new FixedGuidance(), "The same in every training step.", "arXiv 2508.13023"),
    ];
}

/// <summary>Which rollouts may train.</summary>
public sealed class SelectionCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("all", new AllRollouts(), "Every rollout, or all but those that were cut off.", "arXiv 2402.03300"),
        new("max-variance", new MaximumVariance(), "Those of each group whose rewards differ most.", "arXiv 2504.13818"),
        new("unequal-groups", new UnequalGroups(), "Those of groups whose rewards are not all equal.", "arXiv 2504.11343"),
    ];
}

/// <summary>What a rollout may earn.</summary>
public sealed class RewardCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("outcome", new OutcomeReward(), "The verdict: 1 for a right answer, 0 for a wrong one.", "arXiv 2402.03300"),
        new("spectral", new SpectralReward(), "A wrong answer earns by how far it was right.", "arXiv 2505.11595"),
        new("unlikeliness", new UnlikelinessReward(), "A right answer earns less the likelier it was.", "arXiv 2506.02355"),
        new("preference", new PreferenceReward(), "The verdict, and each step by a model that learns from verdicts.", "arXiv 2602.17025"),
        new("consistency", new ConsistencyReward(), "A right answer earns more where its reasoning makes it likely.", "arXiv 2506.16141"),
        new("search", new SearchReward(), "What a tree search found a step worth.", "arXiv 2405.00451"),
        new("centroid", new CentroidReward(), "A response earns by how near it ends to where its group ends.", "arXiv 2601.08427"),
    ];
}

/// <summary>What a rollout may earn beside its reward.</summary>
public sealed class RewardTermCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("format", new FormatTerm(), "1 for a response of a form: a regular expression, or tags.", "arXiv 2501.12948"),
        new("overlong", new OverlongTerm(), "A penalty that grows before a cap on length.", "arXiv 2503.14476"),
        new("length", new LengthTerm(), "A penalty by how far a response is from a target length.", "arXiv 2503.04697"),
        new("repetition", new RepetitionTerm(), "A penalty by the share of repeated n-grams.", "arXiv 2502.03373"),
        new("verifier", new VerifierTerm(), "A number that the task's verifier gives beside its verdict.", "ours"),
        new("soundness", new SoundnessTerm(), "1 for a response in which the step judge finds no error.", "ours"),
    ];
}

/// <summary>What a policy may be held to on average: the terms of rewards.</summary>
public sealed class ConstraintCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        .. RewardTermCatalog.Entries.Select(term => term with { Part = new Constraint(term.Name, (RewardTerm)term.Part) }),
    ];
}

/// <summary>How rewards become advantages.</summary>
public sealed class AdvantageCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("whole", new GroupAdvantage(), "The reward relative to the group, for every token.", "arXiv 2402.03300"),
        new("to-first-error", new CreditToFirstError(), "The same, without the tokens after a response's first wrong step.", "ours"),
        new("per-step", new PerStepAdvantage(), "Each step against the group's members still right there.", "ours"),
        new("per-milestone", new PerMilestoneAdvantage(), "The steps to each milestone against the group's members that came as far.", "ours"),
        new("rescaled", new RescaledAdvantage(), "The reward relative to the group, more where other groups teach nothing.", "arXiv 2504.02546"),
        new("reward", new RewardAdvantage(), "The reward itself, for every token.", "arXiv 2504.11343"),
        new("constrained", new ConstrainedAdvantage(), "The reward relative to the group, and constraints with multipliers.", "arXiv 2604.08476"),
        new("group-invariant", new GroupInvariantAdvantage(), "The same, weighed against the spread between easy and hard samples.", "arXiv 2310.11971"),
        new("return-likelihood", new ReturnLikelihood(), "1 for every token, under a prompt that states what the response earned.", "arXiv 2512.21527"),
        new("divergence", new DivergenceWeights(), "The reward relative to the group, more where its distributions differ.", "arXiv 2505.24718"),
        new("influence", new InfluenceWeights(), "The same, by how much a token changes the likelihood of right responses.", "arXiv 2510.03669"),
        new("probability-weighted", new ProbabilityWeighted(), "The reward relative to the group, less where a token was unlikely.", "arXiv 2505.12929"),
        new("reward-weighted", new RewardWeighted(), "The softmax of the group's rewards, for every token.", "arXiv 2404.14367"),
    ];
}

/// <summary>The objectives.</summary>
public sealed class LossCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("clipped", new Grpo(), "PPO's clipped surrogate, a ratio per token.", "arXiv 2402.03300"),
        new("policy-gradient", new PolicyGradient(), "The policy gradient, without ratio and clipping.", "arXiv 2504.02546"),
        new("gspo", new Gspo(), "The clipped surrogate, a ratio per completion.", "arXiv 2507.18071"),
        new("cispo", new Cispo(), "The ratio as a capped weight.", "arXiv 2506.13585"),
        new("sapo", new Sapo(), "A smooth gate around the ratio 1 in place of clipping.", "arXiv 2511.20347"),
        new("vespo", new Vespo(), "A smooth weight of the ratio of a whole completion.", "arXiv 2602.10693"),
        new("learned-lengths", new LambdaGrpo(), "PPO's clipped surrogate, with a learned weight by length.", "arXiv 2510.06870"),
        new("traced", new GrpoLambda(), "PPO's clipped surrogate, with a trace of earlier tokens in the ratio.", "arXiv 2510.00194"),
        new("token-shaped", new TrGrpo(), "PPO's clipped surrogate, with ratios weighted by probability.", "arXiv 2511.00066"),
        new("disco", new Disco(), "Scores of right completions above those of wrong ones.", "arXiv 2505.12366"),
        new("rebel", new Rebel(), "Regression of differences of rewards.", "arXiv 2404.16767"),
        new("dpo", new Dpo(), "The logistic loss of preferences.", "arXiv 2305.18290"),
        new("ipo", new Ipo(), "The squared loss of preferences.", "arXiv 2310.12036"),
        new("shaped", new ShapedLoss(), "The clipped surrogate, and a shaped ratio for answers drawn under another prompt.", "arXiv 2506.13923"),
        new("grpo-then-dpo", new GrpoThenDpo(), "The clipped surrogate, then preferences of the same group.", "arXiv 2505.19000"),
    ];
}

/// <summary>What may become of a gradient.</summary>
public sealed class GradientCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("plain", new PlainGradient(), "It is taken as it is.", "arXiv 2402.03300"),
        new("aligned", new AlignedGradient(), "It loses what it has along the last one, where the two lie too near.", "arXiv 2603.01501"),
    ];
}

/// <summary>How per-token losses may be averaged.</summary>
public sealed class AggregationCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("token-mean", new TokenMean(), "Every token of the optimizer step weighs the same.", "arXiv 2503.14476"),
        new("sequence-mean", new SequenceMean(), "Every completion weighs the same, whatever its length.", "arXiv 2402.03300"),
        new("constant-length", new ConstantLength(), "A constant divisor, so that length changes no weight.", "arXiv 2503.20783"),
        new("sequence-sum", new SequenceSum(), "Every completion weighs by its length.", "arXiv 2602.05261"),
    ];
}

/// <summary>How tokens may weigh of which sampler and trainer give different probabilities.</summary>
public sealed class SamplerCorrectionCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("none", new NoCorrection(), "All the same: the sampler's probabilities are the old policy's.", "ours"),
        new("truncate", new TruncatedCorrection(), "By the ratio of the trainer's to the sampler's, up to a cap (TIS).", "TRL"),
        new("mask", new MaskedCorrection(), "By that ratio, and not at all where it is out of a range (MIS).", "TRL"),
    ];
}

/// <summary>How the change of an earlier token may weigh in the ratio of a later one.</summary>
public sealed class TraceCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("recent", new RecentTrace(), "The closer the more.", "arXiv 2510.00194"),
        new("both", new BothEndsTrace(), "The closer to the token or to the completion's start, the more.", "arXiv 2510.00194"),
        new("epsilon", new EpsilonTrace(), "The closer the more, and all of them something.", "arXiv 2510.00194"),
    ];
}

/// <summary>How a token's weight may follow from its probability.</summary>
public sealed class TokenShapeCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("centred", new CentredShape(), "A sigmoid around a probability; the reading in which every constant acts.", "arXiv 2511.00066"),
        new("transcribed", new TranscribedShape(), "As a third party wrote it down: always 1 with the published constants.", "arXiv 2511.00066"),
    ];
}

/// <summary>What a completion's score may be the mean of.</summary>
public sealed class DiscoScoreCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("likelihood", new LikelihoodScore(), "Log-probabilities.", "arXiv 2505.12366"),
        new("ratio", new RatioScore(), "Importance ratios.", "arXiv 2505.12366"),
    ];
}

/// <summary>How the divergence from the reference policy may be estimated.</summary>
public sealed class KlEstimatorCatalog : IPartCatalog
{
    private const string Schulman = "J. Schulman, Approximating KL Divergence (2020)";

    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("k1", new K1(), "The difference of the log-probabilities; as a loss it measures but does not pull back.", Schulman),
        new("k2", new K2(), "Half the squared difference; its gradient is, on-policy, that of the divergence.", Schulman),
        new("k3", new K3(), "Never negative and unbiased; GRPO's.", Schulman),
    ];
}

/// <summary>What a centred reward may be divided by.</summary>
public sealed class AdvantageScaleCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("group", new GroupDeviation(), "The deviation of the group's rewards.", "arXiv 2402.03300"),
        new("batch", new BatchDeviation(), "The deviation of the rewards of all groups of the training step.", "arXiv 2508.08221"),
        new("parts", new PartDeviations(), "Each part of the reward by its deviation in the group, their sum by that of all groups.", "arXiv 2601.05242"),
        new("own", new OwnDeviation(), "The deviation of the group's rewards without their terms.", "ours"),
        new("none", new NoScale(), "Nothing.", "arXiv 2503.20783"),
        new("leave-one-out", new LeaveOneOut(), "What makes the baseline the mean of the group's other rewards.", "arXiv 2402.14740"),
    ];
}

/// <summary>What RTS may count.</summary>
public sealed class RtsMeasureCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("steps", new StepShare(), "Steps before the first error.", "arXiv 2505.11595"),
        new("progress", new MilestoneShare(), "Milestones of the reference solution reached before the first error.", "ours"),
    ];
}

/// <summary>What RTS by steps may be divided by.</summary>
public sealed class RtsDenominatorCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("response", new ResponseSteps(), "The response's own steps.", "arXiv 2505.11595"),
        new("reference", new ReferenceSteps(), "At least the steps of the reference solution.", "ours"),
    ];
}

/// <summary>How RTS may become a reward.</summary>
public sealed class RtsShapingCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("sigmoid", new SigmoidOfRts(), "The sigmoid of RTS.", "arXiv 2505.11595"),
        new("raw", new RawRts(), "RTS itself.", "ours"),
    ];
}
