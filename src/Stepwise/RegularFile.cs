using System.Runtime.InteropServices;

namespace Stepwise;

/// <summary>
/// Opens files that were named from outside, where only a regular file will do: a pipe may never be written to, a device may never end.
/// </summary>
public static unsafe partial class RegularFile
{
    // linux/include/uapi/linux/fcntl.h and stat.h: the layout is that of every processor.
    private const int CurrentFolder = -100;
    private const uint TypeMask = 1;
    private const int StatusBytes = 256, ModeOffset = 28;
    private const int FormatMask = 0xF000, Regular = 0x8000;

    /// <summary>Opens a file to read it, as <see cref="File.OpenRead"/> does.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It is missing, cannot be opened, or is a folder, a pipe, a socket or a device.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="ArgumentException">The path is empty or has a null character.</exception>
    public static FileStream OpenRead(string path)
    {
        Require(path);
        return File.OpenRead(path);
    }

    /// <summary>What is wrong with a path that has to name a file, for people.</summary>
    /// <param name="path">The path.</param>
    /// <returns>That nothing is there, or that it is a folder; <see langword="null"/> where it is a file of some kind.</returns>
    public static string? Fault(string path) => File.Exists(path) ? null
        : Directory.Exists(path) ? "which is a folder; name a file" : "which does not exist";

    /// <summary>Refuses what is there and is no regular file, without opening it. Pipes, sockets and devices are looked for on Linux only.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It is a folder, a pipe, a socket or a device.</exception>
    public static void Require(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException("it is a folder; only a regular file is read. Name a file.");
        }

        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        byte* status = stackalloc byte[StatusBytes];
        try
        {
            if (Statx(CurrentFolder, path, 0, TypeMask, status) == 0
                && (*(ushort*)(status + ModeOffset) & FormatMask) != Regular)
            {
                throw new IOException(
                    "it is a pipe, a socket or a device; only a regular file is read. Write its content to a file first.");
            }
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system whose library lacks the call does without.
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte* status);
}
