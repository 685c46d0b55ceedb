using System.Globalization;
using Stepwise.Files;
using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Recipes;

/// <summary>A recipe for somebody's file of mathematics, to be read and changed by them.</summary>
/// <param name="Found">What the file seems to hold.</param>
/// <param name="Train">The file.</param>
/// <param name="Test">A file of test problems, or <see langword="null"/> to hold some of the training problems out.</param>
/// <param name="Model">The policy, or <see langword="null"/> to leave it open.</param>
public sealed record RecipeDraft(FoundFields Found, string Train, string? Test, string? Model)
{
    private const int LongestNames = 400, MostHeldOut = 256, HeldOutShare = 5, MostEvaluated = 64;

    /// <summary>
    /// How many problems are held out where no test file is given: a fifth, at least 1 and at most 256; 0, all of the file, where one is.
    /// </summary>
    public int TestProblems => Test is null ? Math.Clamp(Found.Problems / HeldOutShare, 1, MostHeldOut) : 0;

    /// <summary>The recipe's text.</summary>
    /// <param name="folder">The folder it is written to; the files are named as seen from there.</param>
    public string ToYaml(string folder)
    {
        string names = Escaped.Line(string.Join(", ", Found.Names), LongestNames);
        string missing = string.Concat(Found.Missing.Select(what => $"  # No field looks like the {what}: name it here.\n"));
        string model = Model is null ? $"# What is trained: {PolicyPath.Allowed}.\n  # model: path" : $"model: {Seen(Model, folder)}";
        string test = Test is null
            ? "# No test file was given: testProblems of the training problems are held out, in every run the same.\n  test: held-out"
            : $"test: {Seen(Test, folder)}";
        string method = Found.Fields.Solution.Length > 0
            ? "# The judge reads the solutions; where it cannot tell, a sample is left out.\nmethod:\n  name: sgpo\n  denominator: reference"
            : "# Without reference solutions there is no judge, and the answers alone are rewarded.\nmethod:\n  name: grpo";
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Written by stepwise init: {Counted.Of(Found.Problems, "problem")} with the fields {names}.
            # stepwise recipe lists every key that may stand here.

            seed: 1

            policy:
              {model}

            task:
              name: math
              train: {Seen(Train, folder)}
              {test}
              # A field in another, or in a list, is named by its path: metadata.answer, answers.0.
            {missing}  fields:
                question: {Found.Fields.Question}
                answer: {YamlText.DoubleQuoted(Found.Fields.Answer)}
                # Empty where there is none; the id is the number of the line then.
                solution: {YamlText.DoubleQuoted(Found.Fields.Solution)}
                id: {YamlText.DoubleQuoted(Found.Fields.Id)}
              # 0 for all.
              trainProblems: 0
              testProblems: {TestProblems}

            {method}

            training:
              steps: 100
              promptsPerStep: 4
              groupSize: 8
              learningRate: 1e-6

            # Tokens of a completion; one that is cut off has no answer.
            sampling:
              maxNewTokens: 512

            evaluation:
              problems: {(TestProblems == 0 ? MostEvaluated : Math.Min(MostEvaluated, TestProblems))}
              samples: 1

            """);
    }

    private static string Seen(string path, string folder) =>
        YamlText.DoubleQuoted(Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'));
}
