using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Stepwise.Policies;

namespace Stepwise.Cli;

/// <summary>Options that more than one command has, and options whose values are checked as the recipe's keys are.</summary>
internal static class CommonOptions
{
    private const string ThreadsName = "--threads";
    private const int MostThreads = 1024;
    private const int LongestText = 100;

    public static Option<bool> Json() => new("--json") { Description = "Print JSON objects only, one per line." };

    public static Option<int> Threads() => Threads("Threads to use; changes no result.", Environment.ProcessorCount);

    /// <summary>A number of threads; more than there are processors are as many as there are, see <see cref="CappedThreads"/>.</summary>
    public static Option<int> Threads(string description, int fallback) => new(ThreadsName)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => fallback,
        CustomParser = result => Math.Min(WholeParser(ThreadsName, 1, MostThreads)(result), Environment.ProcessorCount),
    };

    /// <summary>As <see cref="Threads(string, int)"/>; it stands for nothing where it is not given.</summary>
    public static Option<int?> ThreadsIfGiven(string description) => new(ThreadsName)
    {
        Description = description,
        HelpName = "number",
        CustomParser = result => Math.Min(WholeParser(ThreadsName, 1, MostThreads)(result), Environment.ProcessorCount),
    };

    /// <summary>The threads that were asked for, if there are fewer processors; otherwise <see langword="null"/>.</summary>
    public static int? CappedThreads(ParseResult parsed) =>
        parsed.GetResult(ThreadsName) is OptionResult { Tokens: [var token, ..] } && int.Parse(token.Value) is var asked
            && asked > Environment.ProcessorCount ? asked : null;

    public static Option<int> Whole(string name, string description, int low, int high, int fallback) => new(name)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => fallback,
        CustomParser = WholeParser(name, low, high),
    };

    /// <summary>An option that stands for nothing where it is not given.</summary>
    public static Option<int?> WholeIfGiven(string name, string description, int low, int high) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = result => WholeParser(name, low, high)(result),
    };

    /// <summary>An option of one number and more.</summary>
    public static Option<int[]> Wholes(string name, string description, int low, int high, int[] fallback) => new(name)
    {
        Description = description,
        HelpName = "numbers",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => fallback,
        CustomParser = result => [.. result.Tokens.Select(token => WholeOf(result, token.Value, name, low, high))],
    };

    public static Option<double> Number(string name, string description, double low, double high, double fallback) => new(name)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => fallback,
        CustomParser = Parser<double>(name, $"a number from {low} to {high}", text =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= low && value <= high
                ? value + 0.0 // −0 is 0
                : null),
    };

    public static Option<ulong?> Seed(string description) => new("--seed")
    {
        Description = description,
        HelpName = "number",
        CustomParser = result => Parser<ulong>("--seed", $"a whole number from 0 to {ulong.MaxValue}", text =>
            ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null)(result),
    };

    /// <summary>An option whose value is one of a few words; it stands for nothing where it is not given.</summary>
    public static Option<T?> ChoiceIfGiven<T>(string name, string description, IReadOnlyDictionary<string, T> choices)
        where T : struct => new(name)
        {
            Description = description,
            HelpName = string.Join('|', choices.Keys),
            CustomParser = result => Parser<T>(name, string.Join(", ", choices.Keys), text =>
                choices.TryGetValue(text, out T value) ? value : null)(result),
        };

    /// <summary>How the matrices of a policy that is only read are stored; float32 where it is not given.</summary>
    public static Option<FrozenType?> Weights() => ChoiceIfGiven(
        "--weights", "How matrices are stored (default: float32); bfloat16 rounds them and takes half the memory.",
        new Dictionary<string, FrozenType>(StringComparer.Ordinal)
        {
            ["float32"] = FrozenType.Float32, ["bfloat16"] = FrozenType.Bfloat16,
        });

    private static Func<ArgumentResult, int> WholeParser(string name, int low, int high) =>
        result => WholeOf(result, TextOf(result), name, low, high);

    private static int WholeOf(ArgumentResult result, string text, string name, int low, int high) => Parse<int>(
        result, text, name, $"a whole number from {low} to {high}", text =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= low && value <= high
                ? value
                : null);

    private static Func<ArgumentResult, T> Parser<T>(string name, string allowed, Func<string, T?> parse)
        where T : struct => result => Parse(result, TextOf(result), name, allowed, parse);

    private static string TextOf(ArgumentResult result) => result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;

    private static T Parse<T>(ArgumentResult result, string text, string name, string allowed, Func<string, T?> parse)
        where T : struct
    {
        if (parse(text) is { } value)
        {
            return value;
        }

        result.AddError($"{name} is \"{Escaped.Line(text, LongestText)}\"; allowed is {allowed}.");
        return default;
    }
}
