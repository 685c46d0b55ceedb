namespace Stepwise.Engine.Formats;

/// <summary>The key-value part of a GGUF file.</summary>
/// <param name="file">The file's name, for messages.</param>
/// <param name="values">The values as <see cref="GgufReader.Value(string)"/> gives them.</param>
internal sealed class GgufMetadata(string file, IReadOnlyDictionary<string, object> values)
{
    public string File => file;

    public bool Has(string key) => values.ContainsKey(key);

    public long Integer(string key, long min, long max) => Get(key) is long value && value >= min && value <= max
        ? value
        : throw Error(key, $"must be a whole number from {min} to {max}");

    public double Number(string key) => Get(key) is double value ? value : throw Error(key, "must be a number with a fraction");

    public bool Flag(string key) => Get(key) is bool value ? value : throw Error(key, "must be true or false");

    public string Text(string key) => Get(key) as string ?? throw Error(key, "must be a text");

    public string[] Texts(string key) => Get(key) as string[] ?? throw Error(key, "must be a list of texts");

    /// <summary>A list of whole numbers, each within the bounds.</summary>
    public int[] Integers(string key, int min, int max) => Get(key) is object[] list
        ? [.. list.Select(v => v is long value && value >= min && value <= max
            ? (int)value
            : throw Error(key, $"must hold whole numbers from {min} to {max}"))]
        : throw Error(key, "must be a list of whole numbers");

    public InputException Error(string key, string problem) => new($"{file}: {Quoted.Of(key)} {problem}.");

    /// <summary>
    /// The keys that begin with a prefix, as <see cref="GgufWriter"/> takes them; lists of what a tokenizer does not need are left out.
    /// </summary>
    public IEnumerable<(string Key, object Value)> Below(string prefix)
    {
        foreach ((string key, object value) in values.Where(v => v.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (Written(value) is { } written)
            {
                yield return (key, written);
            }
        }
    }

    private static object? Written(object value) => value switch
    {
        string or string[] or bool => value,
        long number and >= 0 and <= uint.MaxValue => (uint)number,
        double number => (float)number,
        object[] list when list.All(v => v is long and >= int.MinValue and <= int.MaxValue) => list.Select(v => (int)(long)v).ToArray(),
        object[] list when list.All(v => v is double) => list.Select(v => (float)(double)v).ToArray(),
        _ => null,
    };

    private object Get(string key) => values.TryGetValue(key, out object? value) ? value : throw Error(key, "is missing");
}
