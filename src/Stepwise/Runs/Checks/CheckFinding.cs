using System.Text.Json.Serialization;

namespace Stepwise.Runs.Checks;

/// <summary>Something about a recipe that its owner should know before the run.</summary>
/// <param name="Name">Its name, in words with hyphens.</param>
/// <param name="Message">What was found, in one line for people.</param>
public sealed record CheckFinding(string Name, string Message)
{
    /// <summary>Whether a run cannot learn because of it; otherwise it is doubtful.</summary>
    public bool Refuses { get; init; }

    /// <summary>The key to change; <see langword="null"/> where there is none.</summary>
    public string? Key { get; init; }

    /// <summary>A value to try for that key.</summary>
    public string? Try { get; init; }

    /// <summary>What to do, for people; empty where there is nothing to say.</summary>
    [JsonIgnore]
    public string Advice => Key is null ? "" : Try is null ? $" Look at {Key}." : $" Try {Key}={Try}.";

    /// <summary>The finding with its advice, for people.</summary>
    public override string ToString() => Message + Advice;
}
