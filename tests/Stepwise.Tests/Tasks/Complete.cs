using Stepwise.Policies;

namespace Stepwise.Tests.Tasks;

/// <summary>Completions of given texts, for tests that need no tokens.</summary>
internal static class Complete
{
    public static Completion Text(string text) => new([], [], text, [], FinishReason.Stop);

    public static Completion Truncated(string text) => new([], [], text, [], FinishReason.Length);
}
