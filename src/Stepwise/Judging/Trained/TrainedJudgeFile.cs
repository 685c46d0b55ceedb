using System.Security.Cryptography;
using System.Text.Json;
using Stepwise.Files;
using Stepwise.Policies;

namespace Stepwise.Judging.Trained;

/// <summary>What a folder with a trained judge holds beside the model: the head, its calibration, and whether it reads reference solutions.</summary>
/// <param name="Head">The head.</param>
/// <param name="Calibration">Temperature, bias and threshold.</param>
/// <param name="Reads">What the head reads of a step.</param>
/// <param name="ReadsReference">Whether the judge reads the reference solution.</param>
public sealed record TrainedJudgeFile(StepHead Head, HeadCalibration Calibration, HeadInput Reads, bool ReadsReference)
{
    /// <summary>The file's name.</summary>
    public const string Name = "stepwise_judge.json";

    // A head of the widest models has some ten thousand numbers.
    private const int MaxBytes = 1 << 22;

    private static readonly JsonSerializerOptions Written = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Writes a trained judge: the model, what is needed to load it, and this.</summary>
    /// <param name="folder">A new folder.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="InputException">There is something under that name already.</exception>
    /// <exception cref="RunException">Writing failed; nothing is left of the attempt.</exception>
    public ValueTask WriteAsync(string folder, IPolicy model) => PolicyFolder.WriteAsync(folder, async partial =>
    {
        await model.SaveAsync(partial, withOptimizer: false).ConfigureAwait(false);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                Reads = Word(Reads),
                ReadsReference,
                Calibration.Temperature,
                Calibration.Bias,
                Calibration.Threshold,
                Model = DigestOf(partial),
                Head = Head.Values.ToArray(),
            }, Written);
        WholeFile.Write(Path.Combine(partial, Name), json);
    });

    /// <summary>Reads the file of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">There is none, it is not as described, or the model beside it is not the one it was written with.</exception>
    public static TrainedJudgeFile Read(string folder)
    {
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path))
        {
            throw new InputException($"{folder}: is no trained judge, as it has no {Name}. Train one: stepwise judge train RECIPE --out FOLDER");
        }

        using JsonDocument document = Parse(path);
        JsonElement root = document.RootElement;
        double Number(string field, double low, double high) => Field(path, root, field, JsonValueKind.Number) is var value
            && value.TryGetDouble(out double number) && number >= low && number <= high
                ? number
                : throw new InputException($"{path}: the field \"{field}\" is {value.GetRawText()}; expected a number in [{low}, {high}].");
        double temperature = Number("temperature", 1e-6, 1e6), bias = Number("bias", -1e6, 1e6), threshold = Number("threshold", 0, 1);
        JsonElement input = Field(path, root, "reads", JsonValueKind.String);
        HeadInput reads = Enum.GetValues<HeadInput>().Cast<HeadInput?>().FirstOrDefault(value => input.ValueEquals(Word(value!.Value)))
            ?? throw new InputException(
                $"{path}: the field \"reads\" is another word; expected one of {string.Join(", ", Enum.GetValues<HeadInput>().Select(Word))}.");
        bool readsReference = root.TryGetProperty("readsReference", out JsonElement given) && given.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? given.GetBoolean()
            : throw new InputException($"{path}: the field \"readsReference\" is missing or of another kind; expected true or false.");
        double[] head = [.. Field(path, root, "head", JsonValueKind.Array).EnumerateArray().Select(value =>
            value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
                ? number
                : throw new InputException($"{path}: the field \"head\" holds something other than finite numbers."))];
        if (head.Length < 2)
        {
            throw new InputException($"{path}: the field \"head\" has {Counted.Of(head.Length, "number")}; expected the model's width and one more.");
        }

        return Field(path, root, "model", JsonValueKind.String).ValueEquals(DigestOf(folder))
            ? new(new StepHead(head), new HeadCalibration(temperature, bias, threshold), reads, readsReference)
            : throw new InputException($"{folder}: the model's files are not those that {Name} was written with; copy the whole folder anew.");
    }

    private static string Word(HeadInput reads) => JsonNamingPolicy.CamelCase.ConvertName(reads.ToString());

    private static JsonElement Field(string path, JsonElement root, string field, JsonValueKind kind) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(field, out JsonElement value) && value.ValueKind == kind
            ? value
            : throw new InputException($"{path}: the field \"{field}\" is missing or of another kind; expected a {kind.ToString().ToLowerInvariant()}.");

    private static JsonDocument Parse(string path)
    {
        try
        {
            using FileStream file = RegularFile.OpenRead(path);
            if (file.Length > MaxBytes)
            {
                throw new InputException($"{path}: the file has {file.Length} bytes; at most {MaxBytes} are read.");
            }

            byte[] content = new byte[file.Length];
            file.ReadExactly(content);
            return StrictJson.Parse(content);
        }
        catch (JsonException error)
        {
            throw new InputException($"{path}: is not JSON: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be read: {error.Message}", error);
        }
    }

    /// <summary>SHA-256 of the files beside this one, by their names and contents.</summary>
    private static string DigestOf(string folder)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in Directory.EnumerateFiles(folder).Where(path => !Path.GetFileName(path).StartsWith(Name, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal))
        {
            using FileStream file = RegularFile.OpenRead(path);
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(path)));
            hash.AppendData(SHA256.HashData(file));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
