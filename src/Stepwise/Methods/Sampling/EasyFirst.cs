using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Methods.Sampling;

/// <summary>
/// The easiest problems first, by the difficulty that their file says: the share s of them that may come grows in a line from s₀ to 1,
/// <code>s = s₀ + (1 − s₀) min(1, p / c)</code>
/// with p the share of the run that lies behind and c the length of the curriculum.
/// </summary>
/// <remarks>
/// Of n problems with a difficulty those up to the ⌈sn⌉-th are taken, and all that are as hard as that one; problems without a difficulty only when s is 1.
/// Source: competence-based curricula, arXiv 1903.09848, in a line.
/// </remarks>
[Formula("s = s₀ + (1 − s₀) min(1, p / c)")]
public sealed record EasyFirst : IProblemChoice, IBegins
{
    /// <summary>s₀, the share of the problems that may come in the first training step; above 0, at most 1.</summary>
    [Key("share of the problems, the easiest, that may come in the first training step", Unit = "share", Low = 0, High = 1, AboveLow = true)]
    public double EasyShare { get; init; } = 0.25;

    /// <summary>c, the share of the run after which all problems may come; above 0, at most 1.</summary>
    [Key("share of the training after which all problems may come", Unit = "share", Low = 0, High = 1, AboveLow = true)]
    public double CurriculumShare { get; init; } = 0.5;

    /// <inheritdoc/>
    public bool NeedsDifficulty => true;

    /// <inheritdoc/>
    public int FirstSteps(int steps) => (int)Math.Ceiling(CurriculumShare * steps);

    /// <inheritdoc/>
    public Func<Problem, bool>? Wanted(IReadOnlyList<Problem> problems, double progress)
    {
        ArgumentNullException.ThrowIfNull(problems);
        double share = EasyShare + ((1 - EasyShare) * Math.Min(1, progress / CurriculumShare));
        double[] rising = [.. problems.Select(problem => problem.Difficulty).OfType<double>().Order()];
        if (share >= 1 || rising.Length == 0)
        {
            return null;
        }

        double hardest = rising[(int)Math.Ceiling(share * rising.Length) - 1];
        return problem => problem.Difficulty <= hardest;
    }
}
