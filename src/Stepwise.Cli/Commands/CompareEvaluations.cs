using System.Text.Json.Nodes;
using Stepwise.Cli.Display;
using Stepwise.Evaluation.Benchmarks;
using Stepwise.Files;
using Stepwise.Recipes;

namespace Stepwise.Cli.Commands;

/// <summary>The part of <c>stepwise compare</c> that sets evaluations beside each other; it samples nothing.</summary>
internal static class CompareEvaluations
{
    private const int LongestName = 60;

    private static readonly string[] Files = ["comparison.json", "comparison.md", "comparison.svg"];

    /// <summary>Whether evaluations are named, and not runs or recipes.</summary>
    /// <param name="paths">What is to be compared.</param>
    /// <exception cref="InputException">Some are evaluations, and some are not.</exception>
    public static bool Are(IReadOnlyList<string> paths)
    {
        int evaluations = paths.Count(EvaluationFolder.IsOne);
        if (evaluations > 0 && evaluations < paths.Count)
        {
            string one = Quoted.Of(paths.First(EvaluationFolder.IsOne)), none = Quoted.Of(paths.First(path => !EvaluationFolder.IsOne(path)));
            throw new InputException(
                $"{none} is no evaluation's folder, and {one} is. Compare evaluations with evaluations, and runs with runs and recipes.");
        }

        return evaluations != 1
            ? evaluations > 0
            : throw new InputException($"One evaluation is named, {Quoted.Of(paths[0])}. Name two or more; differences are to the first.");
    }

    /// <summary>Scores evaluations, and shows and keeps the comparison.</summary>
    /// <param name="paths">Their folders.</param>
    /// <param name="files">Files of benchmarks that are not where the first evaluation had them.</param>
    /// <param name="output">The comparison's folder; <see langword="null"/> for none.</param>
    /// <param name="json">Whether JSON is printed.</param>
    /// <param name="terminal">Where to.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="InputException">The evaluations cannot be paired, or the folder is another's.</exception>
    public static async Task RunAsync(
        IReadOnlyList<string> paths, IReadOnlyList<(Benchmark? Benchmark, string File)> files, string? output, bool json, Terminal terminal,
        CancellationToken cancellationToken)
    {
        string? folder = output is null ? null : FolderOf(output);
        (string Name, EvaluationFolder Folder)[] evaluations = [.. paths.Select(EvaluationFolder.Open).Select(evaluation => (NameOf(evaluation), evaluation))];
        if (evaluations.GroupBy(evaluation => evaluation.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new InputException($"Two evaluations are called {Quoted.Of(twice.Key)}, by their folders. Rename one, or leave it out.");
        }

        EvaluationSettings settings = evaluations[0].Folder.Settings;
        BenchmarkSet[] sets = [.. settings.Benchmarks.Select(set => SetOf(set, settings.Chat, files, cancellationToken))];
        using DisposedTasks tasks = new(sets);
        foreach (BenchmarkSet set in sets)
        {
            await set.Task.PrepareAsync(cancellationToken).ConfigureAwait(false);
        }

        EvaluationTable table;
        using (WorkDisplay? work = json ? null : new(terminal, "Scoring") { Total = evaluations.Length })
        {
            table = new(await ComparedEvaluation.OfAsync(sets, evaluations, work, cancellationToken).ConfigureAwait(false));
        }

        JsonObject all = table.ToJson();
        if (folder is not null)
        {
            Make(folder);
            WholeFile.Write(Path.Combine(folder, Files[0]), all.ToJsonString(new() { WriteIndented = true }) + "\n");
            WholeFile.Write(Path.Combine(folder, Files[1]), table.ToMarkdown() + $"\n![every measure with its interval]({Files[2]})\n");
            WholeFile.Write(Path.Combine(folder, Files[2]), table.ToChart().ToSvg());
        }

        if (json)
        {
            all.Insert(0, "event", "end");
            all["folder"] = folder;
            JsonLine.Write(terminal.Output, all);
        }
        else
        {
            terminal.Output.Write(table.ToMarkdown());
            terminal.Output.WriteLine(folder is null ? "\nNothing is kept; --out keeps tables and picture." : $"\nWritten to {folder}");
        }
    }

    private static BenchmarkSet SetOf(
        EvaluatedSet evaluated, bool chat, IReadOnlyList<(Benchmark? Benchmark, string File)> files, CancellationToken cancellationToken)
    {
        bool heldOut = string.Equals(evaluated.Name, BenchmarkSet.HeldOutName, StringComparison.Ordinal);
        string file = files.Where(given => string.Equals(given.Benchmark?.Name ?? BenchmarkSet.HeldOutName, evaluated.Name, StringComparison.Ordinal))
            .Select(given => given.File).FirstOrDefault(evaluated.File);
        try
        {
            return heldOut
                ? BenchmarkEvaluation.HeldOut(Recipe.LoadUnchecked(Shipped.Recipe(file)), evaluated.Problems, cancellationToken)
                : BenchmarkSet.Read(BenchmarkCatalog.Find(evaluated.Name), file, evaluated.Problems, chat);
        }
        catch (InputException error)
        {
            throw new InputException(
                $"The problems of the evaluations, {evaluated.Name}={file}, cannot be read: {error.Message} "
                + $"Where they are elsewhere, give --benchmark {evaluated.Name}={(heldOut ? "recipe" : "file")}.", error);
        }
    }

    /// <summary>The folder's name; for a run's own evaluation the run's.</summary>
    private static string NameOf(EvaluationFolder evaluation)
    {
        string parent = Path.GetDirectoryName(evaluation.Path) ?? "/";
        return Escaped.Line(Path.GetFileName(RunLayout.IsRun(parent) ? parent : evaluation.Path), LongestName);
    }

    private static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: cannot be made ({error.Message.TrimEnd('.')}). Give another --out.", error);
        }
    }

    private static string FolderOf(string output)
    {
        string full = Path.GetFullPath(output);
        IEnumerable<string> entries = Directory.Exists(full) ? Directory.EnumerateFileSystemEntries(full).Select(entry => Path.GetFileName(entry)) : [];
        bool foreign = File.Exists(full) || entries.Except(Files, StringComparer.Ordinal).Any();
        return foreign ? throw new InputException($"{full}: holds something else than a comparison of evaluations. Give another --out.") : full;
    }
}
