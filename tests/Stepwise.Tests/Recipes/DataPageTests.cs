using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Parquet.Serialization;
using Stepwise.Recipes;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Recipes;

/// <summary>The files and recipes of docs/data.md are read as the page says.</summary>
public sealed partial class DataPageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("story.jsonl", "a-1 Tom has 3 apples and buys 2. How many has he? = 5.0", "a-2 A box holds 12 eggs. How many hold 4? = 48.0")]
    [InlineData("nested.json", "line-1 Solve $x^2 = 4$. = -2, 2", "line-2 What is $\\frac{1}{2} + \\frac{1}{3}$? = \\frac{5}{6}")]
    [InlineData("table.csv", "line-2 What is 1,000 + 1? = 1001", "line-3 Say \"two\" as a number. = 2")]
    [InlineData("chat.parquet", "line-1 End with \\boxed{}.\nWhat is 6 * 7? = 42", "line-2 What is 6 + 7? End with \\boxed{}. = 13")]
    public async Task Example_OfThePage_IsReadAsItSays(string name, string first, string second)
    {
        Match example = Examples().Matches(Page()).Single(match => string.Equals(match.Groups["name"].Value, name, StringComparison.Ordinal));
        await WriteAsync(name, example.Groups["content"].Value);
        Recipe recipe = Recipe.Parse(example.Groups["recipe"].Value + $"policy: {{ model: '{_folder.Path}' }}\n", _folder.In("r.yaml"));

        ProblemSets problems = ProblemSets.Load(recipe, TestContext.Current.CancellationToken);

        problems.Test.ShouldHaveSingleItem();
        problems.Train.Concat(problems.Test).Select(p => $"{p.Id} {p.Question} = {p.Answer}").Order(StringComparer.Ordinal).ShouldBe([first, second]);
    }

    [Fact]
    public void Examples_OfThePage_AreAllTested() => Examples().Count(Page()).ShouldBe(Page().Split("```yaml\n").Length - 1);

    private async Task WriteAsync(string name, string content)
    {
        if (!name.EndsWith(".parquet", StringComparison.Ordinal))
        {
            await File.WriteAllTextAsync(_folder.In(name), content, TestContext.Current.CancellationToken);
            return;
        }

        ChatRow[] rows = [.. content.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<ChatRow>(line)!)];
        await ParquetSerializer.SerializeAsync(rows, _folder.In(name), cancellationToken: TestContext.Current.CancellationToken);
    }

    private static string Page() => File.ReadAllText(Path.Combine(Root(), "docs", "data.md"));

    private static string Root()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Stepwise.slnx")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    [GeneratedRegex("`(?<name>[a-z]+\\.[a-z]+)`:\n\n```\n(?<content>(?s:.*?))```\n\n```yaml\n(?<recipe>(?s:.*?))```", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Examples();

    private sealed record ChatRow
    {
        [JsonPropertyName("prompt")]
        public List<Turn>? Prompt { get; init; }

        [JsonPropertyName("reward_model")]
        public RewardModel? Reward { get; init; }
    }

    private sealed record Turn
    {
        [JsonPropertyName("role")]
        public string? Role { get; init; }

        [JsonPropertyName("content")]
        public string? Content { get; init; }
    }

    private sealed record RewardModel
    {
        [JsonPropertyName("ground_truth")]
        public string? GroundTruth { get; init; }
    }
}
