using Stepwise.Engine.Loading;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Runs;

namespace Stepwise.Cli.Tests;

/// <summary>The run as a library, without the program around it.</summary>
public sealed class TrainingRunTests(TinyPolicy tiny)
{
    [Fact]
    public async Task Execute_WithoutFolder_GivesTheSameCurveAsWithOne()
    {
        string folder = tiny.Fresh();

        RunResult bare = await ExecuteAsync(folder: null);
        RunResult kept = await ExecuteAsync(folder);

        bare.SolveRates.Select(e => e.Step).ShouldBe([0, 2, 4]);
        bare.SolveRates.ShouldBe(kept.SolveRates);
        bare.Steps.Select(step => step.Step).ShouldBe([1, 2, 3, 4]);
        bare.SampledTokens.ShouldBe(kept.SampledTokens);
        bare.SolveRateAfter.ShouldBe(bare.Evaluations[^1].Result.SolveRate);
    }

    private async Task<RunResult> ExecuteAsync(string? folder)
    {
        Recipe recipe = Recipe.Load(tiny.Recipe);
        using IPolicy policy = PolicyLoader.Load(recipe, threads: 1);
        TrainingRun run = new(recipe, ProblemSets.Load(recipe, TestContext.Current.CancellationToken), policy)
        {
            Folder = folder is null ? null : RunFolder.Create(folder, recipe, DateTimeOffset.UnixEpoch),
        };
        return await run.ExecuteAsync(cancellationToken: TestContext.Current.CancellationToken);
    }
}
