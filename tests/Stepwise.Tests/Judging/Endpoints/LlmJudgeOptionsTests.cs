using Stepwise.Judging.Endpoints;
using Stepwise.Judging.Models;
using Stepwise.Judging.Paid;
using Stepwise.Options;
using Stepwise.Recipes;
using Stepwise.Tests.Judging.Models;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Judging.Endpoints;

public sealed class LlmJudgeOptionsTests
{
    private static readonly LlmJudgeOptions Sound = new() { Endpoint = "https://host/v1", Model = "m" };

    public static TheoryData<string, string> Addresses { get; } = new()
    {
        { "", "judge.endpoint is not set; give the address" },
        { "host:8000", "judge.endpoint is \"host:8000\", which is no address with http:// or https://" },
        { "ftp://host/v1", "judge.endpoint is \"ftp://host/v1\", which is no address" },
        { "file:///etc/passwd", "which is no address" },
        { "https://me:hunter2@host/v1", "judge.endpoint has a user, a query or a fragment" },
        { "me:hunter2@host/v1", "judge.endpoint is no address" },
        { "https://host/v1?key=hunter2", "judge.endpoint has a user, a query or a fragment" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public void Check_AnAddressThatCannotBeAsked_IsRefusedAndNoSecretShown(string endpoint, string message)
    {
        string said = Should.Throw<InputException>(() => OptionTree.Check(Sound with { Endpoint = endpoint }, "judge.")).Message;

        said.ShouldContain(message);
        said.ShouldNotContain("hunter2");
    }

    [Theory]
    [InlineData("sk-abcdefghijklmnopqrstuvwxyz")]
    [InlineData("hf_abcdefghijklmnop")]
    [InlineData("gsk_ABCdef123")]
    [InlineData("")]
    [InlineData("MY KEY")]
    public void Check_AKeyInPlaceOfItsName_IsRefusedAndNotShown(string key)
    {
        string said = Should.Throw<InputException>(() => OptionTree.Check(Sound with { KeyFrom = key }, "judge.")).Message;

        said.ShouldStartWith("judge.keyFrom is no name of an environment variable");
        if (key.Length > 0)
        {
            said.ShouldNotContain(key);
        }
    }

    [Theory]
    [InlineData("http://example.org/v1", true)]
    [InlineData("http://10.0.0.7:8000/v1", true)]
    [InlineData("https://example.org/v1", false)]
    [InlineData("http://127.0.0.1:8000/v1", false)]
    [InlineData("http://[::1]:8000/v1", false)]
    [InlineData("http://localhost/v1", false)]
    public void RequireSafe_AKeyInTheClearToAnotherMachine_IsRefused(string endpoint, bool refused)
    {
        Uri address = EndpointAddress.Read(endpoint, "Endpoint");
        EndpointAddress.RequireSafe(address, key: null, "K");
        if (refused)
        {
            Should.Throw<InputException>(() => EndpointAddress.RequireSafe(address, "sk-1", "K")).Message.ShouldNotContain("sk-1");
        }
        else
        {
            EndpointAddress.RequireSafe(address, "sk-1", "K");
        }
    }

    [Fact]
    public void Check_MoneyWithoutPricesOrAnotherPromptVersion_IsRefused()
    {
        OptionTree.Check(Sound, "judge.");
        Should.Throw<InputException>(() => OptionTree.Check(Sound with { Budget = new JudgeBudget { Money = 1 } }, "judge."))
            .Message.ShouldStartWith("judge.budget.money is 1, and the prices are 0");
        Should.Throw<InputException>(() => OptionTree.Check(Sound with { PromptVersion = "0123" }, "judge."))
            .Message.ShouldContain($"are of version {JudgePrompt.Version}");
        OptionTree.Check(Sound with { PromptVersion = "0123", Mode = new FullMode { Prompt = "own.txt" } }, "judge.");
    }

    [Fact]
    public void Digest_TheWordsOfThePrompt_ArePartOfARunAndTheCacheIsNot()
    {
        using TemporaryFolder folder = new();
        string prompt = Path.Combine(folder.Path, "own.txt"), cache = Path.Combine(folder.Path, "cache.sqlite");
        File.WriteAllText(prompt, "Rules.\n---\nItem {item}.");
        Recipe recipe = new() { Judge = Sound with { Mode = new FullMode { Prompt = prompt }, Cache = cache } };
        recipe.ToYaml().ShouldContain($"promptVersion: \"{JudgePrompt.Version}\"");

        string first = Contents();
        File.WriteAllText(cache, "something");
        Contents().ShouldBe(first);
        File.WriteAllText(prompt, "Other rules.\n---\nItem {item}.");
        Contents().ShouldNotBe(first, StringComparer.Ordinal);

        string Contents() => RecipeContents.Of(recipe with { Policy = recipe.Policy with { Model = prompt } }).Judge.ToString();
    }

    [Theory]
    [InlineData("")]
    [InlineData("Rules without an end. {item}")]
    [InlineData("---\nItem {item}.")]
    [InlineData("Rules.\n---\nNothing that names it.")]
    public void Create_APromptThatIsNone_IsRefusedByName(string text)
    {
        using TemporaryFolder folder = new();
        string prompt = Path.Combine(folder.Path, "own.txt");
        File.WriteAllText(prompt, text);

        Should.Throw<InputException>(() => Scripted.Judge(new ScriptedModel(_ => null!), o => o with { Mode = new FullMode { Prompt = prompt } }))
            .Message.ShouldStartWith($"{prompt}: a judge's prompt has two parts");
        Should.Throw<InputException>(() => Scripted.Judge(new ScriptedModel(_ => null!), o => o with { Mode = new BisectMode { Prompt = folder.Path } }))
            .Message.ShouldContain("cannot be read");
    }

    [Fact]
    public void Entries_EveryMode_HasAPromptOfTheProgram() => JudgeModeCatalog.Entries.ShouldAllBe(
        entry => JudgePrompt.Of(((JudgeMode)entry.Part).BuiltIn).Closing.Contains("{item}", StringComparison.Ordinal));
}
