using Stepwise.Recipes;
using Stepwise.Tasks.Mathematics;

namespace Stepwise.Cli.Tests.Commands;

public sealed class InitCommandTests(TinyPolicy tiny)
{
    private const string Three =
        "{\"problem\": \"1+1\", \"answer\": 2, \"solution\": \"1+1=2\"}\n{\"problem\": \"2+1\", \"answer\": 3, \"solution\": \"\"}\n"
        + "{\"problem\": \"3+1\", \"answer\": 4, \"solution\": null}\n";

    [Fact]
    public async Task Init_File_WritesARecipeThatLoadsAndSaysWhatItFound()
    {
        string data = tiny.Write(".jsonl", Three), folder = tiny.Fresh();

        Output output = await Program.RunAsync("init", folder, "--data", data, "--model", tiny.Model);

        output.Code.ShouldBe(0, output.Error);
        output.Text.ShouldContain("problems  3, 1 of them held out\n");
        output.Text.ShouldContain("question  problem\n");
        output.Text.ShouldContain($"Start with: stepwise train {Path.Combine(folder, "recipe.yaml")}\n");
        Recipe recipe = Recipe.Load(Path.Combine(folder, "recipe.yaml"));
        MathOptions task = recipe.Task.ShouldBeOfType<MathOptions>();
        (task.Train, task.Test, task.TestProblems).ShouldBe((data, null, 1));
        (task.Fields.Question, task.Fields.Solution, task.Fields.Id).ShouldBe((["problem"], "solution", ""));
        recipe.Method.Name.ShouldBe("sgpo");
        ProblemSets.Load(recipe, TestContext.Current.CancellationToken).Train.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Init_WithTestFileAndNoModel_IsAcceptedByRecipe()
    {
        string data = tiny.Write(".csv", "question,answer\n1+1,2\n"), test = tiny.Write(".csv", "question,answer\n1+2,3\n"), folder = tiny.Fresh();

        Output output = await Program.RunAsync("init", folder, "--data", data, "--test", test, "--json");
        Output recipe = await Program.RunAsync("recipe", Path.Combine(folder, "recipe.yaml"));

        output.Code.ShouldBe(0, output.Error);
        output.Json.ShouldHaveSingleItem().GetProperty("testProblems").GetInt32().ShouldBe(0);
        recipe.Code.ShouldBe(0, recipe.Error);
        recipe.Text.ShouldContain("grpo");
    }

    [Fact]
    public async Task Init_NothingLikely_SaysWhatToName()
    {
        Output output = await Program.RunAsync("init", tiny.Fresh(), "--data", tiny.Write(".jsonl", "{\"x\": 1}"));
        output.Code.ShouldBe(0, output.Error);
        output.Text.ShouldContain("Name the question and the answer in it, under task.fields.");
    }

    [Fact]
    public async Task Init_WhatWouldOverwriteOrCannotBeRead_ExitsWith2()
    {
        string data = tiny.Write(".jsonl", Three), folder = tiny.Fresh();
        (await Program.RunAsync("init", folder, "--data", data)).Code.ShouldBe(0);
        string written = await File.ReadAllTextAsync(Path.Combine(folder, "recipe.yaml"), TestContext.Current.CancellationToken);

        Output again = await Program.RunAsync("init", folder, "--data", data, "--model", tiny.Model);
        Output none = await Program.RunAsync("init", tiny.Fresh(), "--data", tiny.Fresh() + ".jsonl");

        (again.Code, none.Code).ShouldBe((2, 2));
        again.Error.ShouldContain("exists already");
        (await File.ReadAllTextAsync(Path.Combine(folder, "recipe.yaml"), TestContext.Current.CancellationToken)).ShouldBe(written);
        none.Error.ShouldContain("cannot be opened");
    }
}
