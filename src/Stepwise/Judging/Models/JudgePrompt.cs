using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Stepwise.Judging.Models;

/// <summary>The words of a judge: the rules before the data, and what is asked after it. A text file that anyone can read and replace.</summary>
/// <param name="System">The rules.</param>
/// <param name="Closing">What follows the data; <c>{item}</c>, <c>{steps}</c>, <c>{milestones}</c> and <c>{known}</c> stand for what they say.</param>
internal sealed record JudgePrompt(string System, string Closing)
{
    /// <summary>The line between the two parts of a file.</summary>
    private const string Divider = "---";

    private const int MostCharacters = 100_000, VersionDigits = 16;

    private static readonly ConcurrentDictionary<string, JudgePrompt> BuiltIn = new(StringComparer.Ordinal);

    /// <summary>The first digits of the SHA-256 of all prompts that come with the program.</summary>
    public static string Version { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
        '\0', new[] { "full", "bisect", "choice" }.Select(Text)))))[..VersionDigits];

    /// <summary>A prompt that comes with the program.</summary>
    /// <param name="name">Its file's name.</param>
    public static JudgePrompt Of(string name) => BuiltIn.GetOrAdd(name, static n => Parse(Text(n), n));

    /// <summary>A user's own.</summary>
    /// <param name="path">Its file.</param>
    /// <exception cref="InputException">It cannot be read, or is no prompt.</exception>
    public static JudgePrompt Read(string path)
    {
        try
        {
            using StreamReader reader = new(RegularFile.OpenRead(path), new UTF8Encoding(false, throwOnInvalidBytes: true));
            char[] text = new char[MostCharacters + 1];
            int length = reader.ReadBlock(text);
            return length > MostCharacters
                ? throw new InputException($"{path}: a judge's prompt has at most {MostCharacters} characters; this one is longer.")
                : Parse(new string(text, 0, length), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new InputException($"{path}: the judge's prompt cannot be read ({error.Message.TrimEnd('.')}).", error);
        }
    }

    /// <summary>What is asked after the data.</summary>
    public string Close(Fence fence, int steps, int milestones, bool knownWrong) => Closing
        .Replace("{item}", fence.Item, StringComparison.Ordinal)
        .Replace("{steps}", steps.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{milestones}", milestones.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{known}", knownWrong ? " Its final answer is known to be wrong or missing, so at least one step is." : "", StringComparison.Ordinal);

    private static JudgePrompt Parse(string text, string where)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        int divider = Array.FindIndex(lines, line => string.Equals(line.Trim(), Divider, StringComparison.Ordinal));
        string system = string.Join('\n', lines.Take(Math.Max(divider, 0))).Trim(), closing = string.Join('\n', lines.Skip(divider + 1)).Trim();
        return divider < 0 || system.Length == 0 || !closing.Contains("{item}", StringComparison.Ordinal)
            ? throw new InputException(
                $"{where}: a judge's prompt has two parts with a line {Divider} between them: the rules, and what is asked after the data, which names "
                + "{item} so that an answer can be told from another's. stepwise's own are in src/Stepwise/Judging/Models/Prompts.")
            : new(system, closing);
    }

    private static string Text(string name)
    {
        using Stream stream = typeof(JudgePrompt).Assembly.GetManifestResourceStream($"judge.{name}.txt")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
