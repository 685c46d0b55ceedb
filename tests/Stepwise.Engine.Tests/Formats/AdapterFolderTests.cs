using Stepwise.Engine.Formats;
using Stepwise.Engine.Models;
using Stepwise.Problems;
using Stepwise.Tests;

namespace Stepwise.Engine.Tests.Formats;

public sealed class AdapterFolderTests : IDisposable
{
    private const string Bare = "{% for m in messages %}{{ m.content }}{% endfor %}";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadTokenizer_OwnTemplate_GoesBeforeTheBaseModels()
    {
        string adapters = Adapters("tiny-320");
        File.WriteAllText(Path.Combine(_folder.File("qwen3"), "chat_template.jinja"), "BASE {{ messages[0].content }}");
        File.WriteAllText(Path.Combine(adapters, "chat_template.jinja"), Bare);
        Encode(adapters, new ChatPrompt([new ChatMessage("user", "hi")])).ShouldBe(Encode(adapters, new TextPrompt("hi")));
        File.Delete(Path.Combine(adapters, "tokenizer.json"));
        Encode(adapters, new ChatPrompt([new ChatMessage("user", "hi")])).ShouldBe(Encode(adapters, new TextPrompt("hi")));
        File.Delete(Path.Combine(adapters, "chat_template.jinja"));
        Encode(adapters, new ChatPrompt([new ChatMessage("user", "hi")])).ShouldBe(Encode(adapters, new TextPrompt("BASE hi")));
    }

    [Fact]
    public void ReadTokenizer_OtherVocabulary_RefusedByName()
    {
        string adapters = Adapters("smollm2");
        using IWeightSource source = WeightSource.Open(adapters);
        string message = Should.Throw<InputException>(source.ReadTokenizer).Message;
        message.ShouldStartWith(Path.Combine(adapters, "tokenizer.json"));
        message.ShouldContain("does not fit the base model");
    }

    private static int[] Encode(string adapters, Prompt prompt)
    {
        using IWeightSource source = WeightSource.Open(adapters);
        return source.ReadTokenizer().Encode(prompt);
    }

    /// <summary>The golden adapters over qwen3, with a tokenizer beside them.</summary>
    private string Adapters(string tokenizer)
    {
        Copy(SharedFolder.Require("golden", "models", "qwen3"), _folder.File("qwen3"), "config.json", "model.safetensors");
        Copy(SharedFolder.Require("tokenizers", "tiny-320"), _folder.File("qwen3"), "tokenizer.json");
        string adapters = _folder.File("adapters");
        Copy(SharedFolder.Require("golden", "lora", "qwen3"), adapters, "adapter_config.json", "adapter_model.safetensors");
        Copy(SharedFolder.Require("tokenizers", tokenizer), adapters, "tokenizer.json");
        string config = Path.Combine(adapters, "adapter_config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"qwen3\"", "\"../qwen3\"", StringComparison.Ordinal));
        return adapters;
    }

    private static void Copy(string from, string to, params ReadOnlySpan<string> names)
    {
        Directory.CreateDirectory(to);
        foreach (string name in names)
        {
            File.Copy(Path.Combine(from, name), Path.Combine(to, name));
        }
    }
}
