using System.Text;

namespace Stepwise.Files;

/// <summary>Writes a small file beside its place, flushes it to disk and renames it, so a file under its own name is whole.</summary>
public static class WholeFile
{
    /// <summary>Writes a text as UTF-8 over any file of that name.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="RunException">Writing failed (a full disk); a file that was there before is untouched.</exception>
    public static void Write(string path, string text)
    {
        string partial = path + ".partial";
        try
        {
            using (FileStream stream = new(partial, FileMode.Create))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{path}: cannot be written ({error.Message.TrimEnd('.')}). Free space or rights there.", error);
        }
    }
}
