using System.Text.RegularExpressions;

namespace Stepwise.Cli.Tests;

/// <summary>The rooms of docs/architecture.md, in their order, against the namespaces that the source names.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string Root = ReadMeTests.Root;

    [Theory]
    [InlineData("Stepwise")]
    [InlineData("Stepwise.Engine")]
    public void Rooms_UseOnlyRoomsAboveThem(string project)
    {
        string[] rooms = RoomsOf(project);

        rooms.Length.ShouldBeGreaterThan(8);
        Files(project).Select(file => Path.GetRelativePath(Path.Combine(Root, "src", project), file).Split(Path.DirectorySeparatorChar))
            .Where(path => path.Length > 1).Select(path => path[0]).Distinct(StringComparer.Ordinal).ShouldBe(rooms, ignoreOrder: true);
        Files(project).SelectMany(file => Upward(file, project, rooms)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Stepwise")]
    [InlineData("Stepwise.Engine")]
    [InlineData("Stepwise.Cli")]
    public void Lines_OfTheSource_AreAsLongAsTheEditorSays(string project)
    {
        int limit = int.Parse(
            File.ReadLines(Path.Combine(Root, ".editorconfig")).First(line => line.StartsWith("max_line_length", StringComparison.Ordinal)).Split('=')[1],
            System.Globalization.CultureInfo.InvariantCulture);

        Files(project).SelectMany(file => File.ReadLines(file)
                .Select((line, i) => (line.Length, Where: $"{Path.GetRelativePath(Root, file)}:{i + 1}")))
            .Where(line => line.Length > limit).Select(line => line.Where).ShouldBeEmpty();
    }

    [Fact]
    public void PartsOfMethods_HaveAtMost120LinesOfCode()
    {
        string parts = Path.Combine("src", "Stepwise", "Methods") + Path.DirectorySeparatorChar;
        string[] files = [.. Files("Stepwise").Where(file => Path.GetRelativePath(Root, file).StartsWith(parts, StringComparison.Ordinal)
            && !file.EndsWith("Catalog.cs", StringComparison.Ordinal))];

        files.Length.ShouldBeGreaterThan(100);
        files.Where(file => File.ReadLines(file).Select(line => line.TrimStart()).Count(line => line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal)) > 120)
            .ShouldBeEmpty();
    }

    [Fact]
    public void NewcomersPath_HasAtMost1500LinesAndTheirCountIsTrue()
    {
        string page = File.ReadAllText(Path.Combine(Root, "docs", "architecture.md"));
        string path = page.Split('\n').Single(line => line.StartsWith("What a GRPO update runs through", StringComparison.Ordinal));
        int lines = Link().Matches(path).Sum(link => File.ReadLines(Path.Combine(Root, "docs", link.Groups["target"].Value)).Count());

        lines.ShouldBeLessThanOrEqualTo(1500);
        path.ShouldContain(string.Create(System.Globalization.CultureInfo.InvariantCulture, $" {lines:N0} lines"));
    }

    [Fact]
    public void Upward_UsingOfALowerRoom_NamesFileAndLine()
    {
        const string Source = "using Stepwise.Rollouts;\n\nnamespace Stepwise.Tasks.Own;\n\n/// <see cref=\"Stepwise.Training.Trainer\"/>\nclass Own;\n";

        Upward("Own.cs", Source, "Stepwise", ["Tasks", "Rollouts", "Training"]).ShouldBe(
            ["Own.cs:1: Tasks uses Rollouts, which stands below it", "Own.cs:5: Tasks uses Training, which stands below it"]);
    }

    private static IEnumerable<string> Files(string project) =>
        Directory.EnumerateFiles(Path.Combine(Root, "src", project), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Path.Combine(Root, "src", project), file).StartsWith("obj" + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    /// <summary>The rooms of a project in the order of the list: the indented lines below the project's own.</summary>
    private static string[] RoomsOf(string project) =>
    [
        .. File.ReadLines(Path.Combine(Root, "docs", "architecture.md"))
            .SkipWhile(line => !line.StartsWith($"src/{project}/", StringComparison.Ordinal)).Skip(1)
            .Select(line => Room().Match(line)).TakeWhile(match => match.Success).Select(match => match.Groups["room"].Value),
    ];

    private static IEnumerable<string> Upward(string file, string project, string[] rooms) =>
        Upward(Path.GetRelativePath(Root, file), File.ReadAllText(file), project, rooms);

    /// <summary>A file that stands in no room is above all of them, so that every one may use it.</summary>
    private static IEnumerable<string> Upward(string name, string source, string project, string[] rooms)
    {
        Regex named = new($@"\b{Regex.Escape(project)}\.(?<room>[A-Z]\w*)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        string[] lines = source.Split('\n');
        string own = lines.Where(line => line.StartsWith("namespace ", StringComparison.Ordinal))
            .Select(line => named.Match(line).Groups["room"].Value).FirstOrDefault("");
        int place = Array.IndexOf(rooms, own);
        return lines.SelectMany((line, i) => named.Matches(line)
            .Select(match => match.Groups["room"].Value)
            .Where(room => Array.IndexOf(rooms, room) > place)
            .Select(room => $"{name}:{i + 1}: {own} uses {room}, which stands below it"));
    }

    [GeneratedRegex(@"\]\((?<target>[^)]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"^  (?<room>[A-Z]\w*)/ ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Room();
}
