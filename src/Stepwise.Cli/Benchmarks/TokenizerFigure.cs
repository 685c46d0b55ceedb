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

    /// <summary>The columns of <see cref="ToLine"/>.</summary>
    public static string Header => "what            bytes      tokens  encode MB/s  decode MB/s  model";

    /// <summary>The figure as a line of a table.</summary>
    public string ToLine() =>
        $"{What,-11}{Bytes,10}{Tokens,12}{EncodeMegabytesPerSecond,13:0.0}{DecodeMegabytesPerSecond,13:0.0}  {Model}";
}
