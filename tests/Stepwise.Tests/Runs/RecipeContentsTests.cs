using Stepwise.Runs;

namespace Stepwise.Tests.Runs;

public sealed class RecipeContentsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("stepwise-contents").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_ModelFolder_SeesWhatIsLoadedAndNothingElse()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), "{}");
        string before = Model();

        File.WriteAllText(Path.Combine(_folder, "README.md"), "a page");
        string.Equals(Model(), before, StringComparison.Ordinal).ShouldBeTrue();

        File.WriteAllText(Path.Combine(_folder, "config.json"), "{ }");
        string changed = Model();
        string.Equals(changed, before, StringComparison.Ordinal).ShouldBeFalse();

        File.WriteAllText(Path.Combine(_folder, "model.safetensors"), "x");
        string.Equals(Model(), changed, StringComparison.Ordinal).ShouldBeFalse();
    }

    private string Model() => RecipeContents.Of(new Recipe { Policy = new PolicyOptions { Model = _folder } }).Policy.Model;
}
