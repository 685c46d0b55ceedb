using System.Text.Json;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Kernels;
using Stepwise.Engine.Models;
using Stepwise.Engine.Optimizers;
using Stepwise.Engine.Tests.Models;
using Stepwise.Policies;
using Stepwise.Tests;

namespace Stepwise.Engine.Tests.Golden;

/// <summary>PEFT's adapters over tiny checkpoints: logits, log-probabilities, gradients and training against PyTorch and PEFT.</summary>
public sealed class GoldenLoraTests(ITestOutputHelper output)
{
    /// <summary>The golden adapters.</summary>
    public static TheoryData<string> Families => ["qwen3", "llama3-scaled-rope"];

    [Theory]
    [MemberData(nameof(Families))]
    public unsafe void Adapters_OfPeft_GiveItsLogitsGradientsAndTraining(string family)
    {
        string model = SharedFolder.Require("golden", "models", family), folder = SharedFolder.Require("golden", "lora", family);
        (LoraOptions options, string baseModel) = AdapterConfigFile.Read(folder);
        baseModel.ShouldBe(family);
        using SafetensorsFile states = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
        JsonElement json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden.json"))).RootElement;
        int[] tokens = new int[states.Tensor("tokens").Count];
        states.ReadExact<int>("tokens", tokens);
        using TestPass pass = new(model, folder, options);
        Print("logits", Largest(pass.Logits(tokens), Floats("logits"))).ShouldBeLessThan(1e-4);
        Print("log-probs", Largest(pass.LogProbs(tokens), Floats("logprobs"))).ShouldBeLessThan(1e-5);

        TrainingBatch batch = MeanLogProb(tokens, json.GetProperty("prompt_length").GetInt32());
        (float[] gradient, double loss) = pass.Gradient(batch);
        Print("loss", Math.Abs(loss - json.GetProperty("loss").GetDouble())).ShouldBeLessThan(1e-5);
        AdapterLayout layout = pass.Adapters!.Layout;
        foreach (Parameter parameter in layout.All)
        {
            float[] expected = Floats("grad." + parameter.Name.Replace(".weight", ".default.weight", StringComparison.Ordinal));
            double error = Largest(gradient.AsSpan((int)parameter.Offset, (int)parameter.Count), expected) / expected.Max(Math.Abs);
            Print($"gradient of {parameter.Name}", error).ShouldBeLessThan(1e-4);
        }

        JsonElement settings = json.GetProperty("adamw");
        using Workers workers = new(2);
        using AdamWOptimizer optimizer = new(
            layout,
            new OptimizerOptions
            {
                Beta1 = settings.GetProperty("beta1").GetDouble(),
                Beta2 = settings.GetProperty("beta2").GetDouble(),
                Epsilon = settings.GetProperty("eps").GetDouble(),
                WeightDecay = settings.GetProperty("weight_decay").GetDouble(),
                ClipNorm = settings.GetProperty("clip_norm").GetDouble(),
            },
            workers);
        double[] losses = [.. settings.GetProperty("losses").EnumerateArray().Select(e => e.GetDouble())];
        double[] norms = [.. settings.GetProperty("gradient_norms").EnumerateArray().Select(e => e.GetDouble())];
        for (int step = 0; step < losses.Length; step++)
        {
            (gradient, loss) = pass.Gradient(batch);
            gradient.CopyTo(optimizer.Gradient.Span);
            double norm = optimizer.Step(pass.Adapters.Values.Pointer, settings.GetProperty("lr").GetDouble()).GradientNorm;
            pass.Adapters.Pack();
            optimizer.Gradient.Span.Clear();
            Print($"loss of step {step + 1}", Math.Abs(loss - losses[step])).ShouldBeLessThan(1e-4);
            Print($"gradient norm of step {step + 1}", Math.Abs(norm - norms[step])).ShouldBeLessThan(1e-3);
        }

        Print("logits after training", Largest(pass.Logits(tokens), Floats("logits_after_training"))).ShouldBeLessThan(1e-3);

        float[] Floats(string name)
        {
            float[] values = new float[states.Tensor(name).Count];
            states.Read(name, values);
            return values;
        }

        double Print(string what, double error)
        {
            output.WriteLine($"{family} {what}: {error:E2}");
            return error;
        }
    }

    /// <summary>Merged on load, with the base model's path put where PEFT has a name.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Merged_OfPeft_GivesItsLogits(string family)
    {
        string model = SharedFolder.Require("golden", "models", family), folder = SharedFolder.Require("golden", "lora", family);
        using TemporaryFolder copy = new();
        File.Copy(Path.Combine(folder, AdapterFolder.WeightsName), copy.File(AdapterFolder.WeightsName));
        AdapterConfigFile.Write(copy.Path, AdapterConfigFile.Read(folder).Options, model);
        using SafetensorsFile states = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
        int[] tokens = new int[states.Tensor("tokens").Count];
        states.ReadExact<int>("tokens", tokens);
        float[] expected = new float[states.Tensor("logits").Count];
        states.Read("logits", expected);
        using AdapterFolder source = new(copy.Path);
        using TestPass pass = new(source);
        double error = Largest(pass.Logits(tokens), expected);
        output.WriteLine($"{family}: logits of merged weights {error:E2}");
        error.ShouldBeLessThan(1e-4);
    }

    private static TrainingBatch MeanLogProb(int[] tokens, int promptLength)
    {
        int[] completion = tokens[promptLength..];
        TrainingSequence sequence = new(
            completion, [.. completion.Select(_ => 1.0)], [.. completion.Select(_ => true)], new float[completion.Length]);
        return new TrainingBatch([new TrainingGroup(tokens[..promptLength], [sequence])], new BatchTotals(1, completion.Length, 256));
    }

    private static double Largest(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        actual.Length.ShouldBe(expected.Length);
        double largest = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs((double)actual[i] - expected[i]));
        }

        return largest;
    }
}
