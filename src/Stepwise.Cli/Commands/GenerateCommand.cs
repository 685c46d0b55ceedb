using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Stepwise.Cli.Display;
using Stepwise.Engine.Loading;
using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise generate</c>: lets a policy continue a text or answer a message.</summary>
internal static class GenerateCommand
{
    private const int MaxPromptCharacters = 1 << 22;

    public static Command Create()
    {
        SamplingOptions defaults = new();
        Option<string?> model = ModelOptions.Option();
        Option<string?> prompt = new("--prompt") { Description = "The text to continue, as it stands (default: standard input).", HelpName = "text" };
        Option<bool> chat = new("--chat") { Description = "Put the prompt as a user's message in the model's chat template." };
        Option<bool> noThinking = new("--no-thinking")
        {
            Description = "With --chat: ask for an answer without thinking first, of a model whose template knows enable_thinking.",
        };
        Option<bool> greedy = new("--greedy") { Description = "Take the most likely token each time." };
        Option<double> temperature = CommonOptions.Number("--temperature", "Divides the logits; 0 is greedy.", 0, 100, defaults.Temperature);
        Option<int> topK = CommonOptions.Whole("--top-k", "Keep the k most likely tokens; 0 keeps all.", 0, 10_000_000, defaults.TopK);
        Option<double> topP = CommonOptions.Number("--top-p", "Keep the most likely tokens that together reach this.", 1e-9, 1, defaults.TopP);
        Option<double> minP = CommonOptions.Number("--min-p", "Drop tokens less likely than this share of the most likely.", 0, 0.999999, defaults.MinP);
        Option<int> maxTokens = CommonOptions.Whole("--max-tokens", "The most tokens to generate.", 1, 10_000_000, defaults.MaxNewTokens);
        Option<string[]> stop = new("--stop")
        {
            Description = "A text that ends the answer once it appears in it; may be given several times.",
            HelpName = "text",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<ulong?> seed = CommonOptions.Seed("Decides the sample; default 1.");
        Option<FrozenType?> weights = CommonOptions.Weights();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "generate",
            "Let a policy continue a text or answer a message.",
            """
            echo 37+8+61 | stepwise generate --model starter
            stepwise generate --model SmolLM2-135M-Instruct.gguf --chat --prompt "What is 7 times 8?" --greedy
            """)
        {
            model, prompt, chat, noThinking, greedy, temperature, topK, topP, minP, maxTokens, stop, seed, weights, threads, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Terminal terminal = Terminal.Of(parsed);
            string source = ModelOptions.Resolve(parsed, parsed.GetRequiredValue(model)!);
            SamplingOptions sampling = defaults with
            {
                Temperature = parsed.GetValue(greedy) ? 0 : parsed.GetValue(temperature),
                TopK = parsed.GetValue(topK),
                TopP = parsed.GetValue(topP),
                MinP = parsed.GetValue(minP),
                MaxNewTokens = parsed.GetValue(maxTokens),
                StopStrings = [.. parsed.GetValue(stop) ?? []],
            };
            string text = parsed.GetValue(prompt) ?? await ReadAsync(terminal.Input, cancellationToken).ConfigureAwait(false);
            if (text.Length == 0)
            {
                throw new InputException("The prompt is empty; give one with --prompt or on standard input.");
            }

            if (parsed.GetValue(noThinking) && !parsed.GetValue(chat))
            {
                throw new InputException("--no-thinking is given without --chat; a text that is continued as it stands has no template.");
            }

            Prompt asked = parsed.GetValue(chat)
                ? Chat(text, parsed.GetValue(noThinking))
                : new TextPrompt(text) { WithControlTokens = true };
            FrozenType stored = parsed.GetValue(weights) ?? FrozenType.Float32;
            using IPolicy policy = PolicyLoader.LoadToAnswer(source, asked, sampling.MaxNewTokens, stored, parsed.GetValue(threads));
            long started = Stopwatch.GetTimestamp();
            int[] tokens = policy.Tokenizer.Encode(asked);
            Completion completion = (await policy.SampleAsync(
                [new SampleRequest(tokens, [parsed.GetValue(seed) ?? 1])], sampling, cancellationToken: cancellationToken).ConfigureAwait(false))[0][0];
            cancellationToken.ThrowIfCancellationRequested();
            Divergence.RequireFinite(completion, source);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (parsed.GetValue(json))
            {
                JsonLine.Write(terminal.Output, new
                {
                    @event = "end",
                    completion.Text,
                    Tokens = completion.Tokens.Length,
                    PromptTokens = tokens.Length,
                    Finish = JsonNamingPolicy.KebabCaseLower.ConvertName(completion.Finish.ToString()),
                    Seconds = seconds,
                    TokensPerSecond = completion.Tokens.Length / seconds,
                });
            }
            else
            {
                // A terminal obeys control characters; what reads a file or a pipe gets the text as it is.
                terminal.Output.WriteLine(terminal.Interactive ? Escaped.Lines(completion.Text) : completion.Text);
            }
        });
        return command;
    }

    /// <summary>A user's message of today; whether to think is left to the template unless it is told not to.</summary>
    private static ChatPrompt Chat(string text, bool noThinking) => new([new ChatMessage("user", text.TrimEnd())])
    {
        Variables = noThinking ? new Dictionary<string, object>(StringComparer.Ordinal) { ["enable_thinking"] = false } : [],
        Today = DateOnly.FromDateTime(DateTime.Now),
    };

    /// <summary>Reads to the end on another thread: the console's reader blocks, and knows no cancellation.</summary>
    private static Task<string> ReadAsync(TextReader input, CancellationToken cancellationToken) =>
        Task.Run(() => ReadWhole(input), cancellationToken).WaitAsync(cancellationToken);

    /// <summary>Reads to the end, which may never come.</summary>
    private static string ReadWhole(TextReader input)
    {
        char[] text = new char[MaxPromptCharacters + 1];
        int length = input.ReadBlock(text);
        return length <= MaxPromptCharacters
            ? new string(text, 0, length)
            : throw new InputException(
                $"The prompt on standard input is longer than {MaxPromptCharacters} characters; no model's context holds it.");
    }
}
