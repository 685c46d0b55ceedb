using Stepwise.Recipes;

namespace Stepwise.Cli.Display;

/// <summary>What a run's problems are like, as JSON.</summary>
internal static class DataEvent
{
    /// <param name="data">What they are like.</param>
    public static object Of(DataReport data) => new
    {
        @event = "data",
        data.Train,
        data.Test,
        data.Undecidable,
        data.Shared,
        data.LongestPrompt,
    };
}
