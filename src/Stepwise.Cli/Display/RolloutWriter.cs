using System.Text;
using Stepwise.Files;
using Stepwise.Rollouts;

namespace Stepwise.Cli.Display;

/// <summary>Writes a new file of rollouts, which appears whole or not at all.</summary>
internal sealed class RolloutWriter : IDisposable
{
    private readonly WholeFile _file;

    /// <exception cref="InputException">The file exists, or its folder does not.</exception>
    public RolloutWriter(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        if (System.IO.Path.Exists(Path) || !Directory.Exists(System.IO.Path.GetDirectoryName(Path)))
        {
            throw new InputException(
                $"{Path}: exists already, or its folder does not, and nothing is ever overwritten. Give another file with --out.");
        }

        _file = new(Path);
    }

    /// <summary>The file, in full.</summary>
    public string Path { get; }

    public long Written { get; private set; }

    public void Write(StoredRollout rollout)
    {
        using StringWriter line = new() { NewLine = "\n" };
        JsonLine.Write(line, rollout);
        _file.Write(Encoding.UTF8.GetBytes(line.ToString()));
        Written++;
    }

    public void Commit() => _file.Commit();

    public void Dispose() => _file.Dispose();
}
