using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>Notices training steps without signal, and says why that is and what may help.</summary>
internal sealed class SilentSteps(Recipe recipe)
{
    /// <summary>Silent steps in a row that are worth a word.</summary>
    private const int Enough = 3;

    private readonly Cause[] _causes = [.. Causes(recipe)];
    private int _steps;
    private int _silent;
    private long _cutOff;

    /// <summary>Takes a step.</summary>
    /// <returns>A warning after three silent steps in a row, one until a step trains again; otherwise <see langword="null"/>.</returns>
    public string? OnStep(StepReport report)
    {
        _steps++;
        if (report.Updates.Count > 0 && report.Ledger.SignalTokens > 0)
        {
            _silent = 0;
            _cutOff = 0;
            Array.ForEach(_causes, cause => cause.Samples = 0);
            return null;
        }

        _silent++;
        _cutOff += report.Ledger.CutOff;
        Array.ForEach(_causes, cause => cause.Samples += cause.Of(report.Ledger));
        return _silent == Enough ? $"Training steps {report.Step - Enough + 1} to {report.Step} had no signal: {Reason()}" : null;
    }

    /// <summary>A warning if no step had signal; otherwise <see langword="null"/>.</summary>
    public string? End() => _steps > 0 && _silent == _steps ? $"None of the {_steps} training steps had signal: {Reason()}" : null;

    /// <summary>Where most samples of the silent steps went.</summary>
    private string Reason()
    {
        Cause most = _causes.MaxBy(cause => cause.Samples)!;
        long all = _causes.Sum(cause => cause.Samples);
        string cutOff = 2 * _cutOff > all ? $"{_cutOff} were cut off: raise sampling.maxNewTokens first. " : "";
        return $"{most.Samples} of {all} samples {most.What}. {cutOff}{most.Help}";
    }

    private static IEnumerable<Cause> Causes(Recipe recipe)
    {
        string wrong = recipe.Method.AsksJudge
            ? "The judge does not tell them apart: take easier problems, raise training.groupSize, or teach the policy first (stepwise sft)."
            : "Take a method that grades wrong answers (method.name: sgpo) or easier problems, or raise training.groupSize.";
        const string Right = "Take harder problems, or raise sampling.temperature or training.groupSize.", KlAlone = "were trained by the KL term alone";
        return
        [
            new(l => l.AllNegativeGroup, "are in groups of wrong answers only", wrong),
            new(l => l.AllPositiveGroup, "are in groups of right answers only", Right),
            new(l => l.Undecided, "could not be decided by the verifier",
                "The reference answers of their problems cannot be read as answers: correct them in the file of task.train, or leave the problems out."),
            new(l => l.NoJudgement, "could not be placed by the judge",
                "Give problems with reference solutions, or take a method without a judge (method.name: grpo)."),
            new(l => l.Truncated, "were cut off and left out", "Raise sampling.maxNewTokens, or set method.dropTruncated to false."),
            new(l => l.Filtered, "have an advantage of 0", "Raise training.groupSize or sampling.temperature, so that rewards differ within a group."),
            new(l => l.Failed, "failed", "See what the policy says of them."),
            new(l => l.AllNegativeGroups >= l.AllPositiveGroups ? l.Trained : 0, KlAlone, wrong),
            new(l => l.AllNegativeGroups < l.AllPositiveGroups ? l.Trained : 0, KlAlone, Right),
        ];
    }

    private sealed class Cause(Func<Ledger, int> of, string what, string help)
    {
        public Func<Ledger, int> Of { get; } = of;

        public string What { get; } = what;

        public string Help { get; } = help;

        public long Samples { get; set; }
    }
}
