using System.Text.Json;
using Stepwise.Judging.Models;

namespace Stepwise.Judging.Endpoints;

/// <summary>Reads a chat completion as servers write it: tolerant of what is missing beside the text.</summary>
internal static class EndpointAnswer
{
    // Where a server does not count tokens: of English text.
    private const int CharactersPerToken = 4;

    private static readonly Dictionary<string, ChatFinish> Finishes = new(StringComparer.Ordinal)
    {
        ["stop"] = ChatFinish.Stop, ["length"] = ChatFinish.Length,
    };

    /// <summary>The answer, or <see langword="null"/> where there is none.</summary>
    /// <param name="utf8">The body; untrusted.</param>
    /// <param name="request">What was asked.</param>
    public static ChatAnswer? Read(ReadOnlyMemory<byte> utf8, ChatRequest request)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(utf8);
            return Read(document.RootElement, request);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static ChatAnswer? Read(JsonElement body, ChatRequest request)
    {
        if (Get(body, "choices") is not { ValueKind: JsonValueKind.Array } choices || choices.GetArrayLength() == 0
            || Get(choices[0], "message") is not { ValueKind: JsonValueKind.Object } message)
        {
            return null;
        }

        string text = JudgeAnswer.Text(message, "content") ?? JudgeAnswer.Text(message, "refusal") ?? "";
        ChatFinish finish = Get(choices[0], "finish_reason") is { ValueKind: JsonValueKind.String } word
            ? Finishes.GetValueOrDefault(word.GetString()!, ChatFinish.Other)
            : ChatFinish.Stop;
        return new(
            text, finish, Count(body, "prompt_tokens", request.System.Length + request.User.Length), Count(body, "completion_tokens", text.Length))
        {
            ChoiceLogProbs = request.Choices.Count > 0 ? LogProbs(choices[0], request.Choices) : null,
        };
    }

    /// <summary>A count of tokens that the server tells; where it tells none, or one that cannot be, a guess.</summary>
    private static long Count(JsonElement body, string name, int characters) =>
        Get(body, "usage") is { } usage && Get(usage, name) is { ValueKind: JsonValueKind.Number } count && count.TryGetInt64(out long tokens)
            && tokens is >= 0 and <= ChatAnswer.MostTokens
            ? tokens
            : (characters / CharactersPerToken) + 1;

    /// <summary>Per choice the probability of the first tokens that begin it and no other; a token may have a blank before it or capitals.</summary>
    private static double[]? LogProbs(JsonElement choice, IReadOnlyList<string> choices)
    {
        if (Get(choice, "logprobs") is not { } told || Get(told, "content") is not { ValueKind: JsonValueKind.Array } tokens || tokens.GetArrayLength() == 0
            || Get(tokens[0], "top_logprobs") is not { ValueKind: JsonValueKind.Array } top)
        {
            return null;
        }

        double[] sums = new double[choices.Count];
        foreach (JsonElement token in top.EnumerateArray())
        {
            string begin = (token.ValueKind == JsonValueKind.Object ? JudgeAnswer.Text(token, "token") : null)?.Trim().ToLowerInvariant() ?? "";
            int[] meant = [.. Enumerable.Range(0, choices.Count).Where(c => begin.Length > 0 && choices[c].StartsWith(begin, StringComparison.Ordinal))];
            if (meant is [var one] && Get(token, "logprob") is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out double logProb))
            {
                sums[one] += Math.Exp(Math.Min(0, logProb));
            }
        }

        return Array.ConvertAll(sums, Math.Log);
    }

    private static JsonElement? Get(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) ? value : null;
}
