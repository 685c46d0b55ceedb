using System.Text.RegularExpressions;

namespace Stepwise.Cli.Tests;

/// <summary>The commands that README.md and the pages under docs/ and models/ show are run, made short by further options.</summary>
public sealed partial class ReadMeTests(ITestOutputHelper output) : IDisposable
{
    private const string Prefix = "dotnet run -c Release --project src/Stepwise.Cli --";

    internal static string Root { get; } = FindRoot();

    private readonly string _folder = Directory.CreateTempSubdirectory("stepwise-readme").FullName;

    /// <summary>What makes each command short; a command that is not listed fails the test.</summary>
    private static Dictionary<string, string[]> Short { get; } = new(StringComparer.Ordinal)
    {
        ["train"] = ["--set", "training.steps=1", "--set", "evaluation.problems=2", "--set", "evaluation.samples=1"],
        ["eval"] = ["--set", "evaluation.problems=2", "--set", "evaluation.samples=1"],
        ["sft"] = ["--set", "training.steps=1"],
        ["compare"] =
            ["--seeds", "1", "--set", "training.steps=1", "--set", "evaluation.problems=2", "--set", "training.promptsPerStep=2"],
        ["theory"] = ["--groups", "20", "--runs", "8", "--steps", "1", "5"],
        ["generate"] = [],
        ["export"] = [],
        ["recipe"] = [],
        ["methods"] = [],
        ["explain"] = [],
        ["bench"] = ["--threads", "1"],
    };

