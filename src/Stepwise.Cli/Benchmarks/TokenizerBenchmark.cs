using System.Text;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Tokenizers;

namespace Stepwise.Cli.Benchmarks;

/// <summary>Encoding of a file's lines and decoding of their tokens, on one thread.</summary>
internal static class TokenizerBenchmark
{
    private const int MaxBytes = 1 << 28;
    private const int Passes = 5;

    // The clock of processor time may advance by hundredths.
    private const double ClockSeconds = 0.01;

    /// <summary>Measures passes over all lines.</summary>
    /// <param name="model">The model's folder or GGUF file; only its tokenizer is read.</param>
    /// <param name="text">A file of UTF-8 text.</param>
    /// <param name="cancellationToken">Stops between two passes.</param>
    /// <exception cref="InputException">A file is missing or unsound, or there is no text.</exception>
    public static TokenizerFigure Run(string model, string text, CancellationToken cancellationToken)
    {
        BpeTokenizer tokenizer = Read(model);
        string[] lines = ReadLines(text);
        int[][] tokens = [];
        double encode = Median(() => tokens = Array.ConvertAll(lines, tokenizer.Encode), cancellationToken);
        double decode = Median(() => Array.ForEach(tokens, ids => tokenizer.Decode(ids, skipSpecial: false)), cancellationToken);
        long bytes = lines.Sum(line => (long)Encoding.UTF8.GetByteCount(line));
        return new TokenizerFigure
        {
            Model = Path.GetFileName(Path.TrimEndingDirectorySeparator(model)),
            Bytes = bytes,
            Tokens = tokens.Sum(ids => ids.Length),
            EncodeMegabytesPerSecond = bytes / encode / 1e6,
            DecodeMegabytesPerSecond = bytes / decode / 1e6,
        };
    }

    private static BpeTokenizer Read(string model)
    {
        if (Directory.Exists(model))
        {
            return TokenizerFile.Read(model);
        }

        using GgufFile file = new(model);
        return file.ReadTokenizer();
    }

    private static string[] ReadLines(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists || file.Length is 0 or > MaxBytes)
        {
            throw new InputException($"{path}: no such file, empty, or larger than {MaxBytes} bytes; --text needs a file of UTF-8 text.");
        }

        return File.ReadAllLines(path);
    }

    private static double ProcessorSeconds() => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>Processor seconds of a pass, after one that fills the caches; other programs do not count.</summary>
    private static double Median(Action pass, CancellationToken cancellationToken)
    {
        pass();
        double[] seconds = new double[Passes];
        for (int i = 0; i < Passes; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double start = ProcessorSeconds();
            pass();
            seconds[i] = Math.Max(ProcessorSeconds() - start, ClockSeconds);
        }

        return seconds.Order().ElementAt(Passes / 2);
    }
}
