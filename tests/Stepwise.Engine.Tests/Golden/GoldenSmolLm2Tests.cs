using System.Text.Json;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Loading;
using Stepwise.Policies;
using Stepwise.Tests;

namespace Stepwise.Engine.Tests.Golden;

/// <summary>SmolLM2-135M-Instruct from its GGUF file against transformers on the same dequantised weights.</summary>
public sealed class GoldenSmolLm2Tests(ITestOutputHelper output)
{
    [Fact]
    public async Task LocalPolicy_FromGguf_GivesTheReferencesLogProbsAndGreedyChats()
    {
        string model = SharedFolder.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        JsonElement golden = JsonDocument.Parse(await File.ReadAllTextAsync(
            SharedFolder.Require("golden", "smollm2", "golden.json"), TestContext.Current.CancellationToken)).RootElement;
        using SafetensorsFile states = SafetensorsFile.Open(SharedFolder.Require("golden", "smollm2", "golden.safetensors"));
        using LocalPolicy policy = LocalPolicy.Load(model, Environment.ProcessorCount);

        double sum = 0;
        long scored = 0;
        int i = 0;
        foreach (JsonElement text in golden.GetProperty("texts").EnumerateArray())
        {
            int[] ids = Ints(text.GetProperty("ids"));
            policy.Tokenizer.Encode(text.GetProperty("text").GetString()!).ShouldBe(ids);
            float[] expected = Floats(states, $"logprobs.{i}");
            float[] actual = (await policy.ScoreAsync(
                [new ScoreRequest([ids[0]], [ids[1..]])], cancellationToken: TestContext.Current.CancellationToken))[0][0];
            double worst = actual.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max();
            output.WriteLine($"text {i}: {actual.Length} log-probabilities, largest difference {worst:E2}");
            worst.ShouldBeLessThan(1e-4);
            sum -= actual.Sum(l => (double)l);
            scored += actual.Length;
            if (i < 2)
            {
                float[] logits = policy.LastLogits(ids);
                double logitDifference = logits.Zip(Floats(states, $"logits_last.{i}"), (a, b) => Math.Abs((double)a - b)).Max();
                output.WriteLine($"text {i}: largest difference of the last logits {logitDifference:E2}");
                logitDifference.ShouldBeLessThan(1e-3);
            }

            i++;
        }

        scored.ShouldBe(golden.GetProperty("tokens_scored").GetInt64());
        Math.Exp(sum / scored).ShouldBe(golden.GetProperty("perplexity_over_all_texts").GetDouble(), 1e-3);

        foreach (JsonElement chat in golden.GetProperty("chats").EnumerateArray())
        {
            int[] prompt = policy.Tokenizer.Encode(chat.GetProperty("prompt").GetString()!);
            prompt.ShouldBe(Ints(chat.GetProperty("ids")));
            int[] greedy = Ints(chat.GetProperty("greedy"));
            Completion completion = (await policy.SampleAsync(
                [new SampleRequest(prompt, [0])], new SamplingOptions { Temperature = 0, MaxNewTokens = greedy.Length },
                cancellationToken: TestContext.Current.CancellationToken))[0][0];
            completion.Tokens.ShouldBe(greedy);
            completion.Text.ShouldBe(chat.GetProperty("text").GetString());
            output.WriteLine($"chat: {completion.Text.ReplaceLineEndings(" ")}");
        }
    }

    private static float[] Floats(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Tensor(name).Count];
        file.Read(name, values);
        return values;
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
}
