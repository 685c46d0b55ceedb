namespace Stepwise.Tests;

/// <summary>
/// The folder of reference states, tokenizers, models and problem sets: <c>$STEPWISE_SHARED</c>, by default <c>shared</c> beside the
/// checkout. A fresh clone has none: tests that need it skip with a message, and CI fails if one skipped although it is there.
/// </summary>
internal static class SharedFolder
{
    public static string? Root { get; } = Find();

    /// <summary>The full path of a file or folder of the shared folder; skips the running test where the folder is absent.</summary>
    public static string Require(params string[] parts)
    {
        Assert.SkipWhen(Root is null, "The shared folder is absent; set STEPWISE_SHARED to its path to run this test.");
        return Path.Combine([Root!, .. parts]);
    }

    private static string? Find()
    {
        string? configured = Environment.GetEnvironmentVariable("STEPWISE_SHARED");
        if (!string.IsNullOrEmpty(configured))
        {
            return Directory.Exists(configured) ? configured : null;
        }

        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Stepwise.slnx")))
        {
            folder = folder.Parent;
        }

        string? beside = folder?.Parent is { } parent ? Path.Combine(parent.FullName, "shared") : null;
        return beside is not null && Directory.Exists(Path.Combine(beside, "golden")) ? beside : null;
    }
}
