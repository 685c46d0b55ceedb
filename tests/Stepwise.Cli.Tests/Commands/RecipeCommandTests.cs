using Stepwise.Options;
using Stepwise.Recipes;

namespace Stepwise.Cli.Tests.Commands;

public sealed class RecipeCommandTests(TinyPolicy tiny)
{
    [Fact]
    public async Task Recipe_WithoutOne_ListsEveryKeyWithItsDefault()
    {
        Output output = await Program.RunAsync("recipe", "--json");

        output.Code.ShouldBe(0, output.Error);
        output.Json.Select(line => line.GetProperty("name").GetString()).ShouldBe(OptionTree.List(new Recipe(), new Recipe()).Select(key => key.Name));
        output.Json.ShouldAllBe(line => line.GetProperty("value").GetString() == line.GetProperty("default").GetString());
    }

    [Fact]
    public async Task Recipe_WithAFileWhoseModelIsMissing_ShowsTheResolvedValues()
    {
        string recipe = tiny.Write(".yaml", "policy: { model: nowhere }\ntraining: { steps: 7 }\n");

        Output output = await Program.RunAsync("recipe", recipe, "--set", "training.groupSize=5", "--seed", "3");

        output.Code.ShouldBe(0, output.Error);
        output.Lines.Length.ShouldBe(OptionTree.List(new Recipe(), new Recipe()).Count() + 1);
        string.Join(' ', Cells(output, "training.steps")).ShouldBe(
            "training.steps 7 how long to train [a whole number from 1 to 1000000000 (training steps); default 100]");
        Cells(output, "training.groupSize")[1].ShouldBe("5");
        Cells(output, "seed")[1].ShouldBe("3");
        output.Text.ShouldContain("a whole number from 2 to 4096 (samples)");
    }

    [Fact]
    public async Task Recipe_ListOfParts_IsOneLineWithoutPartsAndTheirKeysWithThem()
    {
        Output without = await Program.RunAsync("recipe"), with = await Program.RunAsync(
            "recipe", "--set", "method.terms.1.name=length", "--set", "method.terms.1.target=9");

        Cells(without, "method.terms")[1].ShouldBe("[]");
        Cells(with, "method.terms.1.name")[1].ShouldBe("length");
        Cells(with, "method.terms.1.target")[1].ShouldBe("9");
        with.Lines.Length.ShouldBe(without.Lines.Length + 2);
    }

    [Fact]
    public async Task Recipe_UnknownKey_ExitsWith2() =>
        (await Program.RunAsync("recipe", "--set", "training.stepz=1")).Code.ShouldBe(2);

    [Fact]
    public async Task Set_OfAnotherMethod_NamesTheKeysThatTheFileLoses()
    {
        string recipe = tiny.Write(".yaml", "method: { credit: per-step, beta: 3, clipLow: 0.1 }\n");

        Output other = await Program.RunAsync("recipe", recipe, "--json", "--set", "method.name=grpo", "--set", "method.clipLow=0.3");
        Output same = await Program.RunAsync("recipe", recipe, "--set", "method.name=sgpo");

        other.Error.ShouldContain(": method.credit, method.beta.\n");
        other.Json.Single(line => line.GetProperty("name").GetString() is "method.clipLow").GetProperty("value").GetString().ShouldBe("0.3");
        same.Error.ShouldBeEmpty();
    }

    private static string[] Cells(Output output, string key) =>
        output.Lines.Single(line => line.StartsWith(key + " ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
