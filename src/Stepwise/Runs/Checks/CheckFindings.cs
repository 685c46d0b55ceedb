using System.Globalization;
using Stepwise.Evaluation.Probes;
using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Statistics;

namespace Stepwise.Runs.Checks;

/// <summary>The rules by which a recipe is found unable to learn, or doubtful.</summary>
public static class CheckFindings
{
    // From here on a share is worth a word: of cut-off, undecided and unplaced samples, and of groups without a right or without a wrong answer.
    private const double ManyTruncated = 0.2, ManyUndecided = 0.05, FewPlaced = 0.5, ManyAlike = 0.8;

    // What there is too little of is tried with so many times as much.
    private const int More = 4;

    private const string MaxNewTokens = "sampling.maxNewTokens", MethodName = "method.name", GroupSize = "training.groupSize";
    private const string AnswerField = "task.fields.answer", StoredRollouts = "data.rollouts";

    /// <summary>Whether there is a training problem to which an answer can be decided.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">What its problems are like.</param>
    internal static IEnumerable<CheckFinding> OfReferences(Recipe recipe, DataReport data)
    {
        if (data.Train.References == 0)
        {
            UndecidableReference first = data.Undecidable[0];
            yield return new("no-reference", Text($"No reference of {Counted.Of(data.Train.Problems, "training problem")} can be read, so that no answer is ")
                + Text($"ever decided; the first: {first.Problem}: {first.Reason}."))
            {
                Refuses = true, Key = recipe.Keys.Any(key => key.Name is AnswerField) ? AnswerField : "task.train",
            };
        }
    }

    /// <summary>Whether completions can end, and have the room that the recipe gives them.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">What its problems are like.</param>
    /// <param name="policy">Its policy.</param>
    public static IEnumerable<CheckFinding> OfPolicy(Recipe recipe, DataReport data, IPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(policy);
        if ((recipe.Sampling.StopTokens ?? policy.Tokenizer.StopTokens).Count == 0 && recipe.Sampling.StopStrings.Count == 0)
        {
            yield return new("no-stop", "The policy's tokenizer has no token that ends a completion: every one runs to its cap.")
            {
                Key = "sampling.stopStrings", Try = "[\"\\n\\n\"]",
            };
        }

        int room = policy.ContextLength - data.LongestPrompt;
        if (room < recipe.Sampling.MaxNewTokens)
        {
            yield return new("little-room", Text($"The longest prompt has {data.LongestPrompt} tokens of the policy's context of {policy.ContextLength} and ")
                + Text($"leaves {room} to its completions, fewer than {MaxNewTokens}, {recipe.Sampling.MaxNewTokens}: the context may cut them off."))
            {
                Key = MaxNewTokens, Try = Text($"{room}"),
            };
        }
    }

    /// <summary>What the verifier said of responses that it should have told apart.</summary>
    /// <param name="probes">The probes.</param>
    internal static IEnumerable<CheckFinding> OfProbes(IReadOnlyList<ProbeOutcome> probes) => probes.Where(probe => probe.Surprises > 0).Select(probe =>
        new CheckFinding(
            $"probe-{probe.Name}",
            Text($"The verifier {(probe.Expected == ProbeExpectation.Fail ? "accepts" : "does not accept")} {probe.What} ")
                + Text($"on {probe.Surprises} of {Counted.Of(probe.Tried, "problem")}, such as {probe.Example}: ")
                + (probe.Expected == ProbeExpectation.Fail ? "a policy may learn to write that." : "right answers may earn nothing."))
        {
            Key = "task",
        });