    /// <summary>
    /// Without those of gsm8k.yaml, which needs a model and data that are not part of the repository, and of compare-padding.yaml, whose policy
    /// another command makes, and of checker.yaml, whose program needs Python: <see cref="ExampleTests"/> runs it.
    /// </summary>
    public static TheoryData<string> Commands() =>
    [
        .. Pages().SelectMany(File.ReadAllLines).Select(line => line.Trim())
            .Where(line => line.StartsWith(Prefix, StringComparison.Ordinal) && !line.Contains('<', StringComparison.Ordinal))
            .Select(line => line[Prefix.Length..].Trim()).Distinct(StringComparer.Ordinal)
            .Where(command => !command.Contains("gsm8k.yaml", StringComparison.Ordinal) && !command.Contains("compare-padding", StringComparison.Ordinal)
                && !command.Contains("checker.yaml", StringComparison.Ordinal)),
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Command_OfAPage_Runs(string command)
    {
        List<string> arguments = [.. Words().Matches(command).Select(m => m.Groups["quoted"].Success ? m.Groups["quoted"].Value : m.Value)];
        int path = arguments.IndexOf("--out");
        if (path >= 0)
        {
            arguments.RemoveRange(path, 2);
        }

        if (arguments[0] is "train" or "sft" or "compare" or "theory" or "export")
        {
            arguments.AddRange(["--out", Path.Combine(_folder, arguments[0] is "export" ? "out.gguf" : "out")]);
        }

        arguments = [.. arguments.Select(a => a.Contains('/', StringComparison.Ordinal) && Path.Exists(Path.Combine(Root, a)) ? Path.Combine(Root, a) : a)];
        arguments.AddRange(Short[arguments[0]]);
        Terminal terminal = new() { Output = new StringWriter(), Error = new StringWriter(), Input = new StringReader("") };
        int code = await CommandLine.RunAsync([.. arguments], terminal, TestContext.Current.CancellationToken);
        output.WriteLine(terminal.Output.ToString() ?? "");
        code.ShouldBe(0, terminal.Error.ToString());
        terminal.Output.ToString().ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public void ReadMe_ShowsTheTwoCommandsThatANewcomerRuns()
    {
        string text = File.ReadAllText(Path.Combine(Root, "README.md"));
        text.ShouldContain("\n" + Prefix + " train\n");
        text.ShouldContain("\ndotnet test -c Release\n");
    }

    [Fact]
    public void Pages_RelativeLinks_NameWhatExists() => Pages()
        .SelectMany(page => Links().Matches(File.ReadAllText(page))
            .Select(m => m.Groups["target"].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains(':', StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.GetFullPath(target, Path.GetDirectoryName(page)!)))
            .Select(target => $"{Path.GetRelativePath(Root, page)}: {target}"))
        .ShouldBeEmpty();

    [Fact]
    public void Pages_Placeholders_AreFilledIn() => Pages()
        .SelectMany(page => File.ReadLines(page)
            .Select((line, i) => (Text: line.Trim(), Where: $"{Path.GetRelativePath(Root, page)}:{i + 1}"))
            .Where(line => Placeholder().IsMatch(line.Text))
            .Select(line => $"{line.Where}: {line.Text}"))
        .ShouldBeEmpty();

    [Fact]
    public async Task Pages_GeneratedTables_AreWhatTheProgramPrints()
    {
        List<string> commands = [];
        foreach (string page in Pages())
        {
            foreach (Match table in Tables().Matches(await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken)))
            {
                string command = table.Groups["command"].Value;
                Output printed = await Program.RunAsync([.. command.Split(' '), "--markdown"]);
                printed.Code.ShouldBe(0, printed.Error);
                table.Groups["table"].Value.ShouldBe(printed.Text, page);
                commands.Add(command);
            }
        }

        commands.ShouldContain(command => command == "explain");
        commands.ShouldContain(command => command.StartsWith("methods show ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task MethodsPage_IsWhatTheProgramPrints()
    {
        Output printed = await Program.RunAsync("methods", "--markdown");

        File.ReadAllText(Path.Combine(Root, "docs", "catalog.md")).ShouldBe(printed.Text, "run stepwise methods --markdown > docs/catalog.md");
    }

    [Fact]
    public async Task JsonPage_NamesEveryEventAndField()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Root, "docs", "json.md"), TestContext.Current.CancellationToken);
        string model = Path.Combine(Root, "models", "starter"), run = Path.Combine(_folder, "run");
        string[][] commands =
        [
            ["train", .. Short["train"], "--out", run], ["eval", .. Short["eval"]], ["check"], ["sft", .. Short["sft"], "--out", Path.Combine(_folder, "sft")],
            ["theory", .. Short["theory"], "--out", Path.Combine(_folder, "theory")], ["recipe"],
            ["generate", "--model", model, "--prompt", "1+2+3", "--max-tokens", "2"], ["export", model, "--out", Path.Combine(_folder, "out.gguf")],
        ];
        foreach (string[] command in commands)
        {
            Output printed = await Program.RunAsync([.. command, "--json"]);
            printed.Code.ShouldBe(0, printed.Error);
            printed.Json.SelectMany(line => line.EnumerateObject().Select(p => p.Name).Append(line.GetProperty("event").GetString()!))
                .Where(name => !name.EndsWith("Simulated", StringComparison.Ordinal) && !page.Contains($"`{name}`", StringComparison.Ordinal))
                .Where(name => !(name.EndsWith("Interval", StringComparison.Ordinal) && command[0] is "theory"))
                .ShouldBeEmpty(command[0]);
        }
    }

    private static IEnumerable<string> Pages() =>
    [
        Path.Combine(Root, "README.md"),
        Path.Combine(Root, "models", "starter", "README.md"),
        Path.Combine(Root, "examples", "CarrylessAddition", "README.md"),
        Path.Combine(Root, "examples", "CheckerProgram", "README.md"),
        .. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal),
    ];

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Stepwise.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }

    /// <summary>Tables that a command wrote with <c>--markdown</c>, between two comments; the first names the command.</summary>
    [GeneratedRegex("<!-- (?<command>(explain|methods show)[^>]*) -->\n(?<table>[^<]*)<!-- end -->", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tables();

    /// <summary>The target of a link or an image, in round brackets after square ones.</summary>
    [GeneratedRegex("\\]\\((?<target>[^)\\s]+)[^)]*\\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Links();

    /// <summary>A word in capitals alone on its line, or one with an underscore that is not code: a stand-in for text still to come.</summary>
    [GeneratedRegex("^[A-Z][A-Z_]{3,}$|(?<![$`\\w])[A-Z]+_[A-Z_]+(?![`\\w=])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();

    [GeneratedRegex("\"(?<quoted>[^\"]*)\"|\\S+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();
}
