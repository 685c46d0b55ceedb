using Examples;
using Stepwise;
using Stepwise.Engine.Loading;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Runs;

if (args.Length == 0)
{
    Console.Error.WriteLine("Usage: CarrylessAddition <recipe.yaml> [key=value ...]");
    return 2;
}

try
{
    Recipe recipe = Recipe.Load(args[0], args[1..]);
    ProblemSets problems = new(
        new CarrylessAddition(), Train: Problems.Make(seed: 1, recipe.Task.TrainProblems), Test: Problems.Make(seed: 2, recipe.Task.TestProblems));
    using IPolicy policy = PolicyLoader.Load(recipe, Environment.ProcessorCount);
    RunFolder folder = RunFolder.Create(null, recipe, DateTimeOffset.Now);
    RunResult result = await new TrainingRun(recipe, problems, policy) { Folder = folder, Observer = new StepLines() }.ExecuteAsync();
    Console.WriteLine($"Solve rate {result.SolveRateBefore.Estimate:P1} before, {result.SolveRateAfter.Estimate:P1} after; see {Path.GetRelativePath(".", folder.Path)}");
    return 0;
}
catch (Exception error) when (error is InputException or RunException)
{
    Console.Error.WriteLine(error.Message);
    return error is InputException ? 2 : 1;
}
