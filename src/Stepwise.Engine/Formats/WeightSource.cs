namespace Stepwise.Engine.Formats;

/// <summary>Opens models at rest.</summary>
public static class WeightSource
{
    /// <summary>Opens a Hugging Face folder, adapters over one, or a GGUF file.</summary>
    /// <param name="path">A folder, or a file whose name ends with <c>.gguf</c>.</param>
    /// <exception cref="InputException">There is nothing of that name, it is not sound, or the model is not supported.</exception>
    public static IWeightSource Open(string path)
    {
        if (Directory.Exists(path))
        {
            return AdapterFolder.IsOne(path) ? new AdapterFolder(path) : new HuggingFaceFolder(path);
        }

        return path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)
            ? new GgufFile(path)
            : throw new InputException(
                $"{path}: no such model; give a folder with {HuggingFaceFolder.ConfigName} or a file ending with .gguf.");
    }
}
