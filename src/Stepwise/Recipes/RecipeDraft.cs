using System.Globalization;
using System.Text;
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
    private const int LongestNames = 400, MostHeldOut = 256, HeldOutShare = 5;

    /// <summary>How many problems are held out where no test file is given: a fifth, at least 1 and at most 256; 0, all of the file, where one is.</summary>
    public int TestProblems => Test is null ? Math.Clamp(Found.Problems / HeldOutShare, 1, MostHeldOut) : 0;

    /// <summary>The recipe's text.</summary>
    /// <param name="folder">The folder it is written to; the files are named as seen from there.</param>
    public string ToYaml(string folder)
    {
        StringBuilder yaml = new();
        void Line(FormattableString line) => yaml.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        Line($"# Written by stepwise init. {Counted.Of(Found.Problems, "problem")} with the fields {Escaped.Line(string.Join(", ", Found.Names), LongestNames)}.");
        Line($"# stepwise recipe lists every key that may stand here.");
        Line($"\nseed: 1\n");
        Line($"policy:");
        Line(Model is null
            ? (FormattableString)$"  # What is trained: {PolicyPath.Allowed}.\n  # model: path"
            : $"  model: {Seen(Model, folder)}");
        Line($"\ntask:\n  name: math\n  train: {Seen(Train, folder)}");
        Line(Test is null
            ? (FormattableString)$"  # No test file was given: testProblems of the training problems are held out, in every run the same.\n  test: held-out"
            : $"  test: {Seen(Test, folder)}");
        Line($"  # A field in another, or in a list, is named by its path: metadata.answer, answers.0.");
        foreach (string missing in Found.Missing)
        {
            Line($"  # No field looks like the {missing}: name it here.");
        }

        Line($"  fields:\n    question: {Found.Fields.Question}\n    answer: {YamlText.DoubleQuoted(Found.Fields.Answer)}");
        Line($"    # Empty where there is none; the id is the number of the line then.");
        Line($"    solution: {YamlText.DoubleQuoted(Found.Fields.Solution)}\n    id: {YamlText.DoubleQuoted(Found.Fields.Id)}");
        Line($"  # 0 for all.\n  trainProblems: 0\n  testProblems: {TestProblems}");
        Line(Found.Fields.Solution.Length > 0
            ? (FormattableString)$"\n# The judge reads the reference solutions; where it cannot tell, a sample is left out.\nmethod:\n  name: sgpo\n  denominator: reference"
            : $"\n# Without reference solutions there is no judge, and the answers alone are rewarded.\nmethod:\n  name: grpo");
        Line($"\ntraining:\n  steps: 100\n  promptsPerStep: 4\n  groupSize: 8\n  learningRate: 1e-6");
        Line($"\n# Tokens of a completion; one that is cut off has no answer.\nsampling:\n  maxNewTokens: 512");
        Line($"\nevaluation:\n  problems: {Math.Min(64, TestProblems == 0 ? 64 : TestProblems)}\n  samples: 1");
        return yaml.ToString();
    }

    private static string Seen(string path, string folder) =>
        YamlText.DoubleQuoted(Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'));
}
