namespace Stepwise.Tasks;

/// <summary>Whether two files are the same problems.</summary>
internal static class SameFile
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Whether two files have the same content; not where one cannot be read, which is told when it is.</summary>
    /// <param name="first">A file.</param>
    /// <param name="second">Another, or the same.</param>
    public static bool Content(string first, string second)
    {
        try
        {
            using FileStream left = RegularFile.OpenRead(first), right = RegularFile.OpenRead(second);
            return left.Length == right.Length && Same(left, right);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool Same(FileStream left, FileStream right)
    {
        byte[] ours = new byte[BufferBytes], theirs = new byte[BufferBytes];
        int read;
        do
        {
            read = left.ReadAtLeast(ours, BufferBytes, throwOnEndOfStream: false);
            int other = right.ReadAtLeast(theirs, BufferBytes, throwOnEndOfStream: false);
            if (!ours.AsSpan(0, read).SequenceEqual(theirs.AsSpan(0, other)))
            {
                return false;
            }
        }
        while (read > 0);

        return true;
    }
}
