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

    [Fact]
    public async Task Run_UnknownCommand_ExitsWith2() => (await Program.RunAsync("bogus")).Code.ShouldBe(2);

    [Theory]
    [InlineData("train")]
    [InlineData("eval")]
    [InlineData("sft")]
    [InlineData("generate")]
    [InlineData("export")]
    [InlineData("pull")]
    [InlineData("recipe")]
    public async Task Help_OfEveryCommand_EndsInAnExampleThatNamesIt(string command)
    {
        Output output = await Program.RunAsync(command, "--help");

        output.Code.ShouldBe(0);
        output.Lines.SkipWhile(line => line is not "Example:").Skip(1).ShouldContain(line => line.Contains($"stepwise {command}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_WithoutArguments_ListsTheCommands()
    {
        Output output = await Program.RunAsync();

        output.Code.ShouldBe(0);
        output.Text.ShouldContain("generate");
    }
}
