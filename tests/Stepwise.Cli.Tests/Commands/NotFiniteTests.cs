using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

/// <summary>A model whose numbers are not finite is never a success.</summary>
public sealed class NotFiniteTests(TinyPolicy tiny)
{
    [Theory]
    [InlineData(float.NaN, 2, "tensor \"model.norm.weight\" has NaN at place 3, counted from 0; weights must be finite numbers.")]
    [InlineData(float.NegativeInfinity, 2, "has -Infinity at place 3")]
    // A finite weight, but no logit made from it is.
    [InlineData(3e38f, 1, "The policy's numbers are not finite: ")]
    public async Task Commands_ModelIsNotFinite_SaySoAndFail(float weight, int code, string message)
    {
        string model = Spoilt(weight), folder = tiny.Fresh();
        string[][] commands =
        [
            ["generate", "--model", model, "--prompt", "1+2"],
            ["generate", "--model", model, "--prompt", "1+2", "--greedy", "--json"],
            ["generate", "--model", model, "--prompt", "1+2", "--top-k", "3", "--weights", "bfloat16"],
            ["eval", tiny.Recipe, "--model", model],
            ["train", tiny.Recipe, "--set", $"policy.model={model}", "--out", folder],
            ["train", tiny.Recipe, "--set", $"policy.model={model}", "--set", "lora.rank=2", "--out", folder + "-lora"],
            ["sft", tiny.Recipe, "--set", $"policy.model={model}", "--out", tiny.Fresh()],
        ];
        foreach (string[] command in commands)
        {
            Output output = await Program.RunAsync(command);

            output.Code.ShouldBe(code, string.Join(' ', command));
            output.Error.ShouldContain(command[0] is "sft" && code == 1 ? "diverged" : message);
        }

        Directory.Exists(folder).ShouldBe(code == 1);
    }

    [Theory]
    [InlineData("sampling.topK=5", "sampling.topK is 5: ")]
    [InlineData("sampling.topP=0.9", "sampling.topP is 0.9: ")]
    [InlineData("sampling.minP=0.1", "sampling.minP is 0.1: ")]
    public async Task Train_FilteredSampling_IsRefusedBeforeAFolderIsMadeAndEvalTakesIt(string setting, string message)
    {
        string folder = tiny.Fresh();

        Output trained = await Program.RunAsync("train", tiny.Recipe, "--set", setting, "--out", folder);
        Output compared = await Program.RunAsync("compare", tiny.Recipe, tiny.Write(".yaml", await File.ReadAllTextAsync(
            tiny.Recipe, TestContext.Current.CancellationToken)), "--set", setting, "--out", folder);
        Output measured = await Program.RunAsync("eval", tiny.Recipe, "--set", setting);

        (trained.Code, compared.Code, measured.Code).ShouldBe((2, 2, 0));
        trained.Error.ShouldContain(message);
        compared.Error.ShouldContain(message);
        Directory.Exists(folder).ShouldBeFalse();
    }

    /// <summary>A copy of the taught policy with another number in its last norm.</summary>
    private string Spoilt(float weight)
    {
        string folder = tiny.Fresh();
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(tiny.Model))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        string path = Path.Combine(folder, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        int header = BitConverter.ToInt32(bytes);
        using JsonDocument json = JsonDocument.Parse(bytes.AsMemory(8, header));
        JsonElement offsets = json.RootElement.GetProperty("model.norm.weight").GetProperty("data_offsets");
        int start = 8 + header + offsets[0].GetInt32(), end = 8 + header + offsets[1].GetInt32();
        for (int at = start + (3 * sizeof(float)); at < end; at += sizeof(float))
        {
            BitConverter.GetBytes(weight).CopyTo(bytes, at);
        }

        File.WriteAllBytes(path, bytes);
        return folder;
    }
}
