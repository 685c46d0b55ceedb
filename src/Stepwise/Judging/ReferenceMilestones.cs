using Stepwise.Answers;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging;

/// <summary>
/// The milestones of a reference solution in prose: the different values that its annotations derive, or its equalities where it has no
/// annotations, then the right final answer. A value that comes again is the same milestone: prose does not say which of them a response
/// means. One depends on those whose values are its operands.
/// </summary>
internal sealed class ReferenceMilestones
{
    private readonly Dictionary<Rational, int> _places = [];

    /// <summary>Reads a problem with a solution.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="answer">Its reference answer.</param>
    public ReferenceMilestones(Problem problem, Rational answer)
    {
        List<Milestone> all = [];
        string annotations = Annotations.Of(problem.Solution!);
        foreach (Equality equality in Equality.Find(annotations.Length > 0 ? annotations : problem.Solution!))
        {
            Expression source = equality.Left is { Operators: > 0 } left ? left : equality.Right;
            if (source.Operators > 0 && !_places.ContainsKey(equality.Right.Value))
            {
                all.Add(new(equality.Right.Value.ToString(), Places(source.Operands)));
                _places.Add(equality.Right.Value, all.Count - 1);
                _places.TryAdd(equality.Right.PlainValue, all.Count - 1);
            }
        }

        // Where no annotation derives the answer, it is taken to follow from the last.
        all.Add(new(answer.ToString(), _places.TryGetValue(answer, out int derived) ? [derived] : all.Count > 0 ? [all.Count - 1] : []));
        All = all;
    }

    /// <summary>The milestones; only the final answer where the solution derives nothing.</summary>
    public IReadOnlyList<Milestone> All { get; }

    /// <summary>How far a response came; <see langword="null"/> where the solution derives nothing on the way to the answer.</summary>
    /// <remarks>
    /// A response reaches a milestone where a true equality derives its value. Progress ends at a false equality, and of a wrong answer at a
    /// value off the way: one that the reference solution neither derives nor could in another order, and from which no milestone was
    /// derived later. Nothing that comes after a milestone takes it back, as the judge's blame in hindsight would: so neither stopping early nor
    /// anything inserted pays.
    /// </remarks>
    /// <param name="reference">What the problem gives.</param>
    /// <param name="derivations">What the response derives, up to a false equality.</param>
    /// <param name="falseStep">The step with a false equality, if there is one.</param>
    /// <param name="answerStep">The step that states the answer, if one does.</param>
    /// <param name="right">Whether the answer is right.</param>
    /// <param name="texts">The steps' texts; an empty last one stands where the response stopped without an answer line.</param>
    public Progress? Follow(
        ReferenceValues reference, Derivations derivations, int? falseStep, int? answerStep, bool right, string[] texts)
    {
        if (All.Count < 2)
        {
            return null;
        }

        HashSet<Rational> onTheWay = OnTheWay(derivations);
        MilestoneCount reached = new(All);
        int last = 0;
        int? end = falseStep;
        foreach (Derivation derivation in derivations.All)
        {
            if (!right && !onTheWay.Contains(derivation.Value) && !reference.Derives(derivation.Value) && !reference.Derives(derivation.Plain))
            {
                end = derivation.Step;
                break;
            }

            if (derivation.Certain && Place(derivation) is { } place)
            {
                last = derivation.Step;
                reached.Reach(place, last);
            }
        }

        if (right && end is null && texts.Length > 0)
        {
            reached.Reach(All.Count - 1, Math.Max(last, answerStep ?? texts.Length));
        }

        int fault = end ?? (right ? texts.Length + 1 : answerStep ?? (texts is [.., ""] ? texts.Length : texts.Length + 1));
        return reached.End(Math.Max(last, fault), texts.Length);
    }

    /// <summary>The values from which a milestone was derived, at its first time, and those themselves.</summary>
    private HashSet<Rational> OnTheWay(Derivations derivations)
    {
        Dictionary<Rational, Derivation> first = [];
        HashSet<int> seen = [];
        HashSet<Rational> onTheWay = [];
        foreach (Derivation derivation in derivations.All)
        {
            first.TryAdd(derivation.Value, derivation);
            if (!derivation.Certain || Place(derivation) is not { } place || !seen.Add(place))
            {
                continue;
            }

            Stack<Derivation> open = new([derivation]);
            while (open.TryPop(out Derivation? next))
            {
                if (onTheWay.Add(next.Value))
                {
                    Array.ForEach([.. next.Sources], source => open.Push(first[source.Value]));
                }
            }
        }

        return onTheWay;
    }

    private int? Place(Derivation derivation) =>
        _places.TryGetValue(derivation.Value, out int place) || _places.TryGetValue(derivation.Plain, out place) ? place : null;

    /// <summary>The milestones whose values are operands; the sign of an operand is not in its token.</summary>
    private int[] Places(IReadOnlyList<Token> operands) =>
        [.. operands.SelectMany(o => new[] { o.Value, o.Value.Negated() }).Where(_places.ContainsKey).Select(value => _places[value]).Distinct()];
}
