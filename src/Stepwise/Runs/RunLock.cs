using System.Globalization;

namespace Stepwise.Runs;

/// <summary>
/// Says that a program carries a run on: a lock on the run's <c>run.lock</c>, which the system releases when the program ends, however it
/// ends. Beside it <c>run.holder</c> says for people who holds it.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private const string LockFile = "run.lock";
    private const string HolderFile = "run.holder";

    private readonly FileStream _lock;
    private readonly string _holder;

    private RunLock(FileStream locked, string holder)
    {
        _lock = locked;
        _holder = holder;
    }

    /// <summary>Takes the lock of a run's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">Another program has it, and the message says which.</exception>
    /// <exception cref="RunException">The lock's file cannot be made.</exception>
    public static RunLock Take(string folder)
    {
        string holder = Path.Combine(folder, HolderFile);
        try
        {
            FileStream locked = new(Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            Tell(holder);
            return new(locked, holder);
        }
        catch (IOException error) when (IsHeld(error))
        {
            throw new InputException(
                $"{folder}: in use by {HolderOf(holder)}. One program at a time carries a run on: wait for it to end, or stop it.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{folder}: the run cannot be locked ({error.Message.TrimEnd('.')}). Free space or rights there.", error);
        }
    }

    /// <summary>Refuses a run's folder that another program holds; takes nothing.</summary>
    /// <param name="folder">A folder; one that is no run's is free.</param>
    /// <exception cref="InputException">As in <see cref="Take"/>.</exception>
    /// <exception cref="RunException">As in <see cref="Take"/>.</exception>
    public static void RequireFree(string folder)
    {
        if (File.Exists(Path.Combine(folder, LockFile)))
        {
            Take(folder).Dispose();
        }
    }

    /// <summary>Lets go. The lock's file stays: another program may be about to lock it.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_holder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is for people only, and read only while the lock is held.
        }

        _lock.Dispose();
    }

    /// <summary>The numbers of EWOULDBLOCK on Linux and on macOS, and of a sharing violation on Windows.</summary>
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static void Tell(string holder)
    {
        try
        {
            File.WriteAllText(holder, string.Create(
                CultureInfo.InvariantCulture,
                $"process {Environment.ProcessId} on {Environment.MachineName} since {DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm:ss} UTC\n"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk: the lock holds without it.
        }
    }

    private static string HolderOf(string holder)
    {
        const int MaxLength = 200;
        try
        {
            string text = new([.. File.ReadAllText(holder).Where(c => !char.IsControl(c)).Take(MaxLength)]);
            return text.Length > 0 ? text : "another program";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "another program";
        }
    }
}
