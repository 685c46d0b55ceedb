using Stepwise.Evaluation.Benchmarks;

namespace Stepwise.Tests.Evaluation.Benchmarks;

/// <summary>A folder for a test's files, removed after it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("stepwise-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public string Write(params string[] lines)
    {
        string path = In(Guid.NewGuid().ToString("N") + ".jsonl");
        File.WriteAllLines(path, lines);
        return path;
    }

    public BenchmarkSet Set(string benchmark, params string[] lines) => BenchmarkSet.Read(BenchmarkCatalog.Find(benchmark), Write(lines));
}
