using Stepwise.Problems;
using Stepwise.Recipes;
using Stepwise.Tasks.Chains;

namespace Stepwise.Tests.Recipes;

public sealed class RecipeContentsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("stepwise-contents").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_ModelFolder_SeesWhatIsLoadedAndNothingElse()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), "{}");
        string before = Model();

        foreach (string stray in new[] { "README.md", ".DS_Store", "notes.txt", "exported.gguf", "vocab.json", "other.safetensors" })
        {
            File.WriteAllText(Path.Combine(_folder, stray), "x");
        }

        string.Equals(Model(), before, StringComparison.Ordinal).ShouldBeTrue();

        File.WriteAllText(Path.Combine(_folder, "config.json"), "{ }");
        string changed = Model();
        string.Equals(changed, before, StringComparison.Ordinal).ShouldBeFalse();

        File.WriteAllText(Path.Combine(_folder, "model.safetensors"), "x");
        string.Equals(Model(), changed, StringComparison.Ordinal).ShouldBeFalse();
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("chat_template.jinja")]
    [InlineData("generation_config.json")]
    [InlineData("adapter_config.json")]
    [InlineData("adapter_model.safetensors")]
    [InlineData("part-1.safetensors")]
    public void Of_ModelFolder_SeesEveryFileThatIsLoaded(string name)
    {
        Write("model.safetensors.index.json", """{"weight_map": {"a": "part-1.safetensors"}}""");
        string before = Model();

        Write(name, "{}");
        Model().ShouldNotBe(before, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("""{"weight_map": 1}""")]
    [InlineData("""{"weight_map": {"a": "../../etc/passwd", "b": 7}}""")]
    public void Of_UnsoundIndex_CountsByItself(string index)
    {
        Write("model.safetensors.index.json", index);

        Dictionary<string, string> parts = new(StringComparer.Ordinal);
        RecipeContents.Of(Recipe(), parts);
        parts.Keys.ShouldBe(["recipe.yaml", "policy.model/model.safetensors.index.json"]);
    }

    [Fact]
    public void Of_Adapters_SeesTheirBaseModel()
    {
        string model = Path.Combine(_folder, "adapters");
        Directory.CreateDirectory(model);
        File.WriteAllText(Path.Combine(model, "adapter_config.json"), """{"base_model_name_or_path": ".."}""");
        Write("config.json", "{}");
        Dictionary<string, string> parts = new(StringComparer.Ordinal);

        RecipeContents.Of(new Recipe { Policy = new PolicyOptions { Model = model } }, parts);

        parts.Keys.ShouldBe(["recipe.yaml", "policy.model/adapter_config.json", "policy.model/base/config.json"]);
    }

    [Fact]
    public void Digest_OfOtherProblems_DiffersInThatPartAlone()
    {
        Dictionary<string, string> before = new(StringComparer.Ordinal), after = new(StringComparer.Ordinal);
        Problem[] one = [new("1", "1+1", "2")], other = [new("1", "1+1", "2", "1+1=2")];

        RecipeContents.Digest(Recipe(), Sets(one), after).ShouldBe(RecipeContents.Digest(Recipe(), Sets(one), before));
        after.ShouldBe(before);
        RecipeContents.Digest(Recipe(), Sets(other), after).ShouldNotBe(RecipeContents.Digest(Recipe(), Sets(one), before), StringComparer.Ordinal);

        after.Where(part => !before.Contains(part)).Select(part => part.Key).ShouldBe(["the training set"]);
        before.Keys.ShouldBe(["recipe.yaml", "the training set", "the test set"]);

        ProblemSets Sets(Problem[] train) => new(new ChainedArithmetic(), train, one);
    }

    private string Model() => RecipeContents.Of(Recipe()).Policy.Model;

    private Recipe Recipe() => new() { Policy = new PolicyOptions { Model = _folder } };

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
