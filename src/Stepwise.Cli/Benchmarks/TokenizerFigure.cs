using Stepwise.Cli.Display;

namespace Stepwise.Cli.Benchmarks;

/// <summary>How fast a tokenizer is on a text, on one thread.</summary>
internal sealed record TokenizerFigure
{
    /// <summary>What was measured.</summary>
    public string What { get; } = "tokenizer";

    /// <summary>The model's folder or file, without the folders it is in.</summary>
    public required string Model { get; init; }

    /// <summary>The text's length in UTF-8 bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The text's length in tokens.</summary>
    public required int Tokens { get; init; }

    /// <summary>10⁶ bytes of text encoded per second of processor time; the median of several passes, the first aside.</summary>
    public required double EncodeMegabytesPerSecond { get; init; }

    /// <summary>The same of decoding the tokens.</summary>
    public required double DecodeMegabytesPerSecond { get; init; }

    /// <summary>A table of figures.</summary>
    public static LineTable Table() => new(
        new("what", 11, Left: true), new("bytes", 9), new("tokens", 11), new("encode MB/s", 12), new("decode MB/s", 12), new(" model", 0, Left: true));

    /// <summary>The figure as a row of a table.</summary>
    public string[] Cells() =>
        [What, $"{Bytes}", $"{Tokens}", Figures.Fixed(EncodeMegabytesPerSecond, 1), Figures.Fixed(DecodeMegabytesPerSecond, 1), $" {Model}"];
}
