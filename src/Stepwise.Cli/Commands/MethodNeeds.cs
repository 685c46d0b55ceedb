using Stepwise.Methods;
using Stepwise.Policies;

namespace Stepwise.Cli.Commands;

/// <summary>What a run with a method must have beside a policy and problems.</summary>
internal static class MethodNeeds
{
    /// <summary>The needs of a method, in words.</summary>
    /// <param name="method">The method.</param>
    public static IEnumerable<string> Of(Method method)
    {
        if (method.AsksJudge)
        {
            yield return "step judge";
        }

        if (method.Scheme.NeedsReference)
        {
            yield return "reference solutions";
        }

        if (method.Scheme.NeedsHints)
        {
            yield return "hints or reference solutions";
        }

        if (method.Loss.Needs.HasFlag(LossNeeds.Reference))
        {
            yield return "reference policy";
        }

        foreach (string need in method.PolicyNeeds)
        {
            yield return need;
        }
    }
}
