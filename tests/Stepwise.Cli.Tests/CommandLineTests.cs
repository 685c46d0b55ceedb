using System.CommandLine;
using System.CommandLine.Help;
using System.Diagnostics;
using System.Text.Json;

namespace Stepwise.Cli.Tests;

public sealed class CommandLineTests(TinyPolicy tiny)
{
    [Theory]
    [InlineData("train", "--set", "training.stepz=5", "training.steps")]
    [InlineData("train", "--set", "training.steps=0", "a whole number from 1")]
    [InlineData("train", "--set", "training.steps", "key=value")]
    [InlineData("train", "--threads", "0", "from 1 to 1024")]
    [InlineData("train", "--seed", "-1", "--seed is \"-1\"")]
    [InlineData("train", "--set", "task.train=nowhere.jsonl", "does not exist")]
    [InlineData("train", "--set", "policy.model=nowhere", "does not exist")]
    [InlineData("train", "--resume", "nowhere", "leave out recipe")]
    [InlineData("train", "--bogus", "1", "--bogus")]
    [InlineData("eval", "--model", "nowhere", "does not exist")]
    public async Task Run_WrongOption_NamesItAndExitsWith2(string command, string option, string value, string message)
    {
        string folder = tiny.Fresh();

        Output output = await Program.RunAsync([command, tiny.Recipe, option, value, .. command is "train" ? (string[])["--out", folder] : []]);

        output.Code.ShouldBe(2);
        output.Error.ShouldContain(message);
        output.Text.ShouldBeEmpty();
        Directory.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Run_RecipeMissing_ExitsWith2()
    {
        Output output = await Program.RunAsync("train", "nowhere.yaml");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("nowhere.yaml");
    }

    [Fact]
    public async Task Run_UnknownOptionWithoutRecipe_IsNotTakenForTheRecipe()
    {
        Output output = await Program.RunAsync("train", "--bogus");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("no option --bogus");
    }

    [Fact]
    public async Task Run_MalformedProblemLine_NamesItsLineAndLeavesNoFolder()
    {
        string folder = tiny.Fresh();
        string problems = tiny.Write(".jsonl", "{\"id\":1,\"prompt\":\"1+2+1\",\"answer\":\"4\"}\n{\"id\":2,\n");

        Output output = await Program.RunAsync("train", tiny.Recipe, "--set", $"task.train={problems}", "--out", folder);

        output.Code.ShouldBe(2);
        output.Error.ShouldContain($"{problems}, line 2");
        Directory.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Run_OutFolderExists_ExitsWith2AndLeavesItAsItIs()
    {
        string folder = tiny.Fresh();
        Directory.CreateDirectory(folder);

        Output train = await Program.RunAsync("train", tiny.Recipe, "--out", folder);
        Output sft = await Program.RunAsync("sft", tiny.Recipe, "--out", folder);

        (train.Code, sft.Code).ShouldBe((2, 2));
        train.Error.ShouldContain("exists already");
        sft.Error.ShouldContain("exists already");
        Directory.EnumerateFileSystemEntries(folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_OutFolderUnderAFile_ExitsWith2BeforeAnyWork()
    {
        Output output = await Program.RunAsync("sft", tiny.Recipe, "--out", Path.Combine(tiny.Recipe, "below"));

        output.Code.ShouldBe(2);
        output.Text.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_ContextTooShortForAPrompt_ExitsWith2()
    {
        Output output = await Program.RunAsync(
            "train", tiny.Recipe, "--out", tiny.Fresh(), "--set", "task.operations=40", "--set", "task.trainProblems=5");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("context");
    }

    [Theory]
    [InlineData("There is no command trian; the nearest is train.", "trian")]
    [InlineData("There is no command COMPAR; the nearest is compare.", "COMPAR", "a", "b")]
    [InlineData("There is no command bogus; there are train, eval, ", "bogus")]
    [InlineData("There is no command tokenizr; the nearest is tokenizer.", "bench", "tokenizr")]
    [InlineData("There is no option --sed; the nearest is --set or --seed.", "train", "--sed", "3")]
    [InlineData("There is no option --max-token; the nearest is --max-tokens.", "generate", "--model", "x", "--max-token", "3")]
    [InlineData("There is no option --josn; the nearest is --json.", "export", "--josn", "x", "--out", "y")]
    [InlineData("There is no option --json", "bench", "--json")]
    [InlineData("b is one word too many.", "eval", "a", "b")]
    [InlineData("There is no command \\u001b[2Jtrain", "\e[2Jtrain")]
    public async Task Run_MistypedWord_NamesWhatIsNearest(string message, params string[] args)
    {
        Output output = await Program.RunAsync(args);

        output.Code.ShouldBe(2);
        output.Error.ShouldStartWith($"Error: {message}");
        output.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].ShouldEndWith(" --help.");
        output.Text.ShouldBeEmpty();
    }

    /// <summary>Every option and argument that has a value, with its command.</summary>
    public static TheoryData<string> Options() =>
    [
        .. from command in Commands(CommandLine.Root())
           from option in command.Options.Where(o => o.ValueType != typeof(bool) && o is not (HelpOption or VersionOption)).Select(o => o.Name)
               .Concat(command.Arguments.Select(_ => ""))
           select $"{PathOf(command)} {option}",
    ];

    [Theory]
    [MemberData(nameof(Options))]
    public async Task Run_EmptyValue_NamesTheOptionAndExitsWith2(string words)
    {
        Output output = await Program.RunAsync([.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries), ""]);

        output.Code.ShouldBe(2);
        output.Error.ShouldContain(" is empty. ");
        output.Text.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--temperature", "-0", 0)]
    [InlineData("--top-k", "-0", 0)]
    [InlineData("--seed", "-0", 2)]
    [InlineData("--temperature", "nan", 2)]
    [InlineData("--temperature", "1e999", 2)]
    [InlineData("--max-tokens", "0x10", 2)]
    [InlineData("--max-tokens", "99999999999999999999", 2)]
    public async Task Run_OddNumber_IsANumberOrAMistake(string option, string value, int code) =>
        (await Program.RunAsync("generate", "--model", tiny.Model, "--prompt", "1+2", option, value)).Code.ShouldBe(code);

    [Theory]
    [InlineData("generate", "--model", "MODEL", "--prompt", "1+2+3", "--max-tokens", "3")]
    [InlineData("bench", "attention", "--json")]
    public async Task Run_MoreThreadsThanProcessors_TakesThoseThereAre(params string[] args)
    {
        using CancellationTokenSource stopped = new();
        await stopped.CancelAsync();

        Output output = await Program.RunAsync(
            new StringWriter(), "", [.. args.Select(a => a is "MODEL" ? tiny.Model : a), "--threads", "1024"], stopped.Token);

        output.Error.ShouldStartWith($"Note: --threads 1024 is taken as {Environment.ProcessorCount}, ");
    }

    /// <summary>README and docs/json.md say so.</summary>
    [Fact]
    public void EveryCommand_ThatDoesSomething_HasJson() => Commands(CommandLine.Root()).Where(command => command.Action is not null)
        .Where(command => !command.Options.Any(option => option.Name is "--json")).Select(PathOf).ShouldBeEmpty();

    /// <summary>The one list that is printed as an array, which other programs read so.</summary>
    [Fact]
    public async Task Methods_Json_IsOneArrayOfMethods()
    {
        Output output = await Program.RunAsync("methods", "--json");

        JsonElement[] methods = [.. output.Json.Single().EnumerateArray()];
        methods.Length.ShouldBeGreaterThan(40);
        methods.ShouldAllBe(method => method.EnumerateObject().Select(field => field.Name).SequenceEqual(new[] { "name", "summary", "source", "needs" }));
    }

    [Theory]
    [InlineData("methods", "show", "grpo")]
    [InlineData("explain")]
    [InlineData("recipe")]
    public async Task Run_Json_PrintsAnObjectPerLine(params string[] args)
    {
        Output output = await Program.RunAsync([.. args, "--json"]);

        output.Code.ShouldBe(0, output.Error);
        output.Json.Length.ShouldBeGreaterThan(1);
        output.Json.ShouldAllBe(line => line.ValueKind == JsonValueKind.Object);
    }

    public static TheoryData<string> AllCommands() => [.. Commands(CommandLine.Root()).Select(PathOf)];

    [Theory]
    [MemberData(nameof(AllCommands))]
    public async Task Help_OfEveryCommand_EndsInAnExampleThatNamesIt(string command)
    {
        Output output = await Program.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        output.Code.ShouldBe(0);
        output.Lines.SkipWhile(line => line is not "Example:").Skip(1)
            .ShouldContain(line => line.Contains($"stepwise {command}".TrimEnd(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("recipe >&-", 0, "")]
    [InlineData("recipe 2>&-", 0, "")]
    [InlineData("recipe | head -n 1", 0, "")]
    [InlineData("recipe >/dev/full", 1, "Error: No space left on device")]
    [InlineData("recipe nowhere.yaml >&- 2>&-", 2, "")]
    [InlineData("generate --model MODEL <&-", 2, "Error: The prompt is empty")]
    [InlineData("generate --model MODEL <&- >&- 2>&-", 2, "")]
    [InlineData("generate --model MODEL --prompt 1+2 <&- >&-", 0, "")]
    public async Task Run_ClosedOrFullStreams_IsNoCrash(string words, int code, string error)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A shell closes the streams.");

        Output output = await ShellAsync(words.Replace("MODEL", tiny.Model, StringComparison.Ordinal));

        output.Code.ShouldBe(code, output.Error);
        output.Error.ShouldStartWith(error);
        output.Error.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Help_WithoutArguments_ListsTheCommands()
    {
        Output output = await Program.RunAsync();

        output.Code.ShouldBe(0);
        output.Text.ShouldContain("generate");
    }

    private static IEnumerable<Command> Commands(Command command) => command.Subcommands.SelectMany(Commands).Prepend(command);

    private static string PathOf(Command command) =>
        string.Join(' ', command.Parents.OfType<Command>().Append(command).Where(c => c.Parents.Any()).Select(c => c.Name));

    /// <summary>The program in a process of its own, started by a shell with the rest of its command line.</summary>
    private static async Task<Output> ShellAsync(string rest)
    {
        ProcessStartInfo start = new("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"dotnet '{Path.Combine(AppContext.BaseDirectory, "Stepwise.Cli.dll")}' {rest}");
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        CancellationToken token = TestContext.Current.CancellationToken;
        Task<string> text = process.StandardOutput.ReadToEndAsync(token), error = process.StandardError.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);
        return new(process.ExitCode, await text, await error);
    }
}
