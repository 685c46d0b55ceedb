namespace Stepwise.Cli.Tests;

/// <summary>Every command with every kind of value that cannot be meant: wrong input, said by name, and nothing is left behind.</summary>
public sealed class BadValueTests(TinyPolicy tiny)
{
    private const string Bad = "<bad>";

    private const string New = "<new>";

    /// <summary>Where a file or folder is read.</summary>
    public static TheoryData<string> Reading { get; } =
    [
        $"train {Bad} --out {New}", $"train --resume {Bad}", $"train <recipe> --out {New} --set policy.model={Bad}",
        $"train <recipe> --out {New} --set task.train={Bad}", $"train <recipe> --out {New} --set task.test={Bad}",
        $"eval {Bad}", $"eval <recipe> --model {Bad}", $"eval <recipe> --set policy.model={Bad}",
        $"sft {Bad} --out {New}", $"sft <recipe> --out {New} --set policy.model={Bad}", $"sft <recipe> --out {New} --set task.train={Bad}",
        $"generate --model {Bad} --prompt 1", $"export {Bad} --out {New}", $"export {Bad} --out {New}.gguf",
        $"compare {Bad} --out {New}", $"compare {Bad} <recipe> --out {New}", $"compare <recipe> {Bad} --out {New}",
        $"judge {Bad} --solutions <solutions>", $"judge <solutions> --solutions {Bad}", $"recipe {Bad}",
        $"bench train --model {Bad}", $"bench tokenizer --model {Bad} --text <problems>",
    ];

    /// <summary>Where a file or folder is made.</summary>
    public static TheoryData<string> Writing { get; } =
    [
        $"train <recipe> --out {Bad}", $"sft <recipe> --out {Bad}", $"export <model> --out {Bad}", $"export <model> --out {Bad} --format hf",
        $"compare <recipe> <other> --seeds 1 --out {Bad}", $"theory --out {Bad}",
    ];

    [Theory]
    [InlineData("train <recipe> --set <bad>")]
    [InlineData("train <recipe> --threads <bad>")]
    [InlineData("train <recipe> --seed <bad>")]
    [InlineData("generate --model <model> --prompt <bad>")]
    [InlineData("generate --model <model> --prompt 1 --stop <bad>")]
    [InlineData("generate --model <model> --prompt 1 --temperature <bad>")]
    [InlineData("pull <bad>")]
    [InlineData("pull a/b --out <bad>")]
    [InlineData("pull a/b --revision <bad>")]
    [InlineData("pull a/b --file <bad>")]
    [InlineData("pull a/b --endpoint <bad>")]
    [InlineData("pull a/b --token-from <bad>")]
    [InlineData("judge <solutions> --solutions <solutions> --half <bad>")]
    [InlineData("export <model> --out <new> --dtype <bad>")]
    [MemberData(nameof(Reading))]
    [MemberData(nameof(Writing))]
    public async Task Run_EmptyValue_IsRefused(string line) => Refused(await RunAsync(line, ""), line);

    [Theory]
    [MemberData(nameof(Reading))]
    public async Task Run_NothingThere_IsRefusedByName(string line) => Refused(await RunAsync(line, "nowhere"), line, "nowhere");

    [Theory]
    [MemberData(nameof(Reading))]
    public async Task Run_AnEmptyFolder_IsRefusedByName(string line)
    {
        string folder = tiny.Fresh();
        Directory.CreateDirectory(folder);

        Refused(await RunAsync(line, folder), line, folder);
    }

    [Theory]
    [MemberData(nameof(Reading))]
    public async Task Run_AFileThatIsNoText_IsRefusedByName(string line)
    {
        string file = tiny.Fresh() + ".yaml";
        await File.WriteAllBytesAsync(file, [.. Enumerable.Range(0, 600).Select(i => (byte)(i * 37))], TestContext.Current.CancellationToken);

        Refused(await RunAsync(line, file), line, file);
    }

    [Theory]
    [MemberData(nameof(Reading))]
    public async Task Run_BelowAFile_IsRefusedByName(string line) =>
        Refused(await RunAsync(line, Path.Combine(tiny.Recipe, "below")), line, Path.Combine(tiny.Recipe, "below"));

    [Theory]
    [MemberData(nameof(Writing))]
    public async Task Run_OutIsTaken_IsRefusedByNameAndLeftAsItIs(string line)
    {
        string file = tiny.Write(".txt", "mine"), folder = tiny.Fresh();
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "mine"), "mine", TestContext.Current.CancellationToken);

        Refused(await RunAsync(line, file), line, file);
        Refused(await RunAsync(line, folder), line, folder);

        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldBe("mine");
        Directory.GetFileSystemEntries(folder).ShouldHaveSingleItem();
    }

    [Theory]
    [MemberData(nameof(Writing))]
    public async Task Run_OutBelowAFile_IsRefusedByName(string line) =>
        Refused(await RunAsync(line, Path.Combine(tiny.Recipe, "below")), line, tiny.Recipe);

    private static void Refused(Output output, string line, string? name = null)
    {
        output.Code.ShouldBe(2, line + output.Error + output.Text);
        output.Error.ShouldStartWith("Error: ");
        output.Error.ShouldNotContain("Exception");
        if (!line.StartsWith("bench", StringComparison.Ordinal))
        {
            output.Text.ShouldBeEmpty(line);
        }

        if (name is not null)
        {
            output.Error.ShouldContain(name, Case.Sensitive, line);
        }
    }

    private async Task<Output> RunAsync(string line, string bad)
    {
        string fresh = tiny.Fresh();
        string problems = tiny.Write(".jsonl", "{\"id\":1,\"prompt\":\"1+2+1\",\"answer\":\"4\"}\n");
        string solutions = tiny.Write(".jsonl", "{\"question\":\"What is 1 + 1?\",\"answer\":\"1 + 1 = 2\\n#### 2\"}\n");
        string other = tiny.Write(".yaml", await File.ReadAllTextAsync(tiny.Recipe, TestContext.Current.CancellationToken));
        string[] args = [.. line.Split(' ').Select(word => word
            .Replace(Bad, bad, StringComparison.Ordinal).Replace(New, fresh, StringComparison.Ordinal)
            .Replace("<recipe>", tiny.Recipe, StringComparison.Ordinal).Replace("<other>", other, StringComparison.Ordinal)
            .Replace("<model>", tiny.Model, StringComparison.Ordinal).Replace("<problems>", problems, StringComparison.Ordinal)
            .Replace("<solutions>", solutions, StringComparison.Ordinal))];
        Output output = await Program.RunAsync(args);
        Path.Exists(fresh).ShouldBeFalse(line);
        return output;
    }
}
