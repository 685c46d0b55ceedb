using System.Text.RegularExpressions;
using Stepwise.Judging.Models;
using Stepwise.Judging.Paid;
using Stepwise.Options;

namespace Stepwise.Judging.Endpoints;

/// <summary>
/// A judge that is a language model behind an OpenAI-compatible endpoint (vLLM, SGLang, llama-server, Ollama, hosted services). Nothing is asked but at the
/// address that the recipe names.
/// </summary>
public sealed partial record LlmJudgeOptions : ModelJudgeOptions
{
    private const string NoKey = "none";

    /// <summary>The server's address up to its version.</summary>
    [Key("address of an OpenAI-compatible server, up to its version: http://127.0.0.1:8000/v1")]
    public string Endpoint { get; init; } = "";

    /// <summary>The model's name on that server.</summary>
    [Key("the model's name on that server")]
    public string Model { get; init; } = "";

    /// <summary>The environment variable that holds the key, never the key itself; <c>none</c> sends none, as does a variable that is not set.</summary>
    [Key("environment variable that holds the server's key, never the key itself; none sends no key")]
    public string KeyFrom { get; init; } = "OPENAI_API_KEY";

    /// <summary>The longest time for an answer, in seconds; above 0.</summary>
    [Key("longest time for an answer", Unit = "seconds", Low = 0, AboveLow = true, High = 86_400)]
    public double Timeout { get; init; } = 300;

    /// <summary>Questions that are asked at once; at least 1.</summary>
    [Key("questions that are asked at once", Unit = "requests", Low = 1, High = 4096)]
    public int Concurrency { get; init; } = 16;

    /// <summary>The most requests per minute; <see langword="null"/> for no bound.</summary>
    [Key("most requests per minute, evenly spread", Unit = "requests", Low = 0, AboveLow = true, High = 1e9)]
    public double? RequestsPerMinute { get; init; }

    /// <summary>The most tokens per minute, read and written; <see langword="null"/> for no bound.</summary>
    [Key("most tokens per minute, evenly spread", Unit = "tokens", Low = 0, AboveLow = true, High = 1e12)]
    public double? TokensPerMinute { get; init; }

    /// <summary>What may be spent.</summary>
    [Section("budget")]
    public JudgeBudget Budget { get; init; } = new();

    /// <inheritdoc/>
    public override void Check()
    {
        base.Check();
        _ = EndpointAddress.Read(Endpoint, nameof(Endpoint));
        if (Model.Length == 0)
        {
            throw new OptionException(nameof(Model), " is not set; give the model's name as the server knows it.");
        }

        if (!string.Equals(KeyFrom, NoKey, StringComparison.Ordinal) && !VariableName().IsMatch(KeyFrom))
        {
            throw new OptionException(
                nameof(KeyFrom), " is no name of an environment variable in capitals (what was given is not shown, as it may be a key). Put the key into a "
                + "variable and give the variable's name, such as OPENAI_API_KEY, or none.");
        }
    }

    /// <inheritdoc/>
    public override IStepJudge Create(JudgeSetting setting)
    {
        Uri endpoint = EndpointAddress.Read(Endpoint, nameof(Endpoint));
        string? key = string.Equals(KeyFrom, NoKey, StringComparison.Ordinal) ? null
            : Environment.GetEnvironmentVariable(KeyFrom)?.Trim() is { Length: > 0 } held ? held : null;
        EndpointAddress.RequireSafe(endpoint, key, KeyFrom);
        return Create(setting, time => new EndpointModel(endpoint, Model, key, TimeSpan.FromSeconds(Timeout), time), TimeProvider.System);
    }

    /// <summary>The judge over something that answers, with all that is around it.</summary>
    internal ChatJudge Create(JudgeSetting setting, Func<TimeProvider, IChatModel> open, TimeProvider time)
    {
        AnswerCache cache = AnswerCache.Open(CachePath(setting));
        JudgeLedger ledger = new(Budget);
        (long calls, long tokensIn, long tokensOut) = cache.Paid;
        ledger.Pay(calls, tokensIn, tokensOut);
        IChatModel paced = new RatedModel(open(time), RequestsPerMinute, TokensPerMinute, time);
        IChatModel asked = new ConcurrentModel(new BudgetedModel(new RetriedModel(paced, ledger, time), Budget, ledger), Concurrency);
        return Judge("llm", new KeptModel(asked, cache, ledger), setting, ledger);
    }

    [GeneratedRegex("^[A-Z_][A-Z0-9_]{0,63}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariableName();
}
