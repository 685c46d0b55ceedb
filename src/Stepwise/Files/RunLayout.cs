namespace Stepwise.Files;

/// <summary>What a run's folder is known by.</summary>
public static class RunLayout
{
    /// <summary>The name of the file with the resolved recipe.</summary>
    public const string RecipeName = "recipe.yaml";

    /// <summary>Whether a folder is that of a run.</summary>
    /// <param name="path">The folder; may be absent.</param>
    public static bool IsRun(string path) => File.Exists(Path.Combine(path, RecipeName));

    /// <summary>The folder of a run's checkpoints.</summary>
    /// <param name="path">The run's folder.</param>
    public static string Checkpoints(string path) => Path.Combine(path, "checkpoints");
}
