using Stepwise.Engine.Models;
using Stepwise.Files;

namespace Stepwise.Engine.Formats;

/// <summary>Opens models at rest.</summary>
public static class WeightSource
{
    /// <summary>Opens a Hugging Face folder, adapters over one, or a GGUF file.</summary>
    /// <param name="path">A folder, or a file whose name ends with <c>.gguf</c>.</param>
    /// <exception cref="InputException">There is nothing of that name, it is not sound, or the model is not supported.</exception>
    public static IWeightSource Open(string path)
    {
        if (AdapterFolder.IsOne(path))
        {
            return new AdapterFolder(path);
        }

        if (File.Exists(Path.Combine(path, HuggingFaceFolder.ConfigName)))
        {
            return new HuggingFaceFolder(path);
        }

        return path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path)
            ? new GgufFile(path)
            : throw new InputException(
                $"{path}: no such model: there is no {HuggingFaceFolder.ConfigName} in it, no {AdapterConfigFile.Name}, and it is no file ending "
                + $"with .gguf. Give {PolicyPath.Allowed}.");
    }
}
