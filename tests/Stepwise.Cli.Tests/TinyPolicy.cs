using Stepwise.Engine.Formats;
using Stepwise.Tasks.Chains;

[assembly: AssemblyFixture(typeof(Stepwise.Cli.Tests.TinyPolicy))]

namespace Stepwise.Cli.Tests;

/// <summary>
/// A folder with a policy of two small layers that was taught one-step chains for a moment, by the program itself: it solves some, so
/// training has signal from the first step. Removed after the last test.
/// </summary>
public sealed class TinyPolicy : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("stepwise-").FullName;

    /// <summary>The taught policy.</summary>
    public string Model => In("taught");

    /// <summary>A configuration and a tokenizer without weights.</summary>
    public string Untaught => In("untaught");

    /// <summary>Four training steps on <see cref="Model"/>.</summary>
    public string Recipe => In("tiny.yaml");

    /// <summary>The weights of a run's newest checkpoint.</summary>
    public static byte[] Weights(string run) => File.ReadAllBytes(Directory.GetFiles(
        Directory.GetDirectories(Path.Combine(run, "checkpoints")).Order(StringComparer.Ordinal).Last(), "model.safetensors", SearchOption.AllDirectories)
        .Single());

    /// <summary>A path in the folder that is not used yet.</summary>
    public string Fresh() => In(Guid.NewGuid().ToString("N"));

    /// <summary>A file of the folder with this content.</summary>
    public string Write(string extension, string content)
    {
        string path = Fresh() + extension;
        File.WriteAllText(path, content);
        return path;
    }

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Untaught);
        await File.WriteAllTextAsync(Path.Combine(Untaught, "config.json"), """
            {
              "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32, "intermediate_size": 64,
              "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 17,
              "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000, "tie_word_embeddings": true,
              "initializer_range": 0.08, "eos_token_id": 16
            }
            """);
        TokenizerFile.Write(TokenizerFile.CreateCharacterLevel(ChainedArithmetic.Alphabet, "<|end|>"), Untaught);
        await File.WriteAllTextAsync(Recipe, """
            policy:
              model: taught
            task:
              operations: 2
              maxStart: 4
              maxOperand: 3
              modulus: 5
              trainProblems: 24
              testProblems: 5
            training:
              steps: 4
              promptsPerStep: 3
              groupSize: 4
              learningRate: 1e-3
            sampling:
              maxNewTokens: 24
            evaluation:
              samples: 2
              every: 2
            report:
              showGroupEvery: 2
            """);
        Output taught = await Program.RunAsync(
            "sft", Recipe, "--out", Model, "--set", $"policy.model={Untaught}", "--set", "policy.weights=random", "--set", "training.steps=60",
            "--set", "training.learningRate=5e-3", "--set", "sft.batchSize=16");
        taught.Code.ShouldBe(0, taught.Error);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private string In(string name) => Path.Combine(_folder, name);
}