    /// <summary>What a few groups say.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Its problems.</param>
    /// <param name="samples">The groups.</param>
    /// <param name="room">Tokens that the longest prompt leaves in the policy's context; at least 1.</param>
    internal static IEnumerable<CheckFinding> OfSamples(Recipe recipe, ProblemSets problems, CheckedSamples samples, int room)
    {
        // Stored rollouts that were cut off may teach all the same: whether they do is known.
        bool cutOff = samples.Truncated.Estimate >= 1 && !samples.AnySolved && problems.Stored is null;
        if (samples.Truncated.Estimate >= ManyTruncated)
        {
            yield return problems.Stored is null
                ? CutOff(recipe, samples, room) with { Refuses = cutOff }
                : new("cut-off", Text($"{Percent(samples.Truncated)} of the responses in {StoredRollouts} were cut off.")) { Key = StoredRollouts };
        }

        if (samples.Signal.Estimate == 0 && !cutOff)
        {
            yield return NoSignal(recipe, problems, samples);
        }
        else if (!cutOff && !Grades(recipe) && !Helps(recipe) && samples.AllNegative.Estimate >= ManyAlike)
        {
            yield return Better(recipe, problems, new("few-right", Text($"About {Percent(samples.AllNegative)} of groups are expected to be all wrong, ")
                + Text($"and {MethodName} {recipe.Method.Name} learns nothing from such.")));
        }

        if (samples.UndecidedShare >= ManyUndecided)
        {
            yield return new("undecided", Text($"The verifier cannot decide {samples.UndecidedShare:P1} of samples; they train nothing.")) { Key = "task" };
        }

        if (samples.Placed is { } placed && placed.Estimate < FewPlaced)
        {
            yield return new("few-placed", Text($"The judge could place {Percent(placed)} of wrong answers; the others get no graded reward."))
            {
                Key = "judge.kind",
            };
        }

        if (samples.LogProbDifference > 0)
        {
            yield return problems.Stored is not null
                ? new("log-probabilities", Text($"The log-probabilities of {StoredRollouts} and the policy's differ by up to ")
                    + Text($"{samples.LogProbDifference:0.0e+0}: importance ratios start that far from 1."))
                {
                    Key = "data.ratio", Try = "start",
                }
                : new("log-probabilities", Text($"The sampler's and the trainer's log-probabilities differ by up to ")
                + Text($"{samples.LogProbDifference:0.0e+0}; they should be the same bits, and updates are off-policy by that much."));
        }
    }

    private static bool Grades(Recipe recipe) => recipe.Method.AsksJudge || recipe.Method.Terms.Count > 0;

    /// <summary>Whether an all-wrong group may get right answers by a hint, or by a piece of the solution.</summary>
    private static bool Helps(Recipe recipe) => recipe.Method.Scheme is { NeedsHints: true } or { NeedsReference: true };

    private static CheckFinding CutOff(Recipe recipe, CheckedSamples samples, int room)
    {
        int cap = recipe.Sampling.MaxNewTokens, tried = (int)Math.Min((long)cap * More, room);
        CheckFinding found = new("cut-off", samples.Truncated.Estimate >= 1
            ? Text($"Every one of {Counted.Of(samples.Samples, "sample")} is cut off by {MaxNewTokens}, {cap}, before it ends by itself.")
            : Text($"{Percent(samples.Truncated)} of samples are cut off by {MaxNewTokens}, {cap}, before they end by themselves."));
        return tried > cap
            ? found with { Key = MaxNewTokens, Try = Text($"{tried}") }
            : found with { Key = "sampling.stopStrings" };
    }

    private static CheckFinding NoSignal(Recipe recipe, ProblemSets problems, CheckedSamples samples)
    {
        bool right = samples.AllPositiveGroups == samples.Groups, stored = problems.Stored is not null;
        CheckFinding found = new("no-signal", Text($"None of {Counted.Of(samples.Groups, "group")} of {samples.GroupSize} has a signal under {MethodName} ")
            + Text($"{recipe.Method.Name} (of all groups at most {samples.Signal.High:P0} have): ")
            + (right ? "every answer is right." : samples.AnySolved ? "the answers of each are alike." : "no answer is right.")
            + " --groups looks at more.")
        { Refuses = !Grades(recipe) };
        return !right ? Better(recipe, problems, found)
            : stored ? found with { Key = StoredRollouts }
            : found with { Key = "sampling.temperature", Try = Text($"{recipe.Sampling.Temperature * 1.5:0.##}") };
    }

    /// <summary>A method that learns from wrong answers where the task has a judge; larger groups otherwise, or other stored ones.</summary>
    private static CheckFinding Better(Recipe recipe, ProblemSets problems, CheckFinding found) =>
        !recipe.Method.AsksJudge && problems.Task.Judge is not NoJudge ? found with { Key = MethodName, Try = "sgpo" }
            : problems.Stored is not null ? found with { Key = StoredRollouts }
            : found with { Key = GroupSize, Try = Text($"{recipe.Training.GroupSize * More}") };

    private static string Percent(Interval share) =>
        Text($"{100 * share.Estimate:0.0} % ({100 * share.Low:0.0} to {100 * share.High:0.0} %)");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
