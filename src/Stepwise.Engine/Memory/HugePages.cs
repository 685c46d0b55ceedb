using System.Runtime.InteropServices;

namespace Stepwise.Engine.Memory;

/// <summary>
/// Asks the system to back a large block with pages of 2 MiB: fewer faults when it is first touched and fewer misses of the address
/// cache afterwards. A hint, for blocks that are used whole: a touched page takes 2 MiB. Where it is not understood, nothing changes.
/// </summary>
internal static unsafe partial class HugePages
{
    private const nuint PageBytes = 2 << 20;

    // linux/include/uapi/asm-generic/mman-common.h
    private const int MadviseHugePage = 14;

    /// <summary>Advises on the whole pages of 2 MiB within a block that nobody has touched yet.</summary>
    public static void Advise(void* start, nuint bytes)
    {
        nuint first = ((nuint)start + PageBytes - 1) & ~(PageBytes - 1), end = ((nuint)start + bytes) & ~(PageBytes - 1);
        if (!OperatingSystem.IsLinux() || end <= first)
        {
            return;
        }

        try
        {
            _ = Madvise((void*)first, end - first, MadviseHugePage);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without this library does without.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Madvise(void* address, nuint length, int advice);
}
