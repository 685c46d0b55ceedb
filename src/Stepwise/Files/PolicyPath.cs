using System.Text.RegularExpressions;

namespace Stepwise.Files;

/// <summary>The one way to name a policy, in commands and recipes alike.</summary>
public static partial class PolicyPath
{
    /// <summary>What can be named, for people.</summary>
    public const string Allowed = "a model folder, a folder of adapters, a .gguf file, a run or a checkpoint";

    /// <summary>The most folders of adapters that may lie over each other; more are taken for a circle.</summary>
    public const int MostAdapters = 8;

    // By which a folder shows that it is a model, or adapters over one.
    private static readonly string[] ModelFiles = ["config.json", "adapter_config.json"];

    /// <summary>The full path that a name stands for; a name that nothing has there is looked up among what came with the program.</summary>
    /// <param name="name">The name.</param>
    /// <param name="folder">Where a relative path starts.</param>
    public static string Locate(string name, string folder)
    {
        string path = Path.GetFullPath(name, folder);
        return Path.Exists(path) ? path : Shipped.Model(name) ?? path;
    }

    /// <summary>
    /// What to load a policy from: of a run, the policy of its newest whole checkpoint; of a checkpoint, its policy; else what was named.
    /// </summary>
    /// <param name="name">What the user gave.</param>
    /// <param name="note">Told which checkpoint is taken, and of broken ones that are not; or <see langword="null"/>.</param>
    /// <exception cref="InputException">There is nothing of that name, or it is a run or checkpoint that is not whole.</exception>
    public static string Resolve(string name, Action<string>? note = null) => Resolve(Locate(name, Path.GetFullPath(".")), name, note);

    /// <inheritdoc cref="Resolve(string, Action{string}?)"/>
    /// <param name="path">The name's full path, see <see cref="Locate"/>.</param>
    /// <param name="name">What opens a message.</param>
    /// <param name="note">As above.</param>
    internal static string Resolve(string path, string name, Action<string>? note)
    {
        if (!Path.Exists(path))
        {
            throw new InputException(Missing(path, name));
        }

        if (ModelFiles.Any(file => File.Exists(Path.Combine(path, file))))
        {
            return path;
        }

        if (RunLayout.IsRun(path))
        {
            Checkpoint newest = Checkpoint.Latest(RunLayout.Checkpoints(path), note)
                ?? throw new InputException($"{name}: this run has no whole checkpoint yet. Give another model: {Allowed}.");
            note?.Invoke($"{name} is a run; taken is its newest whole checkpoint, {newest.Folder}.");
            return newest.PolicyFolder;
        }

        return Checkpoint.IsOne(path) ? Checkpoint.Load(path).PolicyFolder : path;
    }

    private static string Missing(string path, string name)
    {
        bool repository = RepositoryName().IsMatch(name) && !Directory.Exists(Path.GetDirectoryName(path));
        return repository
            ? $"{name}: is no file or folder here; stepwise pull {name} fetches it."
            : $"{name}: no such model: {path} does not exist. Give {Allowed}"
                + (Shipped.ModelNames.Count > 0 ? $"; with the program comes {string.Join(", ", Shipped.ModelNames)}." : ".");
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RepositoryName();
}
