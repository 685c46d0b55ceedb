using System.Runtime.InteropServices;

namespace Stepwise.Cli;

/// <summary>
/// The signals that ask a program to end: the first asks the command to stop, and a second one from the keyboard ends the program at once.
/// One that is not from the keyboard may come twice (a service manager sends SIGTERM and SIGHUP together).
/// </summary>
internal sealed class Interrupt : IDisposable
{
    // Batch systems say by these that a job's time is nearly over; the numbers are those of Linux on x86 and Arm.
    private const PosixSignal User1 = (PosixSignal)10, User2 = (PosixSignal)12, ProcessorTime = (PosixSignal)24;

    // A file grew to the limit of ulimit -f: the write then fails as on a full disk.
    private const PosixSignal FileSize = (PosixSignal)25;

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Terminal _terminal;

    public Interrupt(Terminal terminal)
    {
        _terminal = terminal;
        PosixSignal[] batch = OperatingSystem.IsLinux() ? [User1, User2, ProcessorTime] : [];
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, .. batch])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }

        if (OperatingSystem.IsLinux())
        {
            _registrations.Add(PosixSignalRegistration.Create(FileSize, context => context.Cancel = true));
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (!_source.IsCancellationRequested)
        {
            _terminal.Error.WriteLine("Stopping. Ctrl-C once more ends the program at once.");
            _source.Cancel();
        }
        else if (context.Signal is PosixSignal.SIGINT or PosixSignal.SIGQUIT)
        {
            Environment.Exit(CommandLine.Interrupted);
        }
    }
}
